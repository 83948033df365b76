"""What weights cost, and means of weighted answers with their linearised standard errors."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.arrays import Floats
from scoring.errors import DataError


@dataclass(frozen=True)
class WeightedMean:
    """A weighted mean and its standard error; NaN where there is too little to give one."""

    n: int
    mean: float
    se: float


def design_effect(weights: ArrayLike) -> float:
    """deff = n Σw²/(Σw)² = 1 + CV² with the population CV (Kish 1965, Survey Sampling, sec. 11.7; 1992,
    J. Off. Stat. 8:183). It holds for weighting only."""
    w = usable_weights(weights)
    total = w.sum()
    return float(len(w) * np.sum((w / total) ** 2)) if total > 0 else math.nan


def effective_n(weights: ArrayLike) -> float:
    """n/deff = (Σw)²/Σw² (Kish 1965, sec. 11.7)."""
    deff = design_effect(weights)
    return np.size(np.asarray(weights)) / deff if deff > 0 else math.nan


def weighted_mean(
    values: ArrayLike,
    weights: ArrayLike,
    margins: NDArray[np.intp] | None = None,
    base_weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    population: float = math.inf,
) -> WeightedMean:
    """Σwy/Σw and its linearised error √(n/(n−1) Σ(z − z̄)²) with z = w e/Σw summed per cluster (Särndal,
    Swensson & Wretman 1992, sec. 5.5 and 6.6; Deville & Särndal 1992, J. Am. Stat. Assoc. 87:376, sec. 3).

    e is y − mean or, for weights raked or post-stratified to `margins` (codes (n, m) as for `rake`), its
    residual from a regression with the base weights on the margins' dummies. A missing y (NaN) makes the rest
    a domain: it counts 0 in z, so that n stays the sample's. No finite-population correction unless
    `population` is given: then the error is multiplied by √(1 − n/N) (Cochran 1977, sec. 2.6).
    """
    y = np.asarray(values, dtype=np.float64)
    w = usable_weights(weights)
    answered = ~np.isnan(y)
    total = float(w[answered].sum())
    if not total > 0:
        return WeightedMean(0, math.nan, math.nan)
    mean = float(w[answered] @ y[answered]) / total
    apart: Floats = np.where(answered, y - mean, 0.0)
    if margins is not None:
        apart = _residuals(apart, margins, np.ones(len(y)) if base_weights is None else base_weights)
    z: Floats = w * apart / total
    if clusters is not None:
        z = _sums(z, np.asarray(clusters))
    se = _total_error(z) * math.sqrt(max(1.0 - len(z) / population, 0.0))
    return WeightedMean(int(answered.sum()), mean, se)


def usable_weights(weights: ArrayLike) -> NDArray[np.float64]:
    """Weights as floats; raises `DataError` for one that is negative, missing or infinite."""
    w = np.asarray(weights, dtype=np.float64)
    bad = ~(np.isfinite(w) & (w >= 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(f"{w[row]:g} is not a weight; weights are numbers from 0 up", "weights", row + 1)
    return w


def _residuals(values: Floats, margins: NDArray[np.intp], base_weights: ArrayLike) -> Floats:
    """Residuals on the dummies of all margins, whose cross-products are tables of counts: the dummies
    themselves, a column for every value, are never formed. A pseudo-inverse, since the dummies of several
    margins share their sum."""
    if len(margins) != len(values):
        raise DataError(f"{len(margins)} rows of margins for {len(values)} answers")
    weights = usable_weights(base_weights)
    sizes = margins.max(axis=0) + 1
    both = np.block(
        [
            [_table(a, b, weights, sizes[[j, k]]) for k, b in enumerate(margins.T)]
            for j, a in enumerate(margins.T)
        ]
    )
    right = [
        np.bincount(a, weights * values, minlength=size) for a, size in zip(margins.T, sizes, strict=True)
    ]
    slopes = np.linalg.pinv(both, rcond=1e-10, hermitian=True) @ np.concatenate(right)
    places = margins + np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return np.asarray(values - slopes[places].sum(axis=1))


def _table(
    first: NDArray[np.intp], second: NDArray[np.intp], weights: Floats, size: NDArray[np.intp]
) -> Floats:
    """Weighted crosstable of two margins."""
    counts = np.bincount(first * size[1] + second, weights, minlength=int(size.prod()))
    return np.asarray(counts.reshape(size), dtype=np.float64)


def _sums(values: Floats, clusters: NDArray[np.generic]) -> Floats:
    _, place = np.unique(clusters, return_inverse=True)
    return np.asarray(np.bincount(place, weights=values), dtype=np.float64)


def _total_error(z: Floats) -> float:
    n = len(z)
    if n < 2:
        return math.nan
    centred = z - z.mean()
    return math.sqrt(n / (n - 1) * float(centred @ centred))
