"""What a report says on paper, as data for its template: every text and figure is the page's own."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from indices.comparing.compared import Compared
from indices.numbers import interval, rounded
from indices.paper.blocks import Block, bar, drawn, notice, table
from indices.paper.lettering import lines, plain
from indices.paper.print_styles import palette
from indices.report.shown import Shown
from indices.report.structural import Report, Row
from indices.report_tables import beside
from indices.report_tables.gathered import tables
from indices.report_tables.table import Table, interval_name
from indices.scores.pictures import pictures
from indices.scores.report import ScoreReport, ScoreRow
from indices.scores.takeaways import segment_takeaways, takeaways

ELSEWHERE = frozenset({"indices", "figures", "quality", "about", "notes"})  # not shown as tables
FURTHER = frozenset(
    {
        "effects-changes", "effects-changes-year", "paths-ml", "r2", "reliability", "fit", "remarks",
        "weighting", "limits", "revisions", "counts", "statements", "statements-distances",
        "statement-changes", "statement-changes-year",
    }
)  # fmt: skip
COLUMN = 640  # px, of the column that holds the series: letters of a wider drawing would be too small
REGIONS = {"zh-hans": ("zh", "cn"), "zh-hant": ("zh", "tw")}


def content(shown: Shown, families: Sequence[str]) -> dict[str, Any]:
    """Plain data: texts, numbers as shown, and drawings as SVG."""
    found = tables(shown)
    language, region = REGIONS.get(shown.report.language, ("en", "gb"))
    return {
        "language": language,
        "region": region,
        "families": list(families),
        "palette": {name.removeprefix("--"): value for name, value in palette().items()},
        "words": _words(),
        "head": _head(shown),
        "headline": [_headline(shown, row) for row in shown.report.headline],
        "trend": _trend(shown, families),
        "notices": list(_notices(shown)),
        "sections": list(_sections(shown, found, families)),
        "about": _about(shown),
    }


def _words() -> dict[str, str]:
    return {
        "page": _("Page {page} of {pages}"),
        "further": _("Further figures"),
        "about": _("About this report"),
        "reading": _("How to read it"),
        "model": _("The model, in lavaan syntax"),
    }


def _head(shown: Shown) -> dict[str, Any]:
    """The title block, and what is repeated on every page."""
    survey, run = shown.survey, shown.run
    place = " · ".join(one for one in (shown.period.name, shown.window, shown.segment) if one)
    facts = [
        (_("Segment"), shown.segment or _("All respondents")),
        (_("State of the period"), str(shown.period.state.label)),
        (_("Answers used"), f"{shown.report.used} / {run.responses}"),
        (_("Revision"), str(run.revision)),
        (_("Computed"), beside.moment(shown)),
    ]
    return {
        "title": plain(survey.name),
        "organisation": plain(survey.organisation.name),
        "measure": plain(shown.measure),
        "period": plain(place),
        "facts": [[plain(name), plain(said)] for name, said in facts],
        "simulated": _("Simulated data: made up to show how Barometer works. No real customer answered.")
        if survey.is_simulated
        else "",
        "source": plain(survey.source_text),
    }


def _headline(shown: Shown, row: Row | ScoreRow) -> dict[str, Any]:
    one = row.shown
    low, high = (one.low, one.high) if one else (None, None)
    least, most = shown.report.axis if isinstance(shown.report, Report) else _span(row)
    return {
        "name": plain(row.name),
        "value": rounded(one.value if one else None, row.digits),
        "unit": _unit(row),
        "interval": interval(low, high, row.digits),
        "said": _interval_words(shown, row),
        "bar": bar(one.value, low, high, least, most) if one else "",
        "since": [
            [plain(each.since), plain(each.said(row.headline_by, row.code, digits=row.digits))]
            for each in shown.compared
        ]
        if one
        else [],
    }


def _span(row: Row | ScoreRow) -> tuple[float, float]:
    return (row.least, row.most) if isinstance(row, ScoreRow) else (0, 100)


def _unit(row: Row | ScoreRow) -> str:
    if isinstance(row, ScoreRow):
        return "%" if row.is_percent else row.range
    return "/ 100"


def _interval_words(shown: Shown, row: Row | ScoreRow) -> str:
    """The interval with its base, or why there is none."""
    one = row.shown
    if one is None:
        return _("No index; the reason stands below.") if isinstance(row, Row) else _no_score(shown)
    known = f"{interval_name()} {interval(one.low, one.high, row.digits)}"
    said = known if one.low is not None else _("Too few answers for an interval")
    return plain(f"{said} · n = {one.n}{_effective(one)}")


def _effective(one: object) -> str:
    deff, effective = getattr(one, "deff", None), getattr(one, "n_effective", None)
    if not deff:
        return ""
    said = _("(effective %(effective)s, design effect %(deff)s)")
    return " " + said % {"effective": rounded(effective, 0), "deff": rounded(deff, 2)}


def _no_score(shown: Shown) -> str:
    report = shown.report
    if isinstance(report, ScoreReport) and not report.refused:
        return _("Fewer than %(least)s gave what this figure needs.") % {"least": report.least_base}
    return _("No figure; the reason stands below.")


def _trend(shown: Shown, families: Sequence[str]) -> dict[str, Any]:
    line = shown.line
    happened = [[str(one.number), plain(f"{one.note.period.name}: {one.note.text}")] for one in line.notes]
    said = [*_limits(shown)]
    if line.breaks:
        said += [_("Where the line is broken, the periods cannot be compared."), *line.breaks]
    if line.moves:
        said += [_("Where a question came to be answered otherwise:"), *line.moves]
    return {
        "drawings": drawn(shown.trend, families, room=COLUMN),
        "happened": happened,
        "said": [plain(one) for one in said],
    }


def _limits(shown: Shown) -> Iterator[str]:
    line = shown.line
    for name, value in line.targeted:
        yield _("Long dashes: the target of %(name)s, %(value)s.") % {"name": name, "value": rounded(value)}
    if line.limited:
        said = [_("Dots: the limits within which an index moves by chance from period to period.")]
        for name, low, high, digits in line.limited:
            ends = {"name": name, "low": rounded(low, digits), "high": rounded(high, digits)}
            said.append(_("%(name)s: %(low)s to %(high)s.") % ends)
        yield " ".join(said)
    if line.ringed:
        yield " ".join([_("A ring: out of the ordinary."), *(f"{one}." for one in line.ringed)])


def _notices(shown: Shown) -> Iterator[Block]:
    """What has to be known before any figure is read."""
    report = shown.report
    if not shown.is_newest:
        yield notice(_("A newer revision has taken the place of this one."), tone="warn")
    for one in shown.standing.revisions:
        if one.changes and one.stored.run.pk == shown.run.pk:
            said = _("These figures were revised after they were released.")
            yield notice(f"{said} {one.changes}")
    if report.refused:
        said = (
            _("No index is shown for this period, because the model gave no result that can be defended:")
            if isinstance(report, Report)
            else _("No figure is shown for this period:")
        )
        yield notice(said, report.reasons, "warn")
    yield from _of_kind(report)
    yield from (_comparability(one) for one in shown.compared if one.is_weak)


def _of_kind(report: Report | ScoreReport) -> Iterator[Block]:
    if isinstance(report, ScoreReport):
        yield from (notice(one) for one in report.remarks)
        return
    if report.fragile:
        yield notice(
            _(
                "The constructs overlap so much here that maximum likelihood stands near its limit: with a "
                "few other answers it might give no index at all."
            )
        )
    if report.others and (report.refused or report.fragile):
        figures = (
            f"{name} {rounded(one.value)} ({interval(one.low, one.high)}, n = {one.n})"
            for name, one in report.others
        )
        yield notice(_("By %(name)s:") % {"name": report.other_name}, figures)


def _comparability(one: Compared) -> Block:
    return notice(one.verdict, one.remarks, "warn" if one.is_broken else "plain")


def _sections(shown: Shown, found: Sequence[Table], families: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The tables in their order, the model's picture before its paths; what only some look up comes last."""
    yield from _acting(shown)
    for one in found:
        if one.key == "paths":
            yield from _model(shown, families)
        if one.key == "quality":
            yield _quality(shown, one)
        if one.key not in ELSEWHERE:
            blocks = [*_pictures(shown, one.key, families), table(one)]
            yield {"title": plain(one.title), "further": one.key in FURTHER, "blocks": blocks}


