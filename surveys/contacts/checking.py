"""Checking a table of contacts. Nothing is stored here."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from surveys.contacts import rows
from surveys.contacts.matching import Matched, match
from surveys.contacts.rows import Row
from surveys.imports.checking import MOST_PROBLEMS_KEPT, Problem
from surveys.imports.reading import Table
from surveys.imports.refusals import FileRefused, shown
from surveys.models import Organisation

# How the columns may be called, in any case. Every other column is a segment.
COLUMNS = {
    "email": {"email", "e-mail", "mail", "电子邮件", "邮箱", "電子郵件"},
    "key": {"key", "id", "customer", "编号", "編號"},
    "name": {"name", "姓名"},
    "language": {"language", "lang", "语言", "語言"},
}


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
            self.problems.append(Problem(line, shown(column), reason))


def check(organisation: Organisation, table: Table) -> Checked:
    """Read every row and say what is wrong with it. Raises FileRefused where the columns are."""
    places, segments = _columns(table.header)
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
                checked.refuse(line, table.header[(places | segments)[name]], reason)
    checked.matched = match(organisation, checked.rows)
    for row, name, reason in checked.matched.problems:
        checked.refuse(row.line, table.header[places[name]], reason)
    checked.problems.sort(key=lambda problem: problem.line)
    return checked


def _columns(header: tuple[str, ...]) -> tuple[dict[str, int], dict[str, int]]:
    """Where each column stands: those that every contact has, and segments."""
    places: dict[str, int] = {}
    segments: dict[str, int] = {}
    for place, title in enumerate(header):
        lowered = title.lower()
        known = next((name for name, titles in COLUMNS.items() if lowered in titles), None)
        code = lowered.replace(" ", "_").replace("-", "_")
        if known in places or (not known and code in segments):
            raise FileRefused(_("Two columns say the same: %s.") % shown(title))
        if known:
            places[known] = place
        elif rows.SEGMENT.fullmatch(code):
            segments[code] = place
        elif title:
            raise FileRefused(_(
                "“%s” cannot be the name of a segment: small letters a to z, digits and _, at most 40, the "
                "first a letter."
            ) % shown(title))  # fmt: skip
    if "email" not in places:
        raise FileRefused(_("No column is called “email”."))
    if len(segments) > rows.MOST_SEGMENTS:
        raise FileRefused(_("At most %d segments are kept.") % rows.MOST_SEGMENTS)
    return places, segments
