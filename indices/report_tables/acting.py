"""The tables of where to act by a structural report: the map of drivers, what is expected, and rankings."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indices.acting.drivers import Placed, left_out
from indices.acting.ranking import Unit
from indices.acting.what_if import Expected
from indices.report.shown import Shown
from indices.report.structural import Report
from indices.report_tables.table import (
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


def tables(shown: Shown, report: Report) -> Iterator[Table | None]:
    """Those of which there is something."""
    yield _map(shown, report)
    yield _expected(shown, report)
    yield _ranking(shown)


def _map(shown: Shown, report: Report) -> Table | None:
    """Importance and performance of the drivers of one outcome, or of their questions."""
    if not shown.placed:
        return None
    importance, performance = _("Importance"), _("Performance")
    columns = [
        count(_("No.")), text(_("Question")), text(_("Driver")), text(_("What it says")),
        figure(_("Value"), 2, importance), *ends(2, importance), figure(_("Value"), 1, performance),
        *ends(1, performance), count(),
    ]  # fmt: skip
    rows = [_placed(one) for one in shown.placed]
    has_questions = any(one.point.owner for one in shown.placed)
    notes = [report.why_drivers, *filter(None, [left_out(report)] if has_questions else [])]
    title = _("Importance and performance of what moves %(name)s") % {"name": shown.outcome}
    table = Table("driver-map", title, columns, rows, notes)
    return table if has_questions else without_empty(table, [_("No."), _("Question")])


def _placed(one: Placed) -> Row:
    point = one.point
    names: list[Value] = [point.number, point.name, point.owner] if point.owner else [None, "", point.name]
    ends_of: list[Value] = [point.importance, point.importance_low, point.importance_high]
    values = [*names, one.said, *ends_of, point.performance, point.low, point.high, point.n or None]
    return Row(values, is_faint=not point.is_certain)


def _expected(shown: Shown, report: Report) -> Table | None:
    """What is expected of each outcome if one driver rose; a row for each."""
    columns = [
        text(_("Driver")), figure(_("Its index")), text(_("Outcome")), figure(_("Expected change")), *ends(),
        count(), text(_("Remarks")),
    ]  # fmt: skip
    rows = [
        Row(
            [one.name, one.now, each.name, each.change, each.low, each.high, report.drivers_n, beyond],
            is_faint=not each.certain,
        )
        for one in shown.rises
        for beyond in [_("(beyond 100)") if one.rises_out else ""]
        for each in filter(None, one.expected)
        if isinstance(each, Expected)
    ]
    said = ngettext(
        "Expected change, in points of the index, if one driver’s index rose by %(by)s point",
        "Expected change, in points of the index, if one driver’s index rose by %(by)s points",
        shown.rise,
    )
    notes = [
        f"{said % {'by': shown.rise}}.",
        _(
            "This is how the figures go together in this model, over all paths; it is no promise. It holds "
            "as far as the model names the causes and leaves none out, and counts the spread of the answers "
            "as known. Grey: the interval contains zero, it may be nothing."
        ),
    ]
    table = Table("expected", _("What if one of them rose?"), columns, rows, notes, is_grouped=True)
    return without_empty(table, [_("Remarks")]) if rows else None


def _ranking(shown: Shown) -> Table | None:
    """The segments of each question, the highest first, with the places that their intervals allow."""
    columns = [
        text(_("Question")), text(_("Place")), text(_("Segment")), figure(shown.outcome), *ends(),
        text(_("Against the others")), probability(_("adjusted p")), count(),
    ]  # fmt: skip
    rows = [Row([ranking.text, *_unit(one)]) for ranking, _picture in shown.ranked for one in ranking.units]
    said = _(
        "Their intervals overlap, so the order within an overlap is no ranking: a segment may stand at any "
        "of the places given."
    )
    overlaps = any(ranking.overlaps for ranking, _picture in shown.ranked)
    title = _("The segments in their order")
    return (
        Table("ranking", title, columns, rows, [said] if overlaps else [], is_grouped=True) if rows else None
    )


def _unit(one: Unit) -> list[Value]:
    adjusted = one.cell.difference.adjusted_p if one.cell.is_comparable else None
    return [one.places, one.label, one.value, one.low, one.high, one.cell.said, adjusted, one.n]
