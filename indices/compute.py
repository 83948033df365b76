"""Working a run: read the answers, fit both estimators, store what they say. Loaded by workers only."""

import logging
from dataclasses import replace
from importlib.metadata import version as installed
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from indices import change, comparability, queue, releases, weighting
from indices.models import Estimate, Index, Run
from scoring import __version__
from scoring.instrument import Instrument
from scoring.structural.fit import fit
from scoring.structural.gates import FIML_REFUSALS
from scoring.structural.issues import issue
from scoring.structural.result import Fit
from surveys.models import Period, Survey
from surveys.periods import pooled
from surveys.selectors import ItemColumns, answered_periods, excluded, latest_use

log = logging.getLogger(__name__)

MISSING: Final = "fiml"  # what becomes of skipped questions; what did not apply to somebody is never imputed
LIBRARIES = ("semopy", "numpy", "scipy", "pandas")
# The share of a run's time that has passed when each stage begins, for the progress that is shown.
BEGINS = {Run.Stage.READING: 0.0, Run.Stage.ML: 0.05, Run.Stage.PLS: 0.4, Run.Stage.STORING: 0.95}


def compute(run: Run) -> None:
    """Work a claimed run to its end. Raises queue.ClaimLost if it was taken over meanwhile."""
    instrument = latest_use(run.survey, run.measurement_key).instrument
    periods = _pooled(run)
    run.settings = weighting.asked(run.survey)
    answers = weighting.read(run, instrument, periods)
    columns = answers.columns
    run.settings = weighting.stored(run, answers)
    seed = int(columns.fingerprint[:8], 16)  # from the data: the same answers give the same interval again
    queue.show(run, Run.Stage.ML, BEGINS[Run.Stage.ML])
    results = [_fit(instrument, answers, "ml")]
    queue.show(run, Run.Stage.PLS, BEGINS[Run.Stage.PLS])
    results.append(_fit_pls(run, instrument, answers, seed))
    queue.show(run, Run.Stage.STORING, BEGINS[Run.Stage.STORING])
    tests = comparability.verdicts(change.pairs(run))
    while True:
        try:
            return store(run, instrument, columns, seed, results, periods, tests)
        except change.Unforeseen as unforeseen:
            tests |= comparability.verdicts(unforeseen.pairs)


def _pooled(run: Run) -> list[Period]:
    return pooled(run.survey, run.period, run.window, answered_periods(run.survey, run.measurement_key))


def _fit(instrument: Instrument, answers: weighting.Read, estimator: Any, **options: Any) -> dict[str, Any]:
    """Where the whole model applies, by full information; by complete answers alone, which is said, where
    that cannot bridge the gaps. Never without the weights that were asked for."""
    columns = answers.columns
    if answers.issue:
        return Fit("not_weighted", estimator, len(columns.values), 0, (answers.issue,)).to_json()
    if answers.calibration:
        options["calibration"] = answers.calibration.of(columns.applies)
    model, scales, rows = instrument.model(), instrument.scales(), columns.values[columns.applies]
    result = fit(model, rows, columns.items, scales, estimator=estimator, missing=MISSING, **options)
    gaps = tuple(one for one in result.issues if one.code in FIML_REFUSALS)
    if gaps:
        result = fit(model, rows, columns.items, scales, estimator=estimator, **options)
        result = replace(result, issues=(*gaps, issue("complete_only"), *result.issues))
    if left_out := int((~columns.applies).sum()):
        said = issue("inapplicable_left_out", count=left_out)
        result = replace(result, n=len(columns.values), issues=(said, *result.issues))
    return result.to_json()


def _fit_pls(run: Run, instrument: Instrument, answers: weighting.Read, seed: int) -> dict[str, Any]:
    begin, end = BEGINS[Run.Stage.PLS], BEGINS[Run.Stage.STORING]

    def progress(share: float) -> None:
        queue.show(run, Run.Stage.PLS, begin + share * (end - begin))

    return _fit(instrument, answers, "pls", resamples=settings.RUN_RESAMPLES, seed=seed, progress=progress)


@transaction.atomic
def store(
    run: Run,
    instrument: Instrument,
    columns: ItemColumns,
    seed: int,
    results: list[dict[str, Any]],
    periods: list[Period],
    tests: change.Tests,
) -> None:
    """Replace the run's results and end it, in one transaction.

    Raises queue.ClaimLost, or change.Unforeseen, storing nothing.
    """
    # One run of a survey at a time: two that end at once would not see each other, and stay uncompared.
    Survey.objects.select_for_update(no_key=True).get(pk=run.survey_id)
    run.period = releases.lock(run.period)
    run.estimates.all().delete()
    for result in results:
        _store_estimate(run, result)
    changed = Run.objects.filter(pk=run.pk, claim=run.claim, status=Run.Status.RUNNING).update(
        status=Run.Status.DONE,
        stage=Run.Stage.STORING,
        progress=1,
        ended_at=timezone.now(),
        lease_until=None,
        responses=len(columns.values),
        excluded=excluded(run.survey, run.measurement_key, periods, run.segment),
        missing=columns.missing,
        model=instrument.model().to_lavaan(),
        fingerprint=columns.fingerprint,
        seed=seed,
        settings={
            "resamples": settings.RUN_RESAMPLES,
            "scheme": "path",
            "missing": MISSING,
            "periods": [period.name for period in periods],
            **run.settings,
        },
        versions=library_versions(),
        **releases.revised(run, periods, len(columns.values)),
    )
    if changed != 1:
        raise queue.ClaimLost
    _compare(run, tests)


def _compare(run: Run, tests: change.Tests) -> None:
    """A run is worth storing even where it cannot be compared with anything."""
    try:
        with transaction.atomic():
            change.renew(run, tests)
    except change.Unforeseen:
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


def library_versions() -> dict[str, str]:
    return {"barometer": __version__, **{name: installed(name) for name in LIBRARIES}}
