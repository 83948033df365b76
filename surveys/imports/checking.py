"""Checking every row of a table against a plan. Nothing is stored or made here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from surveys.imports.cells import AnswerCells, Cells, LanguageCells, MomentCells, OptionCells, Wrong, reasons
from surveys.imports.plan import Plan, fitted, items_by_code
from surveys.imports.reading import Table
from surveys.imports.refusals import shown
from surveys.models import Survey, Version
from surveys.questionnaire.conditions import Answer

MOST_PROBLEMS_KEPT = 200


@dataclass(frozen=True)
class Problem:
    """One mistake: the line its row begins on, its column (empty: the whole row), and what would be right."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        if not self.column:
            return _("line %(line)d: %(reason)s") % {"line": self.line, "reason": self.reason}
        return _('line %(line)d, column "%(column)s": %(reason)s') % {
            "line": self.line,
            "column": self.column,
            "reason": self.reason,
        }


class CheckedRow(NamedTuple):
    answers: tuple[Answer, ...]
    segments: tuple[str | None, ...]
    finished_at: datetime | None
    language: str


@dataclass
class Checked:
    """What came of a check: good rows as compact tuples, and the first problems with the count of all."""

    version: Version
    plan: Plan
    rows: list[CheckedRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    bad_rows: int = 0

    @property
    def may_store(self) -> bool:
        return bool(self.rows) and (self.bad_rows == 0 or self.plan.leave_out_bad_rows)


def check(
    table: Table, plan: Plan, survey: Survey, version: Version, keep: int = MOST_PROBLEMS_KEPT
) -> Checked:
    """Read every row; `keep` problems are kept, all are counted. Raises PlanRefused."""
    sheet = _Sheet(table, fitted(plan, table, survey, version), survey, version)
    checked = Checked(version, sheet.plan)
    width = len(table.header)
    for line, cells in table.rows():
        if len(cells) != width:
            _refuse(checked, line, [("", _ragged(len(cells), width))], keep)
            continue
        values = sheet.read(cells)
        if Wrong in map(type, values):
            _refuse(checked, line, [(sheet.columns[place], why) for place, why in reasons(values)], keep)
        else:
            checked.rows.append(sheet.row(values))
    return checked


def _ragged(cells: int, width: int) -> Wrong:
    message = gettext_noop("the number of cells is %(cells)d; it must be %(width)d, as in the header")
    return Wrong(message, {"cells": cells, "width": width})


def _refuse(checked: Checked, line: int, wrongs: Iterable[tuple[str, Wrong]], keep: int) -> None:
    checked.bad_rows += 1
    for column, wrong in wrongs:
        checked.problem_count += 1
        if len(checked.problems) < keep:
            checked.problems.append(Problem(line, shown(column), str(wrong)))


class _Sheet:
    """The columns that are read, in the order items, segments, date, language, and what their cells mean."""

    def __init__(self, table: Table, plan: Plan, survey: Survey, version: Version) -> None:
        self.plan, self.first_language = plan, version.languages[0]
        self.columns = plan.used_columns
        meanings = _meanings(plan, survey, version)
        self.reading: list[tuple[Cells, int]] = [
            (meaning, table.header.index(column))
            for meaning, column in zip(meanings, self.columns, strict=True)
        ]
        self.items_end = len(plan.columns)
        self.segments_end = self.items_end + len(plan.segments)

    def read(self, cells: list[str]) -> list[Any]:
        return [meaning[cells[place]] for meaning, place in self.reading]

    def row(self, values: list[Any]) -> CheckedRow:
        rest = values[self.segments_end :]
        finished_at = rest.pop(0) if self.plan.date else None
        language = rest.pop(0) if self.plan.language else self.first_language
        return CheckedRow(
            tuple(values[: self.items_end]),
            tuple(values[self.items_end : self.segments_end]),
            finished_at,
            language,
        )


def _meanings(plan: Plan, survey: Survey, version: Version) -> list[Cells]:
    items = items_by_code(version)
    questions = {question.code: question for question in version.content.segments}
    made: list[Cells] = [AnswerCells(items[code], plan.skipped) for code in plan.columns]
    made += [OptionCells(questions[code], plan.skipped) for code in plan.segments]
    made += [MomentCells(survey)] if plan.date else []
    made += [LanguageCells(version.languages)] if plan.language else []
    return made
