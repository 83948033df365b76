"""Checking a table of contacts. Nothing is stored here."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from surveys.contacts import rows
from surveys.contacts.mapping import MappingRefused, Plan, mistakes, title_of
from surveys.contacts.matching import Matched, match
from surveys.contacts.rows import Row
from surveys.imports.checking import MOST_PROBLEMS_KEPT, Problem
from surveys.imports.reading import Table
from surveys.models import Organisation


@dataclass
class Checked:
    rows: list[Row] = field(default_factory=list)
    matched: Matched = field(default_factory=Matched)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    bad_lines: set[int] = field(default_factory=set)

    @property
    def good(self) -> int:
        return len(self.matched.new) + len(self.matched.known)

    def refuse(self, line: int, column: str, reason: str) -> None:
        self.bad_lines.add(line)
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS_KEPT:
            self.problems.append(Problem(line, column, reason))


def check(organisation: Organisation, table: Table, plan: Plan) -> Checked:
    """Read every row and say what is wrong with it. Raises MappingRefused where the columns are."""
    if found := mistakes(plan, table.header):
        raise MappingRefused(found)
    places, segments = plan.places, plan.segments
    named = {**places, **{f"segments.{code}": place for code, place in segments.items()}}
    checked = Checked()
    for line, cells in table.rows():
        if len(cells) != len(table.header):
            said = _("the number of cells is %(cells)d; it must be %(width)d, as in the header")
            checked.refuse(line, "", said % {"cells": len(cells), "width": len(table.header)})
            continue
        try:
            known = {name: cells[place] for name, place in places.items()}
            own = {code: cells[place] for code, place in segments.items()}
            checked.rows.append(rows.read(line, known, own))
        except rows.CellsWrong as wrong:
            for name, reason in wrong.problems:
                checked.refuse(line, title_of(table.header, named[name]), reason)
    checked.matched = match(organisation, checked.rows)
    for row, name, reason in checked.matched.problems:
        checked.refuse(row.line, title_of(table.header, places[name]), reason)
    checked.problems.sort(key=lambda problem: problem.line)
    return checked
