"""Figures in rows, each with its interval: perceptions by dimension, or segments against the others."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from indices.drawing.row_chart import Key, Row, row_chart
from indices.numbers import interval


@dataclass(frozen=True)
class IntervalRow:
    """`told` is the figure as it is written; without a value the row keeps its name alone. `is_quiet`: what
    is drawn may be nothing."""

    name: str
    told: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    note: str = ""
    is_quiet: bool = False


def interval_rows(
    found: Sequence[IntervalRow],
    title: str,
    description: str,
    ends: tuple[float, float],
    keys: Sequence[Key],
    figure: str,
    base: float | None = None,
    ten: float = 1.0,
    digits: int = 2,
) -> SafeString:
    """One row each, in the order given, on a scale within `ends`; a line stands at `base`."""
    rows = [_row(one, digits) for one in found]
    return row_chart(rows, title, description, ends, keys, figure, base, ten)


def _row(one: IntervalRow, digits: int) -> Row:
    within = (one.low, one.high) if one.low is not None and one.high is not None else None
    said = f" ({interval(one.low, one.high, digits)})" if within else ""
    note = f", {one.note}" if one.note else ""
    text = f"{one.name}: {one.told}{said}{note}, n = {one.n}"
    if one.value is None:
        return Row(one.name, one.told, text, one.note)
    return Row(one.name, one.told, text, one.note, one.value, interval=within, is_quiet=one.is_quiet)
