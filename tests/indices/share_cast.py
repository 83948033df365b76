"""Stored runs for the tests of what leaves the service: no model is fitted for them."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from indices.models import Comparison, Estimate, Run
from indices.report.structural import NOTHING
from surveys.models import Period, Survey
from tests.indices.change_cast import key_of


def month(survey: Survey, name: str, **times: Any) -> Period:
    """A month; closed, or released, at the times given."""
    days = {"first_day": f"{name}-01", "last_day": f"{name}-28"}
    period, _made = Period.objects.get_or_create(survey=survey, name=name, defaults=days)
    Period.objects.filter(pk=period.pk).update(**times)
    period.refresh_from_db()
    return period


def released_month(survey: Survey, name: str, at: datetime | None = None) -> Period:
    at = at or timezone.now()
    return month(survey, name, closed_at=at, released_at=at)


def stored(period: Period, value: float, n: int = 250, segment: str = "", against: Run | None = None) -> Run:
    """A run as a worker stores it, released if its period is, with an index of satisfaction and loyalty, and
    compared with an earlier one; the next revision if there is one."""
    survey, now = period.survey, timezone.now()
    series = {"survey": survey, "period": period, "segment": segment, "measurement_key": key_of(survey)}
    run = Run.objects.create(
        **series,
        revision=1 + Run.objects.filter(**series).count(),
        status="done",
        trigger="manager",
        responses=n,
        seed=7,
        started_at=now,
        ended_at=now,
        fingerprint=f"print of {value}",
        settings={"periods": [period.name], "resamples": 30},
        released_at=period.released_at,
    )
    for estimator in ("ml", "pls"):
        _add_estimate(run, estimator, value, n)
    if against:
        _compare(run, against)
    return run


def _add_estimate(run: Run, estimator: str, value: float, n: int) -> None:
    result = {**NOTHING, "estimator": estimator, "status": "ok", "structure": "full", "n_used": n}
    own: Any = {"estimator": estimator, "status": "ok", "n": n, "n_used": n, "result": result}
    estimate: Estimate = run.estimates.create(**own)
    for construct in ("satisfaction", "loyalty"):
        estimate.indices.create(construct=construct, value=value, se=1, low=value - 2, high=value + 2)


def _compare(run: Run, against: Run) -> None:
    comparison = Comparison.objects.create(run=run, against=against, kind="previous", verdict="full")
    earlier, later = (
        one.estimates.get(estimator="ml").indices.get(construct="satisfaction").value
        for one in (against, run)
    )
    for estimator in ("ml", "pls"):
        comparison.changes.create(
            estimator=estimator,
            construct="satisfaction",
            earlier=earlier,
            later=later,
            difference=later - earlier,
            low=later - earlier - 1,
            high=later - earlier + 1,
            p=0.01,
        )
