"""Stored results as reports and the API read them. Nothing here computes anything again."""

from dataclasses import dataclass

from django.db.models import QuerySet

from indices.models import Estimate, Index, Run
from scoring.instrument import Instrument
from surveys.models import Period, Survey, Version


@dataclass(frozen=True)
class Figure:
    """One index as stored: 0..100, its 95 % interval, and the answers it rests on."""

    construct: str
    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Stored:
    """A finished run with both its estimates."""

    run: Run
    estimates: dict[str, Estimate]

    def figures(self, estimator: str) -> dict[str, Figure]:
        estimate = self.estimates.get(estimator)
        if estimate is None:
            return {}
        return {index.construct: _figure(index, estimate) for index in estimate.indices.all()}


def _figure(index: Index, estimate: Estimate) -> Figure:
    return Figure(index.construct, index.value, index.low, index.high, estimate.n_used)


def done(survey: Survey, measurement_key: str, segment: str = "") -> QuerySet[Run]:
    return (
        Run.objects.filter(
            survey=survey, measurement_key=measurement_key, segment=segment, status=Run.Status.DONE
        )
        .select_related("period", "survey")
        .prefetch_related("estimates__indices")
    )


def series(survey: Survey, measurement_key: str, segment: str = "") -> list[Stored]:
    """The latest stored run of every period, in the order of time; undated waves come in the order made."""
    latest: dict[int, Run] = {}
    for run in done(survey, measurement_key, segment).order_by("revision"):
        latest[run.period_id] = run
    runs = sorted(latest.values(), key=lambda run: (str(run.period.first_day or ""), run.period_id))
    return [Stored(run, {estimate.estimator: estimate for estimate in run.estimates.all()}) for run in runs]


def measurement_keys(survey: Survey) -> list[str]:
    """The survey's measurement keys, newest version first; answers under different keys are never pooled."""
    keys = survey.versions.order_by("-number").values_list("measurement_key", flat=True)
    return list(dict.fromkeys(keys))


def reported_key(survey: Survey) -> str | None:
    """The key the report opens with: the newest that has a stored run, or the newest there is."""
    keys = measurement_keys(survey)
    with_runs = set(
        Run.objects.filter(survey=survey, status=Run.Status.DONE).values_list("measurement_key", flat=True)
    )
    return next((key for key in keys if key in with_runs), keys[0] if keys else None)


def version_of(survey: Survey, measurement_key: str) -> Version:
    return survey.versions.filter(measurement_key=measurement_key).order_by("-number")[0]


def under_way(survey: Survey, period: Period | None = None) -> list[Run]:
    runs = Run.objects.filter(survey=survey, status__in=[Run.Status.QUEUED, Run.Status.RUNNING])
    if period:
        runs = runs.filter(period=period)
    return list(runs.select_related("period").order_by("status", "queued_at"))


def last_failed(survey: Survey, measurement_key: str, period: Period, segment: str) -> Run | None:
    """The newest run of this key, if it failed."""
    runs = Run.objects.filter(survey=survey, measurement_key=measurement_key, period=period, segment=segment)
    newest = runs.order_by("-revision").first()
    return newest if newest and newest.status == Run.Status.FAILED else None


def construct_names(instrument: Instrument, language: str) -> dict[str, str]:
    return {c.code: c.name.get(language, c.name["en"]) for c in instrument.constructs}
