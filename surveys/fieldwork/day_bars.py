"""Bars of what was finished day by day. Stretched to its column's width: all letters stand outside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from surveys.fieldwork.counts import Day

SLOT, HEIGHT = 10, 100
FEWEST = 14  # days that the width is shared by, so that a single one is no block


@dataclass(frozen=True)
class Bar:
    day: Day
    x: int
    y: str
    height: str


@dataclass(frozen=True)
class DayBars:
    bars: list[Bar]
    width: int
    first: date
    last: date
    newest_first: list[Day]

    @property
    def is_short(self) -> bool:
        """The bars end before the right edge, below which no day stands then."""
        return len(self.bars) < FEWEST


def day_bars(days: Sequence[Day]) -> DayBars:
    """One bar for each of the days, of which there is at least one."""
    most = max(day.count for day in days) or 1
    heights = [HEIGHT * day.count / most for day in days]
    bars = [
        Bar(day, place * SLOT + 1, f"{HEIGHT - height:.1f}", f"{height:.1f}")
        for place, (day, height) in enumerate(zip(days, heights, strict=True))
    ]
    return DayBars(bars, max(len(days), FEWEST) * SLOT, days[0].day, days[-1].day, list(reversed(days)))
