"""What changed between two periods, or differs between segments, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr

from scoring.classical.proportions import critical
from scoring.errors import DataError

Direction = Literal["up", "down", "unclear"]


@dataclass(frozen=True)
class Figure:
    """An index or effect with its standard error and the answers it rests on."""

    value: float
    se: float
    n: int


@dataclass(frozen=True)
class Difference:
    """First figure minus second, with its normal interval and test; z and p are NaN where nothing varies."""

    difference: float
    se: float
    low: float
    high: float
    z: float
    p: float


def difference(first: Figure, second: Figure, shared: int = 0, level: float = 0.95) -> Difference:
    """θ₁ − θ₂ with SE² = SE₁² + SE₂² − 2ρ SE₁ SE₂, ρ = m/√(n₁n₂) for m answers that count in both, as two
    overlapping windows have them (Kish 1965, Survey Sampling, ch. 12); ρ is 0 for independent samples."""
    if not 0 <= shared <= min(first.n, second.n):
        raise DataError(f"{shared} answers cannot count in both of {first.n} and {second.n}")
    return correlated(first, second, shared / math.sqrt(first.n * second.n) if shared else 0.0, level)


def correlated(first: Figure, second: Figure, rho: float, level: float = 0.95) -> Difference:
    """The same for figures whose errors have the correlation `rho`."""
    together = 2.0 * rho * first.se * second.se
    se = math.sqrt(max(first.se**2 + second.se**2 - together, 0.0))
    apart, reach = first.value - second.value, critical(level) * se
    z = apart / se if se > 0 else math.nan
    return Difference(apart, se, apart - reach, apart + reach, z, float(2.0 * ndtr(-abs(z))))


def from_the_others(figures: Sequence[Figure]) -> list[Difference]:
    """Each of several separate groups against the mean of all the others, weighted by their answers.

    A group and the others have no answer in common, so their errors add up. Raises `DataError` for one group.
    """
    if len(figures) < 2:
        raise DataError("a group can be compared with others only where there are others")
    return [
        difference(one, _together([*figures[:place], *figures[place + 1 :]]))
        for place, one in enumerate(figures)
    ]


def _together(figures: Sequence[Figure]) -> Figure:
    """Σnθ/Σn of separate groups, SE = √(Σn²SE²)/Σn."""
    n = sum(one.n for one in figures)
    value = sum(one.n * one.value for one in figures) / n
    return Figure(value, math.sqrt(sum((one.n * one.se) ** 2 for one in figures)) / n, n)


def direction(low: float, high: float) -> Direction:
    """Up or down where the interval leaves out 0, else unclear: what may be said of a change in one word."""
    return "up" if low > 0 else "down" if high < 0 else "unclear"
