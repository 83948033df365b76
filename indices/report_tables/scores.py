"""The tables of a score report, by the kind of its instrument."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext as _

from indices.comparing.compared import Compared
from indices.models import Change
from indices.report.time_line import TimeLine
from indices.report_tables import kano
from indices.report_tables.score_columns import effective, small
from indices.report_tables.table import (
    Column,
    Drawn,
    Row,
    Table,
    Value,
    count,
    ends,
    figure,
    probability,
    text,
    without_empty,
)
from indices.scores.certainty import aspects, unanswered
from indices.scores.readings import Standing, standing
from indices.scores.report import DIGITS, ScoreReport, ScoreRow, is_of_statement
from indices.scores.rows import share_rows
from indices.scores.words import REASONS


def headline(report: ScoreReport) -> Table:
    """The figures that the report opens with."""
    digits = max((row.digits for row in report.headline), default=1)
    columns = [
        text(_("Figure")), figure(_("Value"), digits), *ends(digits), count(), *effective(),
        figure(_("Design effect"), 2), text(_("Range")), text(_("Remarks")),
    ]  # fmt: skip
    rows = [_headline_row(report, row) for row in report.headline]
    notes = [*(report.reasons if report.refused else []), *report.remarks]
    table = Table("figures", _("The figures"), columns, rows, notes)
    return without_empty(table, [_("Remarks"), _("Effective n"), _("Design effect")])


def _headline_row(report: ScoreReport, row: ScoreRow) -> Row:
    shown, reach = row.shown, "%" if row.is_percent else row.range
    if shown is None:
        said = _("Fewer than %(least)s gave what this figure needs.") % {"least": report.least_base}
        why = "" if report.refused else said
        return Row([row.name, None, None, None, None, None, None, reach, why], is_strong=True)
    why = _("Too few answers for an interval") if shown.low is None else ""
    figures: list[Value] = [shown.value, shown.low, shown.high, shown.n, shown.n_effective, shown.deff]
    return Row([row.name, *figures, reach, why], is_strong=True)


def details(report: ScoreReport, line: TimeLine) -> list[Table]:
    """What the kind shows besides its headline; nothing where nothing can be shown."""
    make = DETAILS.get(report.kind)
    return [] if make is None or report.refused else make(report, line)


def _nps(report: ScoreReport, _line: TimeLine) -> list[Table]:
    columns = [text(_("Group")), count(_("Answers")), figure("%"), *ends(), count()]
    rows = [Row([one.name, one.count, one.share, one.low, one.high, one.n]) for one in share_rows(report)]
    notes = [
        _(
            "The score is the share of promoters less that of detractors, computed from the counts and "
            "rounded once. Its interval is the adjusted Wald interval."
        ),
        _("The intervals of the shares are Wilson’s."),
    ]
    return [Table("groups", _("Who recommends"), columns, rows, notes), _distribution(report)]


def _single(report: ScoreReport, _line: TimeLine) -> list[Table]:
    return [_distribution(report), *_mean(report)]


def _mean(report: ScoreReport) -> list[Table]:
    one = report.mean
    if one is None:
        return []
    why = _("Too few answers for an interval") if one.low is None else ""
    columns = [text(_("Figure")), figure(_("Value"), 2), *ends(2), count(), *effective(), text(_("Remarks"))]
    rows = [Row([_("Mean of the answers"), one.value, one.low, one.high, one.n, one.n_effective, why])]
    table = Table(
        "mean", _("Mean of the answers"), columns, rows, [_("It is another figure than the score.")]
    )
    return [without_empty(table, [_("Remarks"), _("Effective n")])]


def _distribution(report: ScoreReport) -> Table:
    """How many chose each answer; the counts are exact, so that they have no interval."""
    columns = [text(_("Answer")), count(_("Answers")), figure("%"), count(_("Base"))]
    rows = [
        Row([row.label, row.count, row.share, report.used], row.is_counted) for row in report.distribution
    ]
    unanswered = [*report.left_unanswered, _("None of these is in the base.")]
    notes = [*_box(report), *(unanswered if report.left_unanswered else [])]
    return Table("answers", _("The answers"), columns, rows, notes, Drawn(2, None, None, 0, 100))


def _box(report: ScoreReport) -> list[str]:
    box = report.result.get("box")
    if not box:
        return []
    said = _(
        "The score is the share of answers from %(low)s to %(high)s, in bold: %(count)s of %(n)s. Its "
        "interval is Wilson's."
    )
    if "count" not in report.result:
        return [_box_alone(box)]
    counted, n = report.result["count"], report.result["n"]
    return [said % {"low": box[0], "high": box[1], "count": counted, "n": n}]


def _box_alone(box: Sequence[int]) -> str:
    said = _("The score is the share of answers from %(low)s to %(high)s, in bold. Its interval is Wilson's.")
    return said % {"low": box[0], "high": box[1]}


def _gaps(report: ScoreReport, _line: TimeLine) -> list[Table]:
    said = _(
        "A gap is perception less expectation, over those who answered both. Unweighted, the overall gap is "
        "the mean of the five dimensions; weighted, each respondent's dimensions count by their own points."
    )
    names = ("expectation", "perception", "gap", "low", "high", "p", "weight", "n", "n_effective")
    columns = [
        figure(_("Expectation"), 2), figure(_("Perception"), 2), figure(_("Gap"), 2), *ends(2),
        probability(), figure(_("Points")), count(), *effective(),
    ]  # fmt: skip
    title = _("Gaps by dimension")
    return _by_dimension_and_statement(report, title, columns, names, [said], [_("Points")])


def _perceptions(report: ScoreReport, _line: TimeLine) -> list[Table]:
    columns = [figure(_("Perception"), 2), *ends(2), count(), *effective()]
    names = ("perception", "low", "high", "n", "n_effective")
    return _by_dimension_and_statement(report, _("Perception by dimension"), columns, names, [])


def _zones(report: ScoreReport, _line: TimeLine) -> list[Table]:
    """The levels, and how far what is perceived lies from either; of dimensions, then of statements."""
    said = _(
        "The zone reaches from the lowest acceptable to the desired level. Where it lies is said from the "
        "intervals of both distances: clearly only where the interval leaves out zero; at an edge it cannot "
        "be told whether the edge is passed. The overall figures are the means of the five dimensions."
    )
    share = _("Answers in the zone")
    columns = [
        figure(_("Lowest acceptable"), 2), figure(_("Perceived"), 2), figure(_("Desired"), 2),
        figure("%", 1, share), *ends(1, share), count(), *effective(), text(_("Where it lies")),
    ]  # fmt: skip
    names = (
        "adequate", "perceived", "desired", "in_zone", "in_zone_low", "in_zone_high", "n", "n_effective",
        "standing",
    )  # fmt: skip
    title = _("The zone of tolerance by dimension")
    levels = _by_dimension_and_statement(report, title, columns, names, [said])
    return [one for both in zip(levels, _distances(report), strict=True) for one in both]


def _distances(report: ScoreReport) -> list[Table]:
    above, against = _("Above the lowest acceptable"), _("Against the desired")
    columns = [
        figure(_("Value"), 2, above), *ends(2, above), figure(_("Value"), 2, against), *ends(2, against),
        count(), *effective(),
    ]  # fmt: skip
    names = ("msa", "msa_low", "msa_high", "mss", "mss_low", "mss_high", "n", "n_effective")
    found = _by_dimension_and_statement(report, _("Distances by dimension"), columns, names, [])
    titles = (found[0].title, _("Distances by statement"))
    pairs = zip(found, titles, strict=True)
    return [replace(one, key=f"{one.key}-distances", title=title) for one, title in pairs]


def _by_dimension_and_statement(
    report: ScoreReport,
    title: str,
    columns: Sequence[Column],
    names: Sequence[str],
    notes: Sequence[str],
    of_dimensions: Sequence[str] = (),
) -> list[Table]:
    """The same columns twice; those named in `of_dimensions` are left out where no statement has them."""
    least = small(report)
    dimensions = Table(
        "dimensions",
        title,
        [text(_("Dimension")), *columns],
        _named(report.dimension_rows, names),
        [*notes, least],
    )
    statements = Table(
        "statements",
        _("By statement"),
        [text(_("Statement")), *columns],
        _named(report.item_rows, names),
        [least],
    )
    rest = [_("Effective n")]
    return [without_empty(dimensions, rest), without_empty(statements, [*of_dimensions, *rest])]


def _named(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Row]:
    return [Row([row["name"], *(_value(row, name) for name in names)]) for row in rows]


def _value(row: Mapping[str, Any], name: str) -> Value:
    """As stored; a share as a percentage, and where a zone is met in words."""
    if name == "standing":
        return "–" if row.get("is_small") else str(Standing(standing(row)).label)
    found: Value = row.get(name)
    return 100 * found if name.startswith("in_zone") and isinstance(found, float | int) else found


def changes(report: ScoreReport, compared: Compared, key: str, title: str) -> Table:
    """Of every figure since an earlier period but the statements'; where they cannot be compared, why."""
    broken = [compared.verdict] if compared.is_broken else []
    notes = broken or (compared.remarks if compared.is_weak else [])
    codes = [] if broken else [code for code in report.scores if not is_of_statement(code)]
    return Table(key, title, _changed_columns(), _changed(report, compared, codes), notes)


