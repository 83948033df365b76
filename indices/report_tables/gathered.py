"""All tables of a report, in the order of its page."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from indices.comparing.compared import Compared
from indices.models import Against
from indices.report.shown import Shown
from indices.report.structural import Report
from indices.report_tables import acting, beside, scores, structural
from indices.report_tables.table import Table
from indices.scores.report import ScoreReport


def tables(shown: Shown) -> list[Table]:
    """Those that have rows, or a sentence that says why they have none."""
    report = shown.report
    own = _scores(shown, report) if isinstance(report, ScoreReport) else _structural(shown, report)
    found = [*own, *_beside(shown)]
    return [one for one in found if one and (one.rows or one.notes)]


def _scores(shown: Shown, report: ScoreReport) -> Iterator[Table | None]:
    yield scores.headline(report)
    yield from scores.details(report, shown.line)
    compared = [] if report.refused else shown.compared
    yield from (scores.changes(report, one, *_named(one)) for one in compared)
    yield beside.segments(shown)
    if not report.refused:
        yield from scores.certainty(report)
    yield structural.weighting(report)
    for one in compared:
        title = _("What changed by statement: %(since)s") % {"since": one.since}
        yield scores.statement_changes(report, one, f"statement-{_key(one)}", title)


def _structural(shown: Shown, report: Report) -> Iterator[Table | None]:
    yield structural.headline(report)
    yield structural.constructs(report)
    yield structural.weighting(report)
    yield from (structural.changes(one, *_named(one)) for one in shown.compared)
    yield structural.drivers(report)
    yield from structural.paths(report)
    yield from acting.tables(shown, report)
    yield beside.segments(shown)
    yield structural.explained(report)
    yield structural.quality(report)
    yield structural.reliability(report)
    yield structural.fit(report)
    yield structural.remarks(report)
    for one in shown.compared:
        if one.effects:
            title = _("Change of the effects: %(since)s") % {"since": one.since}
            yield structural.effect_changes(one, f"effects-{_key(one)}", title)


def _named(one: Compared) -> tuple[str, str]:
    """The key and the title of what changed since a period."""
    return _key(one), _("What changed: %(since)s") % {"since": one.since}


def _key(one: Compared) -> str:
    return "changes-year" if one.comparison.kind == Against.YEAR else "changes"


def _beside(shown: Shown) -> Iterator[Table | None]:
    yield beside.periods(shown.line, shown.report)
    yield beside.limits(shown.line)
    yield beside.notes(shown.line)
    yield beside.revisions(shown)
    yield beside.provenance(shown)
