"""Working a run: read the answers, fit both estimators, store what they say. Loaded by workers only."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cache
from importlib.metadata import version as installed
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from indices import releases, telling
from indices.comparing import change, comparability, segment_comparability
from indices.comparing.comparability import pooled_periods
from indices.models import Estimate, Index, Run, StoredMoments
from indices.runs import queue, weighting
from indices.runs.answers_read import MISSING, Rows, Summed, read
from indices.runs.stored_moments import moments_of
from indices.runs.time_left import BEGINS
from indices.scores import runs as score_runs
from scoring import __version__
from scoring.classical.measured import Measured
from scoring.structural.issues import issue
from scoring.structural.result import Estimator
from surveys.blocks.folding import fold
from surveys.models import Period, Survey
from surveys.selectors import excluded, latest_use

log = logging.getLogger(__name__)
Test = TypeVar("Test")

Result = dict[str, Any] | Measured  # of an estimator, or of an instrument without a structural model
LIBRARIES = ("semopy", "numpy", "scipy", "pandas")


def compute(run: Run, listening: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
    """Work a claimed run to its end. Raises queue.ClaimLost if it was taken over or cancelled meanwhile.

    `listening` makes a block in which that is heard at once (see `indices.runs.lease`); elsewhere it is heard
    with the next report.
    """
    instrument = latest_use(run.survey, run.measurement_key).instrument
    periods = pooled_periods(run)
    run.settings = weighting.asked(run.survey)
    answers = read(run, instrument, periods)
    run.settings = weighting.stored(run, answers.weighting)
    seed, results = _results(run, answers, listening)
    queue.show(run, Run.Stage.STORING, BEGINS[Run.Stage.STORING])
    moments = moments_of(answers, results)
    fold(run.survey)  # what came meanwhile, which would otherwise be folded while the run is being stored
    tests = comparability.verdicts(_reporting(run, change.pairs(run)))
    alike = segment_comparability.Alike()
    while True:
        try:
            return store(run, answers, seed, results, periods, tests, alike, moments)
        except change.Unforeseen as unforeseen:
            tests |= comparability.verdicts(_reporting(run, unforeseen.pairs))
        except segment_comparability.Unforeseen as unforeseen:
            alike |= segment_comparability.verdicts(_reporting(run, unforeseen.wanted))


def _results(
    run: Run, answers: Rows | Summed, listening: Callable[[], AbstractContextManager[None]]
) -> tuple[int | None, list[Result]]:
    """What the answers come to, and the seed of the resamples where there are any."""
    if isinstance(answers, Rows) and not _is_structural(answers):
        return None, [score_runs.measured(answers.instrument, answers.held, answers.weighting)]
    seed = int(answers.held.fingerprint[:8], 16)  # from the data: the same answers give the same interval
    queue.show(run, Run.Stage.ML, BEGINS[Run.Stage.ML])
    with listening():
        ml = _fit(answers, "ml")
    queue.show(run, Run.Stage.PLS, BEGINS[Run.Stage.PLS])
    return seed, [ml, _fit_pls(run, answers, seed)]


def _reporting(run: Run, tests: Iterable[Test]) -> Iterator[Test]:
    """What is to be tested, which takes some seconds each, with a report before each of them."""
    for one in tests:
        queue.show(run, Run.Stage.STORING, BEGINS[Run.Stage.STORING])
        yield one


def _fit(answers: Rows | Summed, estimator: Estimator, **options: Any) -> dict[str, Any]:
    """Where the whole model applies."""
    result = answers.fit(estimator, **options)
    if left_out := answers.n - answers.applying:
        said = issue("inapplicable_left_out", count=left_out)
        result = replace(result, n=answers.n, issues=(said, *result.issues))
    return result.to_json()


def _fit_pls(run: Run, answers: Rows | Summed, seed: int) -> dict[str, Any]:
    begin, end = BEGINS[Run.Stage.PLS], BEGINS[Run.Stage.STORING]

    def progress(share: float) -> None:
        queue.show(run, Run.Stage.PLS, begin + share * (end - begin))

    return _fit(answers, "pls", resamples=settings.RUN_RESAMPLES, seed=seed, progress=progress)


@transaction.atomic
def store(
    run: Run,
    answers: Rows | Summed,
    seed: int | None,
    results: list[Result],
    periods: list[Period],
    tests: change.Tests,
    alike: segment_comparability.Alike,
    moments: dict[str, Any],
) -> None:
    """Replace the run's results and end it, in one transaction.

    Raises queue.ClaimLost, or Unforeseen where a test is still to be made, storing nothing.
    """
    # One run of a survey at a time: two that end at once would not see each other, and stay uncompared.
    Survey.objects.select_for_update(no_key=True).get(pk=run.survey_id)
    run.period = releases.lock(run.period)
    run.estimates.all().delete()
    for result in results:
        if isinstance(result, Measured):
            score_runs.store_scores(run, answers.n, result)
        else:
            _store_estimate(run, result)
    StoredMoments.objects.filter(run=run).delete()
    if moments:
        StoredMoments.objects.create(run=run, content=moments)
    changed = Run.objects.filter(pk=run.pk, claim=run.claim, status=Run.Status.RUNNING).update(
        status=Run.Status.DONE,
        stage=Run.Stage.STORING,
        progress=1,
        ended_at=timezone.now(),
        lease_until=None,
        responses=answers.n,
        excluded=excluded(run.survey, run.measurement_key, periods, run.segment),
        missing=answers.held.missing,
        model=answers.instrument.model().to_lavaan() if _is_structural(answers) else "",
        fingerprint=answers.held.fingerprint,
        seed=seed,
        settings={**_settings(answers), **_pooled(periods), **run.settings},
        versions=library_versions(),
        **releases.revised(run, periods, answers.n),
    )
    if changed != 1:
        raise queue.ClaimLost
    _compare(run, tests, alike)
    telling.tell_revised(run)


def _is_structural(answers: Rows | Summed) -> bool:
    return answers.instrument.kind == score_runs.STRUCTURAL


def _settings(answers: Rows | Summed) -> dict[str, Any]:
    if not _is_structural(answers):
        return score_runs.settings_of(answers.instrument)
    return {
        "resamples": settings.RUN_RESAMPLES,
        "scheme": "path",
        "missing": MISSING,
        "order": "values",  # of the rows that resamples were drawn from
        "summed": isinstance(answers, Summed),
    }


def _pooled(periods: Sequence[Period]) -> dict[str, list[str]]:
    """Names for people; of several periods their ids too, since names change."""
    ids = {"period_ids": [one.public_id for one in periods]} if len(periods) > 1 else {}
    return {"periods": [one.name for one in periods], **ids}


def _compare(run: Run, tests: change.Tests, alike: segment_comparability.Alike) -> None:
    """A run is worth storing even where it cannot be compared with anything."""
    try:
        with transaction.atomic():
            change.renew(run, tests)
            segment_comparability.renew(run, alike)
    except (change.Unforeseen, segment_comparability.Unforeseen):
        raise
    except Exception:
        log.exception("run %s is stored without comparisons", run.pk)


def _store_estimate(run: Run, result: dict[str, Any]) -> None:
    estimate = Estimate.objects.create(
        run=run,
        estimator=result["estimator"],
        status=result["status"],
        n=result["n"],
        n_used=result["n_used"],
        result=result,
    )
    Index.objects.bulk_create(
        Index(
            estimate=estimate,
            construct=row["construct"],
            value=row["index"],
            se=row["se"],
            low=row["low"],
            high=row["high"],
        )
        for row in result["indices"]
    )


@cache  # they are read from disk, and do not change while the process lives
def library_versions() -> dict[str, str]:
    return {"barometer": __version__, **{name: installed(name) for name in LIBRARIES}}
