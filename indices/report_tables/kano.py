"""The tables of a report of Kano's method."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from indices.report.time_line import TimeLine
from indices.report_tables.score_columns import effective, small
from indices.report_tables.table import Row, Table, count, ends, figure, text, without_empty
from indices.scores.report import ScoreReport
from indices.scores.rows import kano_rows
from indices.scores.words import category_name

COUNTED = ("M", "O", "A", "I", "R", "Q")  # the classes in the order of the page


def tables(report: ScoreReport, line: TimeLine) -> list[Table]:
    """Of each feature its class, what it adds, its classes over the periods, and their counts."""
    return [_features(report), _better(report), *_classes(report, line), _counts(report)]


def _features(report: ScoreReport) -> Table:
    columns = [
        text(_("Feature")), text(_("Class")), figure(_("Category strength"), 2),
        figure(_("Total strength"), 2), figure(_("Importance"), 2), count(), text(_("Remarks")),
    ]  # fmt: skip
    names = ("category_strength", "total_strength", "importance", "n")
    rows = [
        Row([one.row["name"], _class(one.row), *map(one.row.get, names), "; ".join(one.remarks)])
        for one in kano_rows(report)
    ]
    notes = [
        _("Not clear: by Fong's test the two most frequent classes cannot be told apart, so both are named."),
        _(
            "Category strength: the share of the most frequent class less that of the second; total "
            "strength: that of must-be, one-dimensional and attractive together. Near tie: the two most "
            "frequent classes are at most 5 percentage points apart. Importance: the mean of what those who "
            "answered stated, from 1 to 9; it is stored without an interval."
        ),
        small(report),
    ]
    table = Table("features", _("What each feature does"), columns, rows, notes)
    return without_empty(table, [_("Remarks")])


def _class(row: Mapping[str, Any]) -> str:
    if row.get("is_small"):
        return "–"
    is_unclear = not row.get("significant") and row.get("category")
    return f"{row['class']} ({_('not clear')})" if is_unclear else str(row["class"])


def _better(report: ScoreReport) -> Table:
    better, worse = _("Better"), _("Worse")
    columns = [
        text(_("Feature")), figure(_("Value"), 2, better), *ends(2, better), figure(_("Value"), 2, worse),
        *ends(2, worse), count(_("Base of both")), *effective(),
    ]  # fmt: skip
    names = (
        "better", "better_low", "better_high", "worse", "worse_low", "worse_high", "telling", "n_effective",
    )  # fmt: skip
    said = _(
        "Better: how much satisfaction the feature adds when it is there; worse: how much its absence takes "
        "away (Wilson's intervals, without reverse and questionable answers)."
    )
    title = _("What each feature adds, and what its absence takes away")
    rows = [Row([row["name"], *map(row.get, names)]) for row in report.feature_rows]
    table = Table("better", title, columns, rows, [said, small(report)])
    return without_empty(table, [_("Effective n")])


def _counts(report: ScoreReport) -> Table:
    classes = [count(category_name(one)) for one in COUNTED]
    rows = [
        Row([row["name"], *(row.get("counts", {}).get(one) for one in COUNTED), row.get("n")])
        for row in report.feature_rows
    ]
    return Table("counts", _("Counts of the classes"), [text(_("Feature")), *classes, count()], rows)


def _classes(report: ScoreReport, line: TimeLine) -> list[Table]:
    """Each feature's class in every period."""
    if len(line.lines) < 2:
        return []
    columns = [text(_("Period")), *(text(name) for name in report.constructs.values())]
    rows = [
        Row([one.report.stored.run.period.name, *(_shown_class(row) for row in one.report.all_features)])
        for one in line.lines
        if isinstance(one.report, ScoreReport)
    ]
    return [Table("classes", _("The classes by period"), columns, rows)]


def _shown_class(row: Mapping[str, Any]) -> str:
    return "–" if row.get("is_small") or not row.get("class") else str(row["class"])
