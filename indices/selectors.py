"""Stored results as reports and the API read them. Nothing here computes anything again."""

from dataclasses import dataclass

from django.db.models import QuerySet

from indices import weighted
from indices.disclosing.disclosure import Disclosure
from indices.disclosing.told_results import score_told
from indices.models import Estimate, FiguresBy, Index, Run, Score
from scoring.instrument import Instrument
from surveys.models import Period, Survey, Use


@dataclass(frozen=True)
class Figure:
    """One index as stored: 0..100, its 95 % interval, and the answers it rests on; with the design effect of
    their weights, where they are weighted."""

    construct: str
    value: float
    low: float | None
    high: float | None
    n: int
    deff: float | None = None

    @property
    def n_effective(self) -> float | None:
        """How many answers of equal weight would tell as much."""
        return self.n / self.deff if self.deff else None


@dataclass(frozen=True)
class Stored:
    """A finished run with both its estimates; with none where they may not be told."""

    run: Run
    estimates: dict[str, Estimate]
    disclosure: Disclosure

    @property
    def hidden(self) -> str:
        """Why nothing may be told of it, as a sentence; empty where it may."""
        return self.disclosure.words(self.run)

    def is_small(self, estimator: str) -> bool:
        """There are indices, on fewer answers than the survey shows any on."""
        estimate = self.estimates.get(estimator)
        least = self.run.survey.least_told
        return estimate is not None and estimate.status == "ok" and estimate.n_used < least

    def figures(self, estimator: str) -> dict[str, Figure]:
        """The indices that may be shown."""
        estimate = self.estimates.get(estimator)
        if estimate is None or self.is_small(estimator):
            return {}
        deff = weighted.told(self.run).get("deff")
        return {index.construct: _figure(index, estimate, deff) for index in estimate.indices.all()}

    def scores(self) -> dict[str, Score]:
        """The scores that may be shown: each has a base of its own."""
        estimate = self.estimates.get(FiguresBy.SCORE)
        if estimate is None or self.is_small(FiguresBy.SCORE):
            return {}
        least = self.run.survey.least_told
        scores = [score_told(estimate, score) for score in estimate.scores.all() if score.n >= least]
        return {score.code: score for score in scores}


def _figure(index: Index, estimate: Estimate, deff: float | None) -> Figure:
    return Figure(index.construct, index.value, index.low, index.high, estimate.n_used, deff)


def done(survey: Survey, measurement_key: str, segment: str = "", window: int = 1) -> QuerySet[Run]:
    return (
        Run.objects.filter(
            survey=survey,
            measurement_key=measurement_key,
            segment=segment,
            window=window,
            status=Run.Status.DONE,
        )
        .select_related("period", "survey__organisation")
        .prefetch_related("estimates__indices", "estimates__scores")
    )


def series(
    survey: Survey,
    measurement_key: str,
    segment: str = "",
    window: int = 1,
    disclosure: Disclosure | None = None,
) -> list[Stored]:
    """The latest stored run of every period, in the order of time; undated waves come in the order made.

    Without a `disclosure` it is what every reader may be told.
    """
    told = disclosure or Disclosure(survey)
    latest: dict[int, Run] = {}
    for run in done(survey, measurement_key, segment, window).order_by("revision"):
        latest[run.period_id] = run
    runs = sorted(latest.values(), key=lambda run: (str(run.period.first_day or ""), run.period_id))
    return [as_told(run, told) for run in runs]


def newest(
    survey: Survey,
    measurement_key: str,
    period: Period,
    segment: str,
    window: int,
    disclosure: Disclosure,
) -> Stored | None:
    """The latest stored run of one period; None where there is none."""
    run = done(survey, measurement_key, segment, window).filter(period=period).order_by("-revision").first()
    return as_told(run, disclosure) if run else None


def newest_told(stored: list[Stored]) -> Stored | None:
    """The newest of a series that may be told; the newest if none may."""
    return next((one for one in reversed(stored) if not one.hidden), stored[-1] if stored else None)


def as_told(run: Run, disclosure: Disclosure) -> Stored:
    """A run with its estimates, where they may be told."""
    estimates = [] if disclosure.why(run) else run.estimates.all()
    return Stored(run, {estimate.estimator: estimate for estimate in estimates}, disclosure)


def revision(one: Stored, number: int) -> Stored | None:
    """A stored revision of the same period, measure, segment and window."""
    found = _revisions(one).filter(revision=number).first()
    return as_told(found, one.disclosure) if found else None


def released_revisions(one: Stored) -> list[Stored]:
    """The released revisions of the same period, measure, segment and window, newest first."""
    released = _revisions(one).filter(released_at__isnull=False)
    return [as_told(run, one.disclosure) for run in released.order_by("-revision")]


def _revisions(one: Stored) -> QuerySet[Run]:
    run = one.run
    return done(run.survey, run.measurement_key, run.segment, run.window).filter(period=run.period)


def stored_windows(survey: Survey, measurement_key: str) -> set[int]:
    """Of how many periods the answers were pooled in what is stored."""
    runs = Run.objects.filter(survey=survey, measurement_key=measurement_key, status=Run.Status.DONE)
    return set(runs.order_by().values_list("window", flat=True).distinct())


def measurement_keys(survey: Survey, instrument_id: str = "") -> list[str]:
    """What the survey's instruments measure, newest version first; of one instrument, or of all.

    Answers under different keys are never pooled.
    """
    uses = Use.objects.filter(version__survey=survey)
    if instrument_id:
        uses = uses.filter(instrument_id=instrument_id)
    keys = uses.order_by("-version__number", "position").values_list("measurement_key", flat=True)
    return list(dict.fromkeys(keys))


def measured_instruments(survey: Survey) -> list[str]:
    """The instruments that any version of the survey uses, newest version first."""
    uses = Use.objects.filter(version__survey=survey)
    names = uses.order_by("-version__number", "position").values_list("instrument_id", flat=True)
    return list(dict.fromkeys(names))


def reported_key(survey: Survey, instrument_id: str = "") -> str | None:
    """The key the report opens with: the newest that has a stored run, or the newest there is."""
    keys = measurement_keys(survey, instrument_id)
    with_runs = set(
        Run.objects.filter(survey=survey, status=Run.Status.DONE).values_list("measurement_key", flat=True)
    )
    return next((key for key in keys if key in with_runs), keys[0] if keys else None)


def under_way(survey: Survey, period: Period | None = None) -> list[Run]:
    runs = Run.objects.filter(survey=survey, status__in=[Run.Status.QUEUED, Run.Status.RUNNING])
    if period:
        runs = runs.filter(period=period)
    return list(runs.select_related("period", "survey__organisation").order_by("status", "queued_at"))


def last_without_result(
    survey: Survey, measurement_key: str, period: Period, segment: str, window: int = 1
) -> Run | None:
    """The newest run of this key, if it failed or was cancelled."""
    runs = Run.objects.filter(
        survey=survey, measurement_key=measurement_key, period=period, segment=segment, window=window
    )
    newest = runs.select_related("cancelled_by").order_by("-revision").first()
    without = {Run.Status.FAILED, Run.Status.CANCELLED}
    return newest if newest and newest.status in without else None


def construct_names(instrument: Instrument, language: str) -> dict[str, str]:
    return {c.code: c.name.get(language, c.name["en"]) for c in instrument.constructs}