def statement_changes(report: ScoreReport, compared: Compared, key: str, title: str) -> Table:
    """Of every statement; empty where it cannot be compared."""
    codes = [] if compared.is_broken else [code for code in report.scores if is_of_statement(code)]
    return Table(key, title, _changed_columns(), _changed(report, compared, codes))


def _changed_columns() -> list[Column]:
    return [
        text(_("Figure")), text(_("What changed")), figure(_("Difference"), 2), *ends(2), probability(),
        text(_("Test")),
    ]  # fmt: skip


def _changed(report: ScoreReport, compared: Compared, codes: Sequence[str]) -> list[Row]:
    rows = []
    for code in codes:
        said, told = report.change(compared, code), compared.change(report.headline_by, code)
        digits = DIGITS.get(report.scores[code].kind, 2)
        rows.append(Row([said.name, said.said, *_difference(told)], digits=digits))
    return rows


def _difference(told: Change | None) -> list[Value]:
    if told is None:
        return [None, None, None, None, ""]
    return [told.difference, told.low, told.high, told.p, told.get_test_display()]


def certainty(report: ScoreReport) -> list[Table]:
    """How sure the figures are, and why there is no number, by question."""
    said = [Row([one.name, " · ".join(one.said)]) for one in aspects(report)]
    titles = (
        _("Skipped"), _("Did not know"), _("Did not apply"), _("Not shown to them"), _("Not asked"),
    )  # fmt: skip
    counts = [count(title) for title, _reason in zip(titles, REASONS, strict=True)]
    missing = [Row([one.text, *one.counts]) for one in unanswered(report)]
    return [
        Table("certainty", _("How sure are we?"), [text(_("Aspect")), text(_("Value"))], said),
        Table(
            "unanswered", _("Why there is no number, by question"), [text(_("Question")), *counts], missing
        ),
    ]


DETAILS: Final[Mapping[str, Callable[[ScoreReport, TimeLine], list[Table]]]] = {
    "nps": _nps,
    "csat": _single,
    "ces": _single,
    "servqual": _gaps,
    "servperf": _perceptions,
    "servqual_zone": _zones,
    "kano": kano.tables,
}
