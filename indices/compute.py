"""Working a run: read the answers, fit both estimators, store what they say. Loaded by workers only."""

import logging
from dataclasses import replace
from importlib.metadata import version as installed
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from indices import change, comparability, queue, releases, score_runs
from indices.models import Estimate, Index, Run
from scoring import __version__
from scoring.classical.measured import Measured
from scoring.instrument import Instrument
from scoring.structural.fit import fit
from scoring.structural.gates import FIML_REFUSALS
from scoring.structural.issues import issue
from surveys.models import Period, Survey
from surveys.periods import pooled
from surveys.selectors import ItemColumns, answered_periods, excluded, item_columns, latest_use

log = logging.getLogger(__name__)

MISSING: Final = "fiml"  # what becomes of skipped questions; what did not apply to somebody is never imputed
Result = dict[str, Any] | Measured  # of an estimator, or of an instrument without a structural model
LIBRARIES = ("semopy", "numpy", "scipy", "pandas")
# The share of a run's time that has passed when each stage begins, for the progress that is shown.
BEGINS = {Run.Stage.READING: 0.0, Run.Stage.ML: 0.05, Run.Stage.PLS: 0.4, Run.Stage.STORING: 0.95}


def compute(run: Run) -> None:
    """Work a claimed run to its end. Raises queue.ClaimLost if it was taken over meanwhile."""
    instrument = latest_use(run.survey, run.measurement_key).instrument
    periods = _pooled(run)
    columns = item_columns(run.survey, instrument, run.measurement_key, periods, run.segment)
    seed, results = _results(run, instrument, columns)
    queue.show(run, Run.Stage.STORING, BEGINS[Run.Stage.STORING])
    tests = comparability.verdicts(change.pairs(run))
    while True:
        try:
            return store(run, instrument, columns, seed, results, periods, tests)
        except change.Unforeseen as unforeseen:
            tests |= comparability.verdicts(unforeseen.pairs)


def _results(run: Run, instrument: Instrument, columns: ItemColumns) -> tuple[int | None, list[Result]]:
    """What the answers come to, and the seed of the resamples where there are any."""
    if instrument.kind != score_runs.STRUCTURAL:
        return None, [score_runs.measured(instrument, columns)]
    seed = int(columns.fingerprint[:8], 16)  # from the data: the same answers give the same interval again
    queue.show(run, Run.Stage.ML, BEGINS[Run.Stage.ML])
    ml = _fit(instrument, columns, "ml")
    queue.show(run, Run.Stage.PLS, BEGINS[Run.Stage.PLS])
    return seed, [ml, _fit_pls(run, instrument, columns, seed)]


def _pooled(run: Run) -> list[Period]:
    return pooled(run.survey, run.period, run.window, answered_periods(run.survey, run.measurement_key))


def _fit(instrument: Instrument, columns: ItemColumns, estimator: Any, **options: Any) -> dict[str, Any]:
    """Where the whole model applies, by full information; by complete answers alone, which is said, where
    that cannot bridge the gaps."""
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


def _fit_pls(run: Run, instrument: Instrument, columns: ItemColumns, seed: int) -> dict[str, Any]:
    begin, end = BEGINS[Run.Stage.PLS], BEGINS[Run.Stage.STORING]

    def progress(share: float) -> None:
        queue.show(run, Run.Stage.PLS, begin + share * (end - begin))

    return _fit(instrument, columns, "pls", resamples=settings.RUN_RESAMPLES, seed=seed, progress=progress)


@transaction.atomic
def store(
    run: Run,
    instrument: Instrument,
    columns: ItemColumns,
    seed: int | None,
    results: list[Result],
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
        if isinstance(result, Measured):
            score_runs.store_scores(run, len(columns.values), result)
        else:
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
        model=instrument.model().to_lavaan() if instrument.kind == score_runs.STRUCTURAL else "",
        fingerprint=columns.fingerprint,
        seed=seed,
        settings={**_settings(instrument), "periods": [period.name for period in periods]},
        versions=library_versions(),
        **releases.revised(run, periods, len(columns.values)),
    )
    if changed != 1:
        raise queue.ClaimLost
    _compare(run, tests)


def _settings(instrument: Instrument) -> dict[str, Any]:
    if instrument.kind != score_runs.STRUCTURAL:
        return score_runs.settings_of(instrument)
    return {"resamples": settings.RUN_RESAMPLES, "scheme": "path", "missing": MISSING}


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
