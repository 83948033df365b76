"""The tables that stand beside every report: segments, periods, revisions, limits, where it comes from."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indices.comparing.between_segments import Cell, SegmentLine
from indices.report.shown import Shown
from indices.report.structural import Report
from indices.report.time_line import AnyReport, Line, TimeLine
from indices.report_tables.table import (
    Column,
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


def segments(shown: Shown) -> Table | None:
    """The segments of the period, each of its figures against the others of its question."""
    if not shown.between or not shown.report.headline:
        return None
    digits = max(row.digits for row in shown.report.headline)
    columns = [
        text(_("Segment")), text(_("Figure")), figure(_("Value"), digits), text(_("Against the others")),
        figure(_("Difference"), digits), *ends(digits), probability(_("p, adjusted")), count(),
        text(_("Remarks")),
    ]  # fmt: skip
    names = [row.name for row in shown.report.headline]
    rows = [row for line in shown.between for row in _segment(line, names)]
    notes = [*(one.verdict for one in shown.alike), *_segment_notes(shown)]
    table = Table("segments", _("Between the segments"), columns, rows, notes, is_grouped=True)
    return without_empty(table, [_("Remarks")])


def _segment(line: SegmentLine, names: Sequence[str]) -> list[Row]:
    if line.hidden:
        return [Row([line.label, "", None, "", None, None, None, None, None, line.hidden])]
    both = zip(names, line.cells, strict=True)
    return [Row([line.label, name, *_segment_cell(cell), line.n, ""]) for name, cell in both]


def _segment_cell(cell: Cell | None) -> list[Value]:
    if cell is None:
        return [None, "–", None, None, None, None]
    one = cell.difference
    figures: list[Value] = [one.difference, one.low, one.high, one.adjusted_p]
    told = figures if cell.is_comparable else [None] * len(figures)
    return [cell.value, cell.said, *told]


def _segment_notes(shown: Shown) -> list[str]:
    """What each segment is compared with, in the words of the page."""
    params = {"least": shown.survey.least_base_show}
    if isinstance(shown.report, Report):
        said = _(
            "Each segment against the mean of the other segments of its question, weighted by their answers, "
            "by %(name)s. p is adjusted for all such comparisons of the period (Benjamini–Hochberg), and "
            "clear means at most 0.05. Segments with fewer than %(least)s answers are left out."
        )
        return [said % {**params, "name": shown.report.headline_name}]
    said = _(
        "Each segment against all the other segments of its question together. p is adjusted for all such "
        "comparisons of the period (Benjamini–Hochberg), and clear means at most 0.05. Segments with fewer "
        "than %(least)s answers are left out."
    )
    return [said % params]


def periods(line: TimeLine, report: AnyReport) -> Table:
    """The headline over all periods, a row for each figure; what is said of a period stands in its first."""
    digits = max((row.digits for row in report.headline), default=1)
    columns = [
        text(_("Period")), text(_("Figure")), figure(_("Value"), digits), *ends(digits), count(),
        text(_("From the period before")), count(_("Answers used")), text(_("Remarks")),
    ]  # fmt: skip
    own = report.stored.run.period_id
    rows = [row for one in line.lines for row in _period(one, one.report.stored.run.period_id == own)]
    notes = [*line.breaks, *line.moves]
    table = Table("periods", _("All periods"), columns, rows, notes, is_grouped=True)
    rest = [] if report.headline else [column.label for column in columns]
    return without_empty(table, [_("Remarks"), _("Answers used"), *rest])


def _period(one: Line, is_own: bool) -> list[Row]:
    name, remarks = one.report.stored.run.period.name, "; ".join(one.remarks)
    is_alike = isinstance(one.report, Report)  # every index has the same base
    used = None if one.report.hidden or is_alike else one.report.used
    if not one.rows:
        return [Row([name, "", None, None, None, None, "", used, remarks], is_own)]
    found: list[Row] = []
    for row, change in one.rows:
        shown = row.shown
        figures = [shown.value, shown.low, shown.high, shown.n] if shown else [None] * 4
        values = [name, row.name, *figures, change or "–", used, "" if found else remarks]
        found.append(Row(values, is_own, digits=row.digits))
    return found


def limits(line: TimeLine) -> Table | None:
    """What is drawn beside the series: targets, and the limits within which a figure moves by chance."""
    chance = {name: (low, high, digits) for name, low, high, digits in line.limited}
    targets = dict(line.targeted)
    columns = [text(_("Figure")), figure(_("Target")), figure(_("Lower limit")), figure(_("Upper limit"))]
    rows = [
        _limit(name, targets.get(name), *chance.get(name, (None, None, 1)))
        for name in dict.fromkeys([*targets, *chance])
    ]
    if not rows:
        return None
    said = _("Dots: the limits within which an index moves by chance from period to period.")
    return Table("limits", _("Targets and limits"), columns, rows, [said] if chance else [])


def _limit(name: str, target: float | None, low: float | None, high: float | None, digits: int) -> Row:
    return Row([name, target, low, high], digits=digits)


def notes(line: TimeLine) -> Table | None:
    """What happened, by period."""
    rows = [Row([one.number, one.note.period.name, one.note.text]) for one in line.notes]
    columns = [count(_("No.")), text(_("Period")), text(_("What happened"))]
    return Table("notes", _("Notes"), columns, rows) if rows else None


def revisions(shown: Shown) -> Table | None:
    """The released revisions of the period, newest first."""
    found = shown.standing.revisions
    if len(found) < 2:
        return None
    headline: list[Column] = [figure(row.name, row.digits) for row in shown.report.headline]
    columns = [count(_("Revision")), text(_("Released")), *headline, count(), text(_("What changed"))]
    rows = []
    for one in found:
        run, hidden = one.stored.run, one.stored.hidden
        day = timezone.localtime(run.released_at).date().isoformat() if run.released_at else ""
        values = [row.shown.value if row.shown else None for row in one.headline]
        said = f"{hidden} {one.changes}".strip() or "–"
        rows.append(
            Row([run.revision, day, *values, None if hidden else one.used, said], run.pk == shown.run.pk)
        )
    return Table("revisions", _("Released revisions"), columns, rows)


def provenance(shown: Shown) -> Table:
    """Where the figures come from, and how to read them."""
    rows = [Row([name, said]) for name, said in facts(shown) if said]
    return Table("about", _("About this report"), [text(_("Fact")), text(_("Value"))], rows, reading(shown))


def facts(shown: Shown) -> list[tuple[str, str]]:
    """Named facts; what does not apply is empty."""
    run, survey, report = shown.run, shown.survey, shown.report
    return [
        (_("Organisation"), survey.organisation.name),
        (_("Survey"), survey.name),
        (_("Instrument"), shown.measure),
        (_("Period"), shown.period.name),
        (_("Answers of"), shown.window),
        (_("Segment"), shown.segment or _("All respondents")),
        (_("State of the period"), str(shown.period.state.label)),
        (_("Finished answers"), str(run.responses)),
        (_("Answers used"), str(report.used)),
        (_("Left out by an analyst"), str(run.excluded) if run.excluded else ""),
        (_("Revision"), str(run.revision)),
        (_("Computed"), moment(shown)),
        (_("Time zone"), survey.organisation.time_zone),
        (_("Trigger"), run.get_trigger_display()),
        (_("Data"), _("Simulated: no real customer answered.") if survey.is_simulated else ""),
        (_("Source"), survey.source_text),
        (_("Fingerprint of the answers"), run.fingerprint),
        (_("Seed"), "" if run.seed is None else str(run.seed)),
        (_("Resamples"), str(run.settings.get("resamples") or "")),
        (_("Missing answers"), _missing(report)),
        (_("Libraries"), ", ".join(f"{name} {version}" for name, version in run.versions.items())),
        (_("Run"), run.public_id),
    ]


def moment(shown: Shown) -> str:
    at = shown.run.ended_at
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


def _missing(report: AnyReport) -> str:
    if not isinstance(report, Report):
        return ""
    if report.missing == "fiml":
        return _("what was answered counts, what was not is left open (full information)")
    return _("rows that lack an answer are left out (listwise)")


def reading(shown: Shown) -> Sequence[str]:
    """How to read the figures."""
    least = shown.survey.organisation.least_group
    interval = _("The interval holds the true figure in 95 of 100 such surveys; n is the base it rests on.")
    said = ngettext(
        "Figures of fewer than %(n)d respondent are shown nowhere.",
        "Figures of fewer than %(n)d respondents are shown nowhere.",
        least,
    )
    dash = _("A dash stands where there is no figure; the remarks say why.")
    found = [interval, dash, said % {"n": least}]
    if not shown.is_newest:
        found.append(_("A newer revision has taken the place of this one."))
    return found
