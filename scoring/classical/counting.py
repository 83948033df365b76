"""How answers count in means and shares: each as one, or by raked weights with calibrated errors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from scoring.arrays import Floats
from scoring.classical.calibration import Calibration, calibrated_covariance
from scoring.classical.design_effect import effective_n
from scoring.classical.means import Mean, is_constant, mean_of

LARGEST_GAIN = 2.0  # of effective answers by margins: strata that hardly vary promise too much
NOTHING = 1e-9  # of a variance, which rounding in the machine leaves where there is none
DIGITS = 9  # of an effective base: rounding in the machine must break no tie and make 100 no 99.99…


@dataclass(frozen=True)
class Tally:
    """How many of `n` answers have each of several values. Where they are weighted, `effective` are the
    counts of as many answers of equal weight as would know the mean of the values as well, and `n_effective`
    is (Σw)²/Σw² (Kish 1965, Survey Sampling, sec. 11.7); None else."""

    n: int
    counts: tuple[int, ...]
    effective: tuple[float, ...]
    n_effective: float | None = None

    @property
    def base(self) -> float:
        """Of all values together."""
        return sum(self.effective)


@dataclass(frozen=True)
class Linear:
    """A weighted mean, linearised: `total` the weight of the answers it rests on, and what calibrating adds
    for every row of a cell (c,); `variance` Σ(z − z̄)² of the contributions z of all rows of the sample, and
    `plain` the same without calibration."""

    mean: float
    total: float
    moved: Floats
    variance: float
    plain: float


@dataclass(frozen=True)
class Counting:
    """By the `calibration` of the rows that an estimate rests on, in their order; each as one if None."""

    calibration: Calibration | None = None

    def mean(self, values: ArrayLike, level: float = 0.95) -> Mean:
        """Of the answers that are there, NaN missing, by `mean_of` or weighted.

        Σwy/Σw, its error linearised with the residuals on the margins (Särndal, Swensson & Wretman 1992,
        Model Assisted Survey Sampling, sec. 5.5 and 6.6), times √(n/(n−1)) of the n answers, so that equal
        weights and no margins give s/√n; Student's interval has the effective number of answers less one
        degrees of freedom. The weighted sd has n/(n−1) too.
        """
        y = np.asarray(values, dtype=np.float64)
        if self.calibration is None or (~np.isnan(y)).sum() < 2:
            return mean_of(y, level)
        own, given = self._answered(y)
        w, n, found = own.row_weights, len(given), linearised(own, given)
        base = round(effective_n(w), DIGITS)
        if is_constant(given):
            return Mean(n, found.mean, 0.0, 0.0, found.mean, found.mean, base)
        ratio = n / (n - 1)
        sd = math.sqrt(float(w @ (given - found.mean) ** 2) / found.total * ratio)
        se = math.sqrt(max(found.variance, 0.0) * ratio)
        reach = float(stdtrit(base - 1.0, 0.5 + level / 2)) * se
        return Mean(n, found.mean, sd, se, found.mean - reach, found.mean + reach, base)

    def tally(self, values: ArrayLike, points: Sequence[float]) -> Tally:
        """The answers that are one of the points; NaN is missing.

        The effective base is min(n, var/u) · u/v, var the weighted variance of the values, u the variance of
        their weighted mean and v its calibrated one: with so many answers of equal weight, the rules for
        counts have that variance. Korn & Graubard (1998, Survey Methodology 24:193) have the first factor,
        n at most since u is itself estimated; so is what the margins gain, taken for 2 at most. Kish's base
        where v is 0.
        """
        y = np.asarray(values, dtype=np.float64)
        counts = tuple(int((y == point).sum()) for point in points)
        n = sum(counts)
        if self.calibration is None or not n:
            return Tally(n, counts, tuple(map(float, counts)))
        own, given = self._answered(y)
        w = own.row_weights
        kish = round(effective_n(w), DIGITS)
        found = linearised(own, given)
        spread = float(w @ (given - found.mean) ** 2) / found.total
        base = _base(n, spread, found) if found.variance > NOTHING * found.plain else kish
        shares = (float(w[given == point].sum()) / found.total for point in points)
        return Tally(n, counts, tuple(base * one for one in shares), kish)

    def by_category(self, categories: NDArray[np.str_], letters: str) -> dict[str, float]:
        """How often each letter occurs, of the effective number of answers (Kish 1965) where weighted."""
        if self.calibration is None:
            return {one: int((categories == one).sum()) for one in letters}
        own = self.calibration.of(np.isin(categories, list(letters)))
        w, given = own.row_weights, categories[np.isin(categories, list(letters))]
        if not len(given):
            return dict.fromkeys(letters, 0)
        base = effective_n(w) / float(w.sum())
        return {one: round(base * float(w[given == one].sum()), DIGITS) for one in letters}

    def _answered(self, y: NDArray[np.float64]) -> tuple[Calibration, NDArray[np.float64]]:
        """The rows that have a value."""
        there = np.asarray(~np.isnan(y))
        assert self.calibration is not None  # noqa: S101  callers have looked
        return self.calibration.of(there), y[there]


ALIKE = Counting()


def linearised(calibration: Calibration, values: NDArray[np.float64]) -> Linear:
    """The weighted mean of values (n,) of the rows that the calibration is placed on, all of them there."""
    w = calibration.row_weights
    total = float(w.sum())
    mean = float(w @ values) / total
    apart = np.zeros(len(values)) if is_constant(values) else (values - mean) / total
    sums: Floats = np.zeros((len(calibration.sizes), 1))
    np.add.at(sums[:, 0], calibration.place, apart)
    moved = calibration.adjustment(calibration.by_value(sums))[:, 0]
    own: Floats = np.full((1, 1), float(np.sum((w * apart) ** 2)))
    n = calibration.n
    variance = float(calibrated_covariance(calibration, own, sums)[0, 0]) * max(n - 1, 1) / n
    return Linear(mean, total, moved, variance, float(own[0, 0]))


def _base(n: int, spread: float, found: Linear) -> float:
    gain = min(found.plain / found.variance, LARGEST_GAIN)
    return round(min(float(n), spread / found.plain) * gain, DIGITS)
