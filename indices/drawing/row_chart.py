"""Rows on one scale, each with its name, its marks and its figure: what dumbbells, zones and ranks share."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from indices.drawing.axes import gridlines, tens
from indices.drawing.geometry import Position
from indices.drawing.identity import identity
from indices.drawing.lettering import printable, shortened, width, wrapped
from indices.numbers import rounded

LABEL_SIZE, NOTE_SIZE, FIGURE_SIZE = 13.0, 12.0, 14.0  # px
LINE, NOTE_LINE, GAP = 17.0, 16.0, 10.0  # heights of a line of a label, of a note, and between rows
TOP, BOTTOM, INSET = 22.0, 24.0, 12.0
TRACK = 24.0  # the height of a row's drawing where its label stands above it
LEAST_ROOM = 20.0  # between the labels and the plot
FIGURE_ROOM = 58.0  # at the end of a row, for its figure
SIZES = {"large": (900.0, 270.0), "wide": (560.0, 190.0), "tall": (320.0, 0.0)}  # px: all, the labels


@dataclass(frozen=True)
class Row:
    """What is not there is None and is not drawn; `told` is the figure at the row's end, `text` all of the
    row in words. `is_quiet`: the figure may be nothing."""

    label: str
    told: str
    text: str
    note: str = ""
    mark: float | None = None
    open_mark: float | None = None
    interval: tuple[float, float] | None = None
    band: tuple[float, float] | None = None
    is_quiet: bool = False


@dataclass(frozen=True)
class Key:
    """What a kind of mark stands for: `mark`, `open`, `interval`, `band`, `base`, or `quiet` for
    the marks of what may be nothing."""

    kind: str
    text: str


@dataclass(frozen=True)
class Scale:
    """Where values lie between the left and the right end of the plot."""

    left: float
    right: float
    low: float
    high: float

    def x(self, value: float) -> float:
        """Values beyond the ends stand at the ends."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.left + share * (self.right - self.left), 1)

    def pair(self, ends: tuple[float, float] | None) -> tuple[float, float] | None:
        return (self.x(ends[0]), self.x(ends[1])) if ends else None


@dataclass(frozen=True)
class Line:
    """A line of text at its place."""

    text: str
    at: Position


@dataclass(frozen=True)
class DrawnRow:
    text: str
    told: Line
    labels: tuple[Line, ...]
    note: Line | None
    y: float
    mark: float | None
    open_mark: float | None
    interval: tuple[float, float] | None
    band: tuple[float, float] | None
    is_quiet: bool


@dataclass(frozen=True)
class Chart:
    id: str
    width: float
    height: float
    scale: Scale
    grid: tuple[Line, ...]
    rows: tuple[DrawnRow, ...]
    bottom: float
    base: float | None


def row_chart(
    rows: Sequence[Row],
    title: str,
    description: str,
    ends: tuple[float, float],
    keys: Sequence[Key] = (),
    figure: str = "",
    base: float | None = None,
    ten: float = 1.0,
) -> SafeString:
    """Drawn for three widths of the column. The scale holds all values within `ends`, at tens (`axes.tens`).

    `figure` heads the figures at the rows' ends; a line stands at `base`, if there is one. Empty without
    rows.
    """
    if not rows:
        return SafeString("")
    title, description = printable(title), printable(description)
    name = identity("rows", rows, title, description, ends, keys, figure, base)
    values = [value for row in rows for value in _values(row)] + ([] if base is None else [base])
    span = tens(values, *ends, ten)
    charts = {size: _chart(f"{name}-{size}", rows, size, span, base, ten) for size in SIZES}
    sizes = {"label": LABEL_SIZE, "note": NOTE_SIZE, "figure": FIGURE_SIZE}
    context = {"title": title, "description": description, "keys": keys, "sizes": sizes, **charts}
    return render_to_string("indices/svg/row_chart.html", {**context, "figure": printable(figure)})


def _values(row: Row) -> list[float]:
    pairs = [*(row.interval or ()), *(row.band or ())]
    return [*pairs, *(one for one in (row.mark, row.open_mark) if one is not None)]


def _chart(
    name: str, rows: Sequence[Row], size: str, span: tuple[float, float], base: float | None, ten: float
) -> Chart:
    across, most = SIZES[size]
    room = min(most, LEAST_ROOM + max(_needed(row) for row in rows)) if most else 0.0
    figures = max(FIGURE_ROOM, *(width(row.told, FIGURE_SIZE) + 14 for row in rows))
    right = across - INSET - (figures if room else 0)
    scale = Scale(round(room + INSET, 1), round(right, 1), *span)
    y, drawn = TOP, []
    for row in rows:
        one, y = (_beside if room else _below)(row, scale, across, y)
        drawn.append(one)
    grid = tuple(Line(_plain(v), Position(scale.x(v), y + 16)) for v in gridlines(*span, ten))
    at = None if base is None else scale.x(base)
    return Chart(name, across, round(y + BOTTOM, 1), scale, grid, tuple(drawn), round(y, 1), at)


def _needed(row: Row) -> float:
    return max(width(printable(row.label), LABEL_SIZE), width(printable(row.note), NOTE_SIZE))


def _beside(row: Row, scale: Scale, across: float, top: float) -> tuple[DrawnRow, float]:
    """A row with its label at the left of its drawing, and where the next begins."""
    labels = wrapped(printable(row.label), scale.left - INSET - 10, LABEL_SIZE)
    high = len(labels) * LINE + (NOTE_LINE if row.note else 0)
    middle = top + (max(high, LINE) + GAP) / 2
    lines, note = _texts(row, labels, scale.left - INSET - 10, middle - high / 2)
    told = Line(row.told, Position(across - 2, round(middle + 5, 1)))
    return _drawn(row, scale, round(middle, 1), told, lines, note), top + max(high, LINE) + GAP


def _below(row: Row, scale: Scale, across: float, top: float) -> tuple[DrawnRow, float]:
    """A row with its label above its drawing, and where the next begins."""
    room = across - width(row.told, FIGURE_SIZE) - 16
    labels = wrapped(printable(row.label), room, LABEL_SIZE)
    lines, note = _texts(row, labels, across - 4, top)
    below = top + len(labels) * LINE + (NOTE_LINE if row.note else 0)
    told = Line(row.told, Position(across - 2, round(top + 13, 1)))
    return _drawn(row, scale, round(below + TRACK / 2, 1), told, lines, note), below + TRACK + GAP


def _texts(row: Row, labels: Sequence[str], room: float, top: float) -> tuple[tuple[Line, ...], Line | None]:
    lines = tuple(Line(text, Position(0, round(top + i * LINE + 13, 1))) for i, text in enumerate(labels))
    note = shortened(printable(row.note), room, NOTE_SIZE)
    return lines, Line(note, Position(0, round(top + len(labels) * LINE + 12, 1))) if note else None


def _drawn(
    row: Row, scale: Scale, y: float, told: Line, lines: tuple[Line, ...], note: Line | None
) -> DrawnRow:
    return DrawnRow(
        text=printable(row.text),
        told=told,
        labels=lines,
        note=note,
        y=y,
        mark=None if row.mark is None else scale.x(row.mark),
        open_mark=None if row.open_mark is None else scale.x(row.open_mark),
        interval=scale.pair(row.interval),
        band=scale.pair(row.band),
        is_quiet=row.is_quiet,
    )


def _plain(value: float) -> str:
    return rounded(value, 0 if value == int(value) else 1)
