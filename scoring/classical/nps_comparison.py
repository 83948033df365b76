"""Net Promoter Scores of two samples, of the same people twice, of weighted answers, and how many to ask."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from scoring.classical.design_effect import effective_n, usable_weights, weighted_mean
from scoring.classical.means import Mean, mean_of
from scoring.classical.nps import Counts, scored
from scoring.classical.nps_intervals import adjusted_wald
from scoring.classical.proportions import critical
from scoring.errors import DataError


@dataclass(frozen=True)
class NpsDifference:
    """First score minus second, in points; the difference is plain, the rest adjusted."""

    difference: float
    se: float
    z: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class WeightedNps:
    """A weighted score in points, its linearised error, and the adjusted Wald interval at the effective
    base."""

    n: int
    n_effective: float
    nps: float
    se: float
    low: float
    high: float


def compare(first: Counts, second: Counts, level: float = 0.95, shared: float = 0) -> NpsDifference:
    """Two samples: z = (net₁ − net₂)/√(SE₁² + SE₂² − 2ρ SE₁ SE₂), every quantity with the adjusted counts
    (Rocks 2016, Am. Stat. 70:365, on ¾, 1½, ¾ added to each).

    ρ = m/√(n₁n₂) for m `shared` answers that count in both, as overlapping windows have them (Kish 1965,
    Survey Sampling, ch. 12). z and p are NaN where the two are the same answers.
    """
    a, b = first.adjusted, second.adjusted
    together = 2.0 * shared / math.sqrt(first.n * second.n) * a.se * b.se if shared else 0.0
    se = math.sqrt(max(a.se**2 + b.se**2 - together, 0.0))
    apart = a.net - b.net
    z, reach = apart / se if se > 0 else math.nan, critical(level) * se
    low, high = max(apart - reach, -2.0), min(apart + reach, 2.0)
    p = float(2.0 * ndtr(-abs(z)))
    return NpsDifference(100.0 * (first.net - second.net), 100.0 * se, z, p, 100.0 * low, 100.0 * high)


def paired(before: ArrayLike, after: ArrayLike, level: float = 0.95) -> Mean:
    """The same people twice: mean of x₂ − x₁ with x in −1, 0, 1, in points, over those who answered both
    times; Student's interval (Student 1908, Biometrika 6:1)."""
    first, second = scored(before, "before"), scored(after, "after")
    if first.shape != second.shape:
        raise DataError(
            f"{len(second)} answers after, {len(first)} before; they must belong to the same people"
        )
    return mean_of(100.0 * (second - first), level)


def weighted(answers: ArrayLike, weights: ArrayLike, level: float = 0.95) -> WeightedNps:
    """Σwx/Σw in points with its linearised error; the small-sample interval takes n_eff = (Σw)²/Σw² for n
    (Kish 1965, sec. 11.7; Rocks 2016). Weights of 1 give the unweighted interval."""
    x, w = scored(answers), usable_weights(weights)
    given = ~np.isnan(x)
    x, w = x[given], w[given]
    if not w.sum() > 0:
        return WeightedNps(len(x), *[math.nan] * 5)
    estimate = weighted_mean(x, w)
    base = effective_n(w)
    promoters, passives, detractors = (base * float(w[x == one].sum() / w.sum()) for one in (1, 0, -1))
    low, high = adjusted_wald(promoters, passives, detractors, level)
    return WeightedNps(len(x), base, 100.0 * estimate.mean, 100.0 * estimate.se, 100.0 * low, 100.0 * high)


def sample_size(margin: float, variance: float = 1.0, level: float = 0.95) -> float:
    """n = z² var/margin² − 3 for an adjusted Wald interval of net share ∓ margin (Sauro & Lewis 2016,
    Quantifying the User Experience; MeasuringU); not rounded. var is about .65 to .70 in practice, 1 at
    worst."""
    return critical(level) ** 2 * variance / margin**2 - 3.0


def comparison_sample_size(
    difference: float,
    variance1: float = 1.0,
    variance2: float = 1.0,
    power: float = 0.8,
    level: float = 0.95,
) -> float:
    """n per group = (z_α + z_β)² (var₁ + var₂)/difference² − 3 to find a difference of net shares (Sauro &
    Lewis 2016; MeasuringU); not rounded."""
    return (critical(level) + float(ndtri(power))) ** 2 * (variance1 + variance2) / difference**2 - 3.0
