"""Units in the order of their index, each with its interval, against the mean of all."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from indices.drawing.axes import gridlines, tens
from indices.drawing.identity import identity
from indices.drawing.lettering import printable, shortened, width
from indices.numbers import rounded

LABEL_SIZE, NOTE_SIZE = 13.0, 12.0  # px
EDGE, TOP, BOTTOM = 12.0, 8.0, 28.0
ROW, TALL_ROW = 26.0, 44.0  # px a unit: its label beside the line, or above it
WIDEST, NARROWEST = 230.0, 60.0  # px for the labels beside the lines
DOT = 4.5


@dataclass(frozen=True)
class RankedUnit:
    """A unit's index with its interval; drawn filled where it is `clear`ly off the others."""

    label: str
    n: int
    value: float
    low: float | None
    high: float | None
    clear: bool
    said: str


@dataclass(frozen=True)
class Words:
    text: str
    x: float
    y: float
    anchor: str = "start"


@dataclass(frozen=True)
class Row:
    label: Words
    base: Words
    y: float
    value: float
    ends: tuple[float, float] | None
    clear: bool
    said: str


@dataclass(frozen=True)
class Drawing:
    id: str
    width: float
    height: float
    left: float
    right: float
    bottom: float
    mean: float
    grid: tuple[Words, ...]
    rows: tuple[Row, ...]


def ranked_chart(units: Sequence[RankedUnit], mean: float, title: str, description: str) -> SafeString:
    """Drawn for a wide and for a narrow column, as high as there are units."""
    title, description = printable(title), printable(description)
    name = identity("ranked", units, mean, title, description)
    context = {
        "title": title,
        "description": description,
        "wide": _drawing(f"{name}-wide", units, mean, 760, is_tall=False),
        "tall": _drawing(f"{name}-tall", units, mean, 320, is_tall=True),
        "dot": DOT,
        "top": TOP,
        "sizes": {"label": LABEL_SIZE, "note": NOTE_SIZE},
    }
    return render_to_string("indices/svg/ranked_chart.html", context)


def _drawing(name: str, units: Sequence[RankedUnit], mean: float, across: float, is_tall: bool) -> Drawing:
    bases = [f"n = {unit.n}" for unit in units]
    beside = max((width(base, NOTE_SIZE) for base in bases), default=0.0)
    left = EDGE if is_tall else EDGE + _labels_room(units)
    right = across - EDGE - (0 if is_tall else beside + EDGE)
    ends = tens([v for one in units for v in (one.value, one.low, one.high) if v is not None] + [mean])
    row = TALL_ROW if is_tall else ROW

    def place(value: float) -> float:
        share = (min(max(value, ends[0]), ends[1]) - ends[0]) / (ends[1] - ends[0])
        return round(left + share * (right - left), 1)

    def drawn(i: int, unit: RankedUnit) -> Row:
        y = TOP + i * row + (row - 12 if is_tall else row / 2)
        at = y - 14 if is_tall else y + 4.5
        room = (right - left - beside - 2 * EDGE) if is_tall else left - 2 * EDGE
        text = shortened(printable(unit.label), room, LABEL_SIZE)
        label = Words(text, left, at) if is_tall else Words(text, left - EDGE, at, "end")
        span = None if unit.low is None or unit.high is None else (place(unit.low), place(unit.high))
        base = Words(bases[i], across - EDGE, at, "end")
        return Row(label, base, y, place(unit.value), span, unit.clear, printable(unit.said))

    bottom = TOP + row * len(units)
    return Drawing(
        id=name,
        width=across,
        height=bottom + BOTTOM,
        left=left,
        right=right,
        bottom=bottom,
        mean=place(mean),
        grid=tuple(Words(rounded(v, 0), place(v), bottom + 18, "middle") for v in gridlines(*ends)),
        rows=tuple(drawn(i, unit) for i, unit in enumerate(units)),
    )


def _labels_room(units: Sequence[RankedUnit]) -> float:
    widest = max((width(printable(one.label), LABEL_SIZE) for one in units), default=0.0)
    return min(max(widest, NARROWEST), WIDEST) + EDGE
