"""Axes: which tens a scale shows, and which of many labels fit below it."""

import math
from collections.abc import Sequence

LEAST_SPAN = 2.0  # tens; a narrower scale would make noise look like news
ROOM = 0.2  # tens; a value this near to the end of the scale opens the next ten
MOST_LINES = 6
# Every so many labels: halves and quarters of a year where the periods are months.
EVERY = (1, 2, 3, 4, 6, 12, 24, 60, 120)


def tens(
    values: Sequence[float], minimum: float = 0, maximum: float = 100, ten: float = 10
) -> tuple[float, float]:
    """The ends of a scale that holds the values: tens, within minimum..maximum. Without values, these.

    `ten` is what stands for a ten where the figures are smaller, such as 1 for ratings from 1 to 7.
    """
    if not values:
        return minimum, maximum
    room, least = ROOM * ten, LEAST_SPAN * ten
    low = max(minimum, math.floor((min(values) - room) / ten) * ten)
    high = min(maximum, math.ceil((max(values) + room) / ten) * ten)
    # Values outside the scale are drawn at its end.
    low, high = min(low, maximum - least), max(high, minimum + least)
    if high - low < least:
        low = max(minimum, high - least)
        high = low + least
    return low, high


def gridlines(low: float, high: float, ten: float = 10) -> list[float]:
    """Every half ten on a short scale, else every ten, two or five."""
    steps = (ten * share for share in (0.5, 1, 2, 5))
    step = next((s for s in steps if (high - low) / s < MOST_LINES), 10 * ten)
    first = math.ceil(low / step)
    return [step * k for k in range(first, math.floor(high / step) + 1)]


def thinned(count: int, room: float, needed: float) -> list[int]:
    """The places of the labels that fit, counted back from the last, which is always shown."""
    every = next((e for e in EVERY if room * e >= needed), max(1, count))
    return sorted(range(count - 1, -1, -every))
