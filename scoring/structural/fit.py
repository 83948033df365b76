"""The one door to the structural models: answers in, a result with its verdict out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from scoring.arrays import Floats
from scoring.classical.calibration import Calibration
from scoring.classical.design_effect import effective_n
from scoring.errors import OptionError
from scoring.scale import Scale
from scoring.structural.answers import (
    Answers,
    Missing,
    prepare,
    prepare_block,
    prepare_groups,
    prepare_moments,
)
from scoring.structural.blocks import Block
from scoring.structural.fit_ml import fit_ml
from scoring.structural.fit_pls import fit_pls
from scoring.structural.gates import check
from scoring.structural.group_sums import GroupSums
from scoring.structural.issues import Issue, issue
from scoring.structural.levels import item_means, spreads
from scoring.structural.model import StructuralModel
from scoring.structural.moments import Moments
from scoring.structural.result import Estimator, Fit, Intervals, Scheme

LARGEST_RESAMPLES = 100_000


def fit(
    model: StructuralModel,
    data: NDArray[np.float64],
    items: Sequence[str],
    scales: Mapping[str, Scale],
    *,
    estimator: Estimator = "ml",
    scheme: Scheme = "path",
    missing: Missing = "listwise",
    weights: NDArray[np.float64] | None = None,
    resamples: int = 0,
    seed: int | None = None,
    progress: Callable[[float], None] | None = None,
    intervals: Intervals = "percentile",
    calibration: Calibration | None = None,
) -> Fit:
    """Estimate a structural model and the indices of its constructs.

    `data` (n, columns) holds answers on the items' own scales, NaN where missing; `items` names its
    columns, of which those the model does not name are ignored; `scales` gives every item's ends.
    `missing` says what becomes of a missing answer: rows with one are left out (`listwise`), or used by full
    information (`fiml`; `pls` starts from EM's moments), or it is replaced by the item's mean (`mean`).
    `weights` (n,) from 0 up let a row count more or less; robust errors and intervals take them as sampling
    weights, while the ordinary ones and the measures of fit stand on n as if each row counted once.
    `calibration`, instead of weights, are those of a sample raked to margins of which the rows are a part or
    all: robust errors and intervals take what the margins explain into account, and the measures of fit stand
    on what the answers are worth.
    `resamples` and `seed` draw a bootstrap (`pls`) and `intervals` says how its ends are read
    off; `progress` hears the share that is done.

    A result that cannot be given is a `Fit` with a status other than ok and an issue that says why. Raises
    `DataError` or `OptionError` (both `ScoringError`) for unusable input only.
    """
    out = _leaves_out(weights)
    options = _Options(estimator, scheme, missing, out, resamples, seed, progress, intervals)
    _check_options(options)
    if calibration is not None:
        _check_calibrated(options, weights)
    return _fitted(model, prepare(model, data, items, scales, missing, weights, calibration), options)


def fit_block(
    model: StructuralModel,
    block: Block,
    scales: Mapping[str, Scale],
    *,
    estimator: Estimator = "ml",
    scheme: Scheme = "path",
    missing: Missing = "listwise",
    weights: NDArray[np.float64] | None = None,
    resamples: int = 0,
    seed: int | None = None,
    progress: Callable[[float], None] | None = None,
    intervals: Intervals = "percentile",
) -> Fit:
    """The same from a packed block of answers, whose items carry their names."""
    out = _leaves_out(weights)
    options = _Options(estimator, scheme, missing, out, resamples, seed, progress, intervals)
    _check_options(options)
    return _fitted(model, prepare_block(model, block, scales, missing, weights), options)


def fit_moments(
    model: StructuralModel,
    moments: Moments,
    items: Sequence[str],
    scales: Mapping[str, Scale],
    *,
    estimator: Estimator = "ml",
    scheme: Scheme = "path",
) -> Fit:
    """The same from moments of complete rows alone: estimates and, for `ml`, standard errors by expected
    information, but nothing robust and no intervals, which need the answers themselves."""
    options = _Options(estimator, scheme)
    _check_options(options)
    return _fitted(model, prepare_moments(model, moments, items, scales), options)


def fit_groups(
    model: StructuralModel,
    sums: GroupSums,
    items: Sequence[str],
    lowest: Sequence[int],
    scales: Mapping[str, Scale],
    *,
    estimator: Estimator = "ml",
    scheme: Scheme = "path",
    resamples: int = 0,
) -> Fit:
    """The same from complete answers summed in random groups: time does not depend on how many they are.

    `lowest` is the answer that each item's codes start from. Robust errors and intervals come from the spread
    over the groups; `resamples` above 0 asks for those of every `pls` figure, not of the indices alone.
    """
    options = _Options(estimator, scheme, resamples=0 if estimator == "ml" else resamples)
    _check_options(options)
    return _fitted(model, prepare_groups(model, sums, items, lowest, scales), options)


def _leaves_out(weights: Floats | None) -> bool:
    return weights is not None and bool(np.any(weights == 0))


@dataclass(frozen=True)
class _Options:
    """What a caller wants; `left_out`: weights of 0 leave rows out."""

    estimator: Estimator
    scheme: Scheme
    missing: Missing = "listwise"
    left_out: bool = False
    resamples: int = 0
    seed: int | None = None
    progress: Callable[[float], None] | None = None
    intervals: Intervals = "percentile"


def _fitted(model: StructuralModel, answers: Answers, options: _Options) -> Fit:
    verdict = check(model, answers)
    if verdict is not None:
        result = Fit(verdict[0], options.estimator, answers.n, answers.n_used, (verdict[1],))
    elif options.estimator == "ml":
        result = fit_ml(model, answers)
    else:
        result = fit_pls(
            model,
            answers,
            options.scheme,
            options.resamples,
            options.seed,
            options.progress,
            options.intervals,
        )
    if result.status == "ok":
        result = replace(
            result,
            items=item_means(model, answers),
            spread=spreads(model, answers, options.estimator, result.weights, result.loadings),
        )
    return replace(result, issues=(*_about_the_rows(answers, options), *result.issues))


def _about_the_rows(answers: Answers, options: _Options) -> list[Issue]:
    """What a reader must know of rows left out and answers filled in."""
    found = []
    if answers.n != answers.n_used:
        code = "rows_left_out" if options.missing == "listwise" else "empty_rows_left_out"
        code = f"weighted_{code}" if options.left_out else code
        found.append(issue(code, n=answers.n, n_used=answers.n_used))
    if answers.groups is not None and options.estimator == "ml":
        found.append(issue("errors_by_groups", groups=len(answers.groups.weight)))
    if not answers.has_rows and answers.groups is None and answers.n_used:
        found.append(issue("moments_only"))
    if answers.weights is not None:
        found.append(
            issue("weighted", n_used=answers.n_used, n_effective=round(effective_n(answers.weights)))
        )
    if answers.filled:
        found.append(issue("filled_with_means", count=answers.filled))
    return found


def _check_options(options: _Options) -> None:
    _check_choice("estimator", options.estimator, get_args(Estimator))
    _check_choice("scheme", options.scheme, get_args(Scheme))
    _check_choice("missing", options.missing, get_args(Missing))
    _check_choice("intervals", options.intervals, get_args(Intervals))
    resamples = options.resamples
    if not 0 <= resamples <= LARGEST_RESAMPLES:
        raise OptionError(f"{resamples} resamples cannot be drawn; from 0 to {LARGEST_RESAMPLES} can")
    if resamples and options.estimator == "ml":
        raise OptionError("a bootstrap is for pls; ml gives robust intervals without one")


def _check_calibrated(options: _Options, weights: Floats | None) -> None:
    if weights is not None:
        raise OptionError("a calibration has weights of its own; give one of the two")
    if options.estimator == "pls" and (not options.resamples or options.intervals != "percentile"):
        raise OptionError("pls takes raked weights with resamples and percentile intervals only")


def _check_choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        listed = f"{', '.join(known[:-1])} and {known[-1]}"
        raise OptionError(f"{name} {value!r} does not exist; there are {listed}")
