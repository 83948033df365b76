"""Rolling windows over periods, and what a change between two of them is worth."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.classical.proportions import critical
from scoring.errors import DataError


@dataclass(frozen=True)
class Periods:
    """Base, mean and standard deviation of every period, in order."""

    n: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """Answers of several periods pooled."""

    n: float
    mean: float
    se: float


@dataclass(frozen=True)
class Change:
    """Later window minus earlier one."""

    difference: float
    se: float
    low: float
    high: float


def periods(n: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Periods:
    """The series as arrays; raises `DataError` where a period has no answers."""
    arrays = [np.asarray(one, dtype=np.float64) for one in (n, mean, sd)]
    if len({one.shape for one in arrays}) != 1 or not (arrays[0] > 0).all():
        raise DataError("every period needs a base above 0, a mean and a standard deviation")
    return Periods(*arrays)


def window(series: Periods, last: int, length: int = 4) -> Window:
    """Σnx̄/Σn over the `length` periods up to `last` (counted from 0), SE = √(Σns²)/Σn: the national indices'
    rolling twelve months (Fornell et al. 1996, J. Marketing 60:7)."""
    shares = _shares(series, last, length)
    return Window(float(series.n[shares > 0].sum()), _mean(series, shares), _error(series, shares))


def change(series: Periods, first: int, second: int, length: int = 4, level: float = 0.95) -> Change:
    """Window up to `second` minus window up to `first`: a period in both enters with the difference of its
    shares, so that only what entered and left counts.

    With equal bases and neighbours this is (entering − leaving)/k with SE √(s²_in/n_in + s²_out/n_out)/k
    (variance of a linear combination of independent means; Kish 1965, Survey Sampling, ch. 12).
    """
    shares = _shares(series, second, length) - _shares(series, first, length)
    difference, se = _mean(series, shares), _error(series, shares)
    reach = critical(level) * se
    return Change(difference, se, difference - reach, difference + reach)


def _shares(series: Periods, last: int, length: int) -> NDArray[np.float64]:
    """What every period of the series weighs in a window."""
    start = last - length + 1
    if start < 0 or last >= len(series.n):
        raise DataError(f"a window of {length} periods up to period {last + 1} does not lie in the series")
    shares = np.zeros(len(series.n))
    shares[start : last + 1] = series.n[start : last + 1] / series.n[start : last + 1].sum()
    return shares


def _mean(series: Periods, shares: NDArray[np.float64]) -> float:
    own = shares != 0  # what is unknown of other periods does not matter: 0 times NaN would be NaN
    return float(shares[own] @ series.mean[own])


def _error(series: Periods, shares: NDArray[np.float64]) -> float:
    own = shares != 0
    return math.sqrt(float(np.sum(shares[own] ** 2 * series.sd[own] ** 2 / series.n[own])))
