"""Weights that make a sample agree with its population: post-stratification and raking."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.arrays import Floats
from scoring.classical.design_effect import usable_weights
from scoring.errors import DataError

TOLERANCE = 1e-10  # of the largest |factor − 1| of a whole cycle; laxer ones leave margins visibly wrong
CYCLES = 1000
TRIM_ROUNDS = 100
LARGEST_RATIO = 1e12  # of two targets of one margin; factors stay far from what a number can hold


@dataclass(frozen=True)
class Raked:
    """Weights (n,) that sum to the population; where not `converged` they are those of the last cycle and
    fit the last margin only."""

    weights: NDArray[np.float64]
    converged: bool
    iterations: int


@dataclass(frozen=True)
class Trim:
    """Least and largest weight, in multiples of the mean weight; .3 and 3 are usual."""

    least: float = 0.3
    largest: float = 3.0


def post_stratify(base: ArrayLike, strata: NDArray[np.intp], totals: ArrayLike) -> NDArray[np.float64]:
    """w_i · N_h/Σ_h w (Holt & Smith 1979, J. R. Stat. Soc. A 142:33) for strata coded 0.. with population
    counts `totals`; raises `DataError` for a stratum without answers."""
    weights, counts = usable_weights(base), _targets(totals, "strata")
    return np.asarray(weights * _factors(weights, strata, counts, "strata")[strata])


def rake(
    base: ArrayLike,
    codes: NDArray[np.intp],
    targets: Sequence[ArrayLike],
    names: Sequence[str] | None = None,
    trim: Trim | None = None,
    cycles: int = CYCLES,
) -> Raked:
    """Iterative proportional fitting: every margin in turn is brought to its target, until a whole cycle
    changes no factor by more than 1e-10 (Deming & Stephan 1940, Ann. Math. Stat. 11:427).

    `codes` (n, m) says which value of each of m margins a row has, `targets` the population count of every
    value. With `trim`, weights are cut to its bounds and raked again until both hold (Kalton &
    Flores-Cervantes 2003, J. Off. Stat. 19:81). Raises `DataError` for a value without answers and for
    margins whose totals differ.
    """
    columns = list(names) if names is not None else [f"margin {j + 1}" for j in range(len(targets))]
    weights = usable_weights(base)
    counts = [_targets(one, name) for one, name in zip(targets, columns, strict=True)]
    _check_totals(counts, columns)
    for margin, target, name in zip(codes.T, counts, columns, strict=True):
        _factors(weights, margin, target, name)  # refuses what cannot be raked before any work
    result = _cycles(weights, codes, counts, columns, cycles)
    return result if trim is None else _trimmed(result, codes, counts, columns, trim, cycles)


def _cycles(
    base: NDArray[np.float64],
    codes: NDArray[np.intp],
    targets: Sequence[Floats],
    names: Sequence[str],
    cycles: int,
) -> Raked:
    """Rows of one cell share their factor, so the work is done on the cells that occur."""
    cells, place = np.unique(codes, axis=0, return_inverse=True)
    place = place.ravel()
    start: Floats = np.bincount(place, weights=base, minlength=len(cells)).astype(np.float64)
    weights, converged, cycle = start, False, 0
    while not converged and cycle < cycles:
        cycle += 1
        apart = 0.0
        for margin, target, name in zip(cells.T, targets, names, strict=True):
            factors = _factors(weights, margin, target, name)
            weights = weights * factors[margin]
            apart = max(apart, float(np.abs(factors - 1.0).max()))
        converged = apart <= TOLERANCE
    factor = weights / np.where(start > 0, start, 1.0)
    return Raked(base * factor[place], converged, cycle)


def _trimmed(
    raked: Raked,
    codes: NDArray[np.intp],
    targets: Sequence[Floats],
    names: Sequence[str],
    trim: Trim,
    cycles: int,
) -> Raked:
    iterations = raked.iterations
    for _ in range(TRIM_ROUNDS):
        mean = raked.weights.mean()
        low, high = trim.least * mean, trim.largest * mean
        slack = 1e-6 * mean  # raking moves a weight off the bound a little each time
        if raked.weights.min() >= low - slack and raked.weights.max() <= high + slack:
            return Raked(raked.weights, raked.converged, iterations)
        raked = _cycles(np.clip(raked.weights, low, high), codes, targets, names, cycles)
        iterations += raked.iterations
    return Raked(raked.weights, False, iterations)


def _factors(weights: Floats, margin: NDArray[np.intp], target: Floats, name: str) -> Floats:
    sums = np.bincount(margin, weights=weights, minlength=len(target))
    if len(sums) > len(target) or not (sums > 0).all():
        value = int(np.argmin(sums)) + 1
        raise DataError(f"nobody has its value number {value}; join it with another one", name)
    return np.asarray(target / sums)


def _targets(totals: ArrayLike, name: str) -> NDArray[np.float64]:
    counts = np.asarray(totals, dtype=np.float64)
    if counts.ndim != 1 or not counts.size or not (np.isfinite(counts) & (counts > 0)).all():
        raise DataError("the population counts must all be numbers above 0", name)
    if counts.max() > LARGEST_RATIO * counts.min():
        largest, least = f"{counts.max():g}", f"{counts.min():g}"
        raise DataError(f"population counts of {largest} and {least} lie too far apart; join values", name)
    return counts


def _check_totals(counts: Sequence[Floats], names: Sequence[str]) -> None:
    totals = [float(one.sum()) for one in counts]
    for total, name in zip(totals, names, strict=True):
        if not math.isclose(total, totals[0], rel_tol=1e-6):
            wanted = f"those of {names[0]!r} to {totals[0]:g}; they must be equal"
            raise DataError(f"its targets sum to {total:g}, {wanted}", name)
