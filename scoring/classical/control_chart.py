"""The XmR chart of a series of periods, and the rules that say when a period is out of the ordinary."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.errors import DataError

D2, D4 = 1.128, 3.267  # of ranges of two, as the handbooks round them
RUN, NEAR, OF = 8, 3, 4
ROUNDING = 1e-9  # relative to the centre: the mean of equal values need not equal them


@dataclass(frozen=True)
class Limits:
    """Centre line, mean moving range and limits; keep them for later periods once the series is long
    enough (10 periods, better 20)."""

    centre: float
    moving_range: float

    @property
    def low(self) -> float:
        """Lower natural process limit."""
        return self.centre - 3.0 * self.moving_range / D2

    @property
    def high(self) -> float:
        """Upper natural process limit."""
        return self.centre + 3.0 * self.moving_range / D2

    @property
    def range_high(self) -> float:
        """Upper limit of the moving range, 3.267 MR."""
        return D4 * self.moving_range


@dataclass(frozen=True)
class Signals:
    """For every period whether a rule is broken there: beyond a limit, the eighth on one side, the third
    of four nearer to a limit than to the centre."""

    beyond: NDArray[np.bool_]
    run: NDArray[np.bool_]
    near: NDArray[np.bool_]


def limits(values: ArrayLike) -> Limits:
    """x̄ ∓ 3 MR/1.128 with the mean moving range MR = mean |x_i − x_(i−1)| (Shewhart; Wheeler 1993,
    Understanding Variation; NIST/SEMATECH e-Handbook 6.3.2.2)."""
    series = np.asarray(values, dtype=np.float64)
    if len(series) < 2 or not np.isfinite(series).all():
        raise DataError("a chart needs two periods or more, each with a value")
    return Limits(float(series.mean()), float(np.abs(np.diff(series)).mean()))


def signals(values: ArrayLike, chart: Limits) -> Signals:
    """Wheeler's rules: a point beyond a limit; 8 in a row on one side of the centre; 3 of 4 in a row nearer
    to the same limit than to the centre (Wheeler 1993, Understanding Variation). The chart may be frozen."""
    series = np.asarray(values, dtype=np.float64)
    slack = ROUNDING * abs(chart.centre)
    above, below = series > chart.centre + slack, series < chart.centre - slack
    quarter = 1.5 * chart.moving_range / D2 + slack
    upper, lower = series > chart.centre + quarter, series < chart.centre - quarter
    return Signals(
        (series > chart.high + slack) | (series < chart.low - slack),
        _at_least(above, RUN, RUN) | _at_least(below, RUN, RUN),
        (_at_least(upper, NEAR, OF) & upper) | (_at_least(lower, NEAR, OF) & lower),
    )


def _at_least(marked: NDArray[np.bool_], count: int, window: int) -> NDArray[np.bool_]:
    """Where `count` of the last `window` periods are marked."""
    sums = np.convolve(marked.astype(np.intp), np.ones(window, dtype=np.intp))[: len(marked)]
    return np.asarray(sums >= count)
