"""Dumbbells: from what was expected to what was found, one row each, with the interval of the difference."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from indices.drawing.row_chart import Key, Row, row_chart
from indices.numbers import interval, rounded

DIGITS = 2


@dataclass(frozen=True)
class Dumbbell:
    """`start` and `end` are means on the scale, None where few answered; `low` and `high` the ends of the
    interval of end less start, `told` that difference as it is written. `note` stands below the name."""

    name: str
    start: float | None
    end: float | None
    low: float | None
    high: float | None
    told: str
    n: int
    note: str = ""

    @property
    def may_be_nothing(self) -> bool:
        """The interval holds zero, or there is none."""
        return self.low is None or self.high is None or self.low <= 0 <= self.high


def dumbbells(
    found: Sequence[Dumbbell],
    title: str,
    description: str,
    ends: tuple[float, float],
    keys: Sequence[Key],
    figure: str,
) -> SafeString:
    """An open mark where each begins and a full one where it ends. The thick line about the full mark is the
    interval of the difference, laid off from the open one; on a scale within `ends`."""
    return row_chart([_row(one) for one in found], title, description, ends, keys, figure)


def _row(one: Dumbbell) -> Row:
    if one.start is None or one.end is None:
        return Row(one.name, "–", f"{one.name}: n = {one.n}", one.note)
    within = one.low is not None and one.high is not None
    said = f" ({interval(one.low, one.high, DIGITS)})" if within else ""
    means = f"{rounded(one.start, DIGITS)} → {rounded(one.end, DIGITS)}"
    return Row(
        label=one.name,
        told=one.told,
        text=f"{one.name}: {means}, {one.told}{said}, n = {one.n}",
        note=one.note,
        mark=one.end,
        open_mark=one.start,
        interval=(one.start + (one.low or 0), one.start + (one.high or 0)) if within else None,
        is_quiet=one.may_be_nothing,
    )
