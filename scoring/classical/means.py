"""Means of answers, their standard errors and intervals, and the difference of two."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

ROUNDING = 1e-12  # answers that differ by less, relative to their size, are the same


@dataclass(frozen=True)
class Mean:
    """A mean of `n` answers with standard deviation, standard error and interval; NaN where n does not
    allow one. `n_effective` answers of equal weight tell as much, where they are weighted; None else."""

    n: int
    mean: float
    sd: float
    se: float
    low: float
    high: float
    n_effective: float | None = None

    @property
    def df(self) -> float:
        """Degrees of freedom: answers less one, effective ones where they are weighted."""
        return (self.n if self.n_effective is None else self.n_effective) - 1.0

    @property
    def t(self) -> float:
        """Student's t of the mean against 0; NaN where the answers do not vary."""
        return self.mean / self.se if self.se > 0 else math.nan

    @property
    def p(self) -> float:
        """Two-sided p of `t` on `df` degrees of freedom."""
        return two_sided(self.t, self.df)


@dataclass(frozen=True)
class MeanDifference:
    """First mean minus second, with Welch's test."""

    difference: float
    se: float
    df: float
    t: float
    p: float
    low: float
    high: float


def mean_of(values: ArrayLike, level: float = 0.95) -> Mean:
    """x̄ ∓ t(n−1) s/√n of the answers that are there (Student 1908, Biometrika 6:1); NaN is missing."""
    answers = _answered(values)
    n = len(answers)
    if n == 0:
        return Mean(0, *[math.nan] * 5)
    mean = float(answers.mean())
    if n == 1:
        return Mean(1, mean, *[math.nan] * 4)
    sd = 0.0 if is_constant(answers) else float(answers.std(ddof=1))
    se = sd / math.sqrt(n)
    reach = float(stdtrit(n - 1, 0.5 + level / 2)) * se
    return Mean(n, mean, sd, se, mean - reach, mean + reach)


def welch(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> MeanDifference:
    """x̄₁ − x̄₂ with SE² = s₁²/n₁ + s₂²/n₂ and df = SE⁴ / Σ (s²/n)²/(n−1) (Welch 1947, Biometrika 34:28)."""
    return welch_means(mean_of(first), mean_of(second), level)


def welch_means(a: Mean, b: Mean, level: float = 0.95) -> MeanDifference:
    """The same of two means with their standard errors and bases (Welch 1947, Biometrika 34:28)."""
    difference = a.mean - b.mean
    se = math.hypot(a.se, b.se)
    if not se > 0:
        return MeanDifference(difference, se, *[math.nan] * 5)
    df = 1.0 / ((a.se / se) ** 4 / a.df + (b.se / se) ** 4 / b.df)
    t = difference / se
    reach = float(stdtrit(df, 0.5 + level / 2)) * se
    return MeanDifference(difference, se, df, t, two_sided(t, df), difference - reach, difference + reach)


def two_sided(t: float, df: float) -> float:
    """P(|T| ≥ |t|) of Student's T."""
    return math.nan if math.isnan(t) else float(2.0 * stdtr(df, -abs(t)))


def is_constant(values: NDArray[np.float64]) -> bool:
    """Whether numbers differ by rounding only: the variance of equal fractions is seldom exactly 0."""
    return bool(np.ptp(values) <= ROUNDING * np.abs(values).max()) if values.size else True


def row_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) mean of what every row of (n, k) has answered; NaN for a row without an answer."""
    answered = ~np.isnan(values)
    counts = answered.sum(axis=1)
    sums = np.where(answered, values, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _answered(values: ArrayLike) -> NDArray[np.float64]:
    answers = np.asarray(values, dtype=np.float64)
    return answers[~np.isnan(answers)]
