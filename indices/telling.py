"""What webhooks are told of released figures: those that the report shows first, as every viewer sees them.

They are read from what runs stored, as the report and the API of the home page read them, and never computed
again; of the whole survey only, without segments. Written in the transaction that releases them.
"""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils import translation

from indices import selectors
from indices.disclosing.disclosure import Disclosure
from indices.models import Run
from indices.report.structural import Row
from indices.report.time_line import AnyReport
from indices.scores.report import ScoreRow, report_of
from surveys.models import Period, Webhook
from surveys.outgoing import webhooks
from surveys.outgoing.events import in_utc, link
from surveys.selectors import latest_use

RELEASED, REVISED = Webhook.Event.INDEX_RELEASED, "index.revised"
STORED = Run.objects.select_related("survey__organisation").prefetch_related(
    "estimates__indices", "estimates__scores"
)
OTHER = "no_index"  # there is an estimate, and no index of this construct in it


def tell_released(period: Period) -> None:
    """Once for each period, when it is released."""
    if told := webhooks.asking_for(period.survey, RELEASED, held=True):
        runs = STORED.filter(period=period, segment="", window=1, released_at__isnull=False)
        webhooks.tell(told, RELEASED, period.public_id, _payload(period, runs))


def tell_revised(run: Run) -> None:
    """Of a run that was stored as another revision of released figures: of what it measures, nothing else."""
    if run.segment or run.window > 1 or run.period.released_at is None:
        return
    if told := webhooks.asking_for(run.survey, RELEASED, held=True):
        webhooks.tell(told, REVISED, run.public_id, _payload(run.period, STORED.filter(pk=run.pk)))


def _payload(period: Period, runs: QuerySet[Run]) -> dict[str, Any]:
    """Names are in the survey's first language, whoever released the figures."""
    survey = period.survey
    keys, disclosure = selectors.measurement_keys(survey), Disclosure(survey)
    there = sorted(runs, key=lambda run: keys.index(run.measurement_key))
    with translation.override(survey.languages[0]):
        measures = [_measure(run, disclosure) for run in there]
    return {
        "survey": {"id": survey.public_id, "name": survey.name},
        "period": {
            "id": period.public_id,
            "name": period.name,
            "first_day": period.first_day.isoformat() if period.first_day else None,
            "last_day": period.last_day.isoformat() if period.last_day else None,
        },
        "released_at": in_utc(max((run.released_at for run in there if run.released_at), default=None)),
        "link": f"{link('report', survey)}?{urlencode({'period': period.public_id})}",
        "measures": measures,
    }


def _measure(run: Run, disclosure: Disclosure) -> dict[str, Any]:
    use, hidden = latest_use(run.survey, run.measurement_key), disclosure.why(run)
    report = report_of(selectors.as_told(run, disclosure), use, run.survey.languages[0])
    return {
        "measure": use.instrument_id,
        "run": run.public_id,
        "revision": run.revision,
        "changes": {} if hidden else run.changes,
        "hidden": hidden,
        "figures": [_figure(row, report) for row in report.headline],
    }


def _figure(row: Row | ScoreRow, report: AnyReport) -> dict[str, Any]:
    shown = row.shown
    return {
        "code": row.code,
        "name": row.name,
        "estimator": row.headline_by,
        "value": shown.value if shown else None,
        "low": shown.low if shown else None,
        "high": shown.high if shown else None,
        "n": shown.n if shown else None,
        "why_none": "" if shown else _why_none(row, report),
    }


def _why_none(row: Row | ScoreRow, report: AnyReport) -> str:
    """The code of a reason: why the run is hidden, or the status of the estimate."""
    stored = report.stored
    if why := stored.disclosure.why(stored.run):
        return why
    if stored.is_small(row.headline_by):
        return "too_few"
    estimate = stored.estimates.get(row.headline_by)
    return estimate.status if estimate and estimate.status != "ok" else OTHER