def _acting(shown: Shown) -> Iterator[dict[str, Any]]:
    """Where to act, by scores, in a few lines."""
    report = shown.report
    if not isinstance(report, ScoreReport) or report.refused:
        return
    found = [*takeaways(report), *segment_takeaways(shown.between)]
    rows = [[plain(one.said), plain(one.aside), [plain(name) for name in one.names]] for one in found]
    if rows:
        blocks = [{"kind": "points", "rows": rows}]
        yield {"title": _("Where should we act?"), "further": False, "blocks": blocks}


def _pictures(shown: Shown, key: str, families: Sequence[str]) -> list[Block]:
    """The pictures that stand above a table on the page."""
    report = shown.report
    if isinstance(report, ScoreReport):
        found = pictures(report, key)
    else:
        found = [shown.map] if key == "driver-map" and shown.map else []
        found += [picture for _ranking, picture in shown.ranked] if key == "ranking" else []
    return [block for html in found for block in drawn(html, families)]


def _model(shown: Shown, families: Sequence[str]) -> Iterator[dict[str, Any]]:
    if shown.diagram and isinstance(shown.report, Report):
        blocks = drawn(shown.diagram, families, shown.report.why_drivers)
        yield {"title": _("The model"), "further": False, "blocks": blocks}


def _quality(shown: Shown, one: Table) -> dict[str, Any]:
    report = shown.report
    verdicts = report.quality if isinstance(report, Report) else []
    rows = [[each.good, plain(each.aspect), plain(each.sentence)] for each in verdicts]
    if shown.languages:
        said = " ".join([shown.languages.verdict, *shown.languages.remarks])
        rows.append([not shown.languages.is_weak, plain(_("Languages")), plain(said)])
    blocks: list[Block] = [{"kind": "verdicts", "rows": rows}] if rows else [notice(" ".join(one.notes))]
    return {"title": plain(one.title), "further": False, "blocks": blocks}


def _about(shown: Shown) -> dict[str, Any]:
    return {
        "facts": [[plain(name), plain(said)] for name, said in beside.facts(shown) if said],
        "reading": [plain(one) for one in beside.reading(shown)],
        "model": lines(shown.run.model),
    }
