"""Surveys with stored runs, as workers store them, for tests of the home page."""

from typing import Any

from django.utils import timezone

from indices.models import Comparison, Estimate, Index, Run
from indices.report.structural import NOTHING
from surveys.models import Period, Survey
from tests.indices.change_cast import key_of


def month(survey: Survey, name: str, state: str = "open") -> Period:
    """A calendar month of the survey's, open, closed or released."""
    now = timezone.now()
    fields = {
        "first_day": f"{name}-01",
        "last_day": f"{name}-28",
        "closed_at": None if state == "open" else now,
        "released_at": now if state == "released" else None,
    }
    return Period.objects.update_or_create(survey=survey, name=name, defaults=fields)[0]


def stored(survey: Survey, period: Period, value: float = 70.0, n: int = 120, **fields: Any) -> Run:
    """Everybody's next run of a month, with both estimators' indices of the headline."""
    status = fields.pop("estimate", "ok")
    series = {
        "survey": survey, "period": period, "measurement_key": key_of(survey),
        "segment": fields.pop("segment", ""),
    }  # fmt: skip
    own = {"status": "done", "trigger": "schedule", "responses": n, "fingerprint": f"print of {n}", **fields}
    run = Run.objects.create(**series, **own, revision=1 + Run.objects.filter(**series).count())
    if run.status == "done":
        for by in ("ml", "pls"):
            result = {**NOTHING, "status": status, "structure": "full"}
            one = Estimate.objects.create(run=run, estimator=by, status=status, n=n, n_used=n, result=result)
            for construct in ("satisfaction", "loyalty") if status == "ok" else ():
                Index.objects.create(
                    estimate=one, construct=construct, value=value, se=1, low=value - 2, high=value + 2
                )
    return run


def compared(run: Run, against: Run, by: float = 0.0, verdict: str = "full") -> Comparison:
    """The stored comparison with the period before, satisfaction having moved `by`, give or take 2.8."""
    one = Comparison.objects.create(run=run, against=against, kind="previous", verdict=verdict)
    for estimator in ("ml", "pls"):
        one.changes.create(
            estimator=estimator, construct="satisfaction", earlier=70, later=70 + by, difference=by, se=1.4,
            low=by - 2.8, high=by + 2.8,
        )  # fmt: skip
    return one
