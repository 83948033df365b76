"""Axes: which tens a scale shows, and which of many labels fit below it."""

import math
from collections.abc import Sequence

LEAST_SPAN = 20.0  # a narrower scale would make noise look like news
ROOM = 2.0  # a value this near to the end of the scale opens the next ten
MOST_LINES = 6
# Every so many labels: halves and quarters of a year where the periods are months.
EVERY = (1, 2, 3, 4, 6, 12, 24, 60, 120)


def tens(values: Sequence[float], minimum: float = 0, maximum: float = 100) -> tuple[float, float]:
    """The ends of a scale that holds the values: tens, within minimum..maximum. Without values, these."""
    if not values:
        return minimum, maximum
    low = max(minimum, math.floor((min(values) - ROOM) / 10) * 10)
    high = min(maximum, math.ceil((max(values) + ROOM) / 10) * 10)
    # Values outside the scale are drawn at its end.
    low, high = min(low, maximum - LEAST_SPAN), max(high, minimum + LEAST_SPAN)
    if high - low < LEAST_SPAN:
        low = max(minimum, high - LEAST_SPAN)
        high = low + LEAST_SPAN
    return low, high


def gridlines(low: float, high: float) -> list[float]:
    """Every five on a short scale, else every ten, twenty or fifty."""
    step = next((s for s in (5, 10, 20, 50) if (high - low) / s < MOST_LINES), 100)
    first = math.ceil(low / step)
    return [step * k for k in range(first, math.floor(high / step) + 1)]


def thinned(count: int, room: float, needed: float) -> list[int]:
    """The places of the labels that fit, counted back from the last, which is always shown."""
    every = next((e for e in EVERY if room * e >= needed), max(1, count))
    return sorted(range(count - 1, -1, -every))
