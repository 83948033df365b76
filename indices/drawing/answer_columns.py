"""How many gave each answer of a scale: columns in groups, told apart by pattern and by their place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from indices.drawing.axes import thinned
from indices.drawing.geometry import Position
from indices.drawing.identity import identity
from indices.drawing.lettering import printable, width
from indices.numbers import rounded

FIGURE_SIZE, NOTE_SIZE, GROUP_SIZE = 12.0, 12.0, 13.0  # px
TOP, TICKS, GROUP_LINE = 20.0, 20.0, 17.0
SIDE = 2.0
SIZES = {"large": (900.0, 220.0), "wide": (560.0, 200.0), "tall": (320.0, 170.0)}  # px: across, the plot
PATTERNS = ("full", "dotted", "hatched")


@dataclass(frozen=True)
class Column:
    """One answer: `share` of all in percent; `group` is the place of its group."""

    label: str
    text: str
    share: float
    count: int | None
    group: int


@dataclass(frozen=True)
class Group:
    """Columns that stand side by side: how they are filled, and what is written below them."""

    name: str
    told: str
    pattern: str


@dataclass(frozen=True)
class Words:
    text: str
    at: Position


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    text: str
    figure: Words | None
    pattern: str


@dataclass(frozen=True)
class Bracket:
    left: float
    right: float
    y: float
    lines: tuple[Words, ...]
    pattern: str


@dataclass(frozen=True)
class Chart:
    id: str
    width: float
    height: float
    base: float
    bars: tuple[Bar, ...]
    labels: tuple[Words, ...]
    brackets: tuple[Bracket, ...]


def answer_columns(
    columns: Sequence[Column], groups: Sequence[Group], title: str, description: str
) -> SafeString:
    """The columns in the order of the scale, drawn for three widths. Those of a group stand side by side.
    Empty without columns."""
    if not columns:
        return SafeString("")
    title, description = printable(title), printable(description)
    name = identity("columns", columns, groups, title, description)
    context = {"title": title, "description": description, "groups": groups}
    charts = {size: _chart(f"{name}-{size}", columns, groups, size) for size in SIZES}
    sizes = {"figure": FIGURE_SIZE, "note": NOTE_SIZE, "group": GROUP_SIZE}
    return render_to_string("indices/svg/answer_columns.html", {**context, "sizes": sizes, **charts})


def _chart(name: str, columns: Sequence[Column], groups: Sequence[Group], size: str) -> Chart:
    across, plot = SIZES[size]
    base = TOP + plot
    slot = (across - 2 * SIDE) / len(columns)
    most = max((one.share for one in columns), default=0) or 1.0
    brackets = tuple(_brackets(columns, groups, slot, base + TICKS + 8))
    below = max((len(one.lines) for one in brackets), default=0) * GROUP_LINE
    labels = [printable(one.label) for one in columns]
    needed = max(width(one, NOTE_SIZE) for one in labels) + 6
    shown = thinned(len(columns), slot, needed)
    return Chart(
        id=name,
        width=across,
        height=round(base + TICKS + 12 + below, 1),
        base=base,
        bars=tuple(
            _bar(one, groups, i, slot, base, plot * one.share / most) for i, one in enumerate(columns)
        ),
        labels=tuple(Words(labels[i], Position(_middle(i, slot), base + 15)) for i in shown),
        brackets=brackets,
    )


def _middle(i: float, slot: float) -> float:
    return round(SIDE + (i + 0.5) * slot, 1)


def _bar(one: Column, groups: Sequence[Group], i: int, slot: float, base: float, high: float) -> Bar:
    wide = round(min(slot * 0.72, 64.0), 1)
    top = round(base - high, 1)
    figure = rounded(one.share)
    fits = width(figure, FIGURE_SIZE) <= slot + 2 and one.count != 0
    return Bar(
        x=round(_middle(i, slot) - wide / 2, 1),
        y=top,
        width=wide,
        height=round(base - top, 1),
        text=printable(one.text),
        figure=Words(figure, Position(_middle(i, slot), round(top - 5, 1))) if fits else None,
        pattern=groups[one.group].pattern,
    )


def _brackets(columns: Sequence[Column], groups: Sequence[Group], slot: float, y: float) -> Iterator[Bracket]:
    """A line below the columns of each group, with its name and figure where there is room."""
    for place, run in groupby(range(len(columns)), key=lambda i: columns[i].group):
        found = list(run)
        group = groups[place]
        left, right = SIDE + found[0] * slot + 3, SIDE + (found[-1] + 1) * slot - 3
        middle = round((left + right) / 2, 1)
        texts = [printable(one) for one in (group.name, group.told)]
        fitting = [one for one in texts if one and width(one, GROUP_SIZE) <= right - left]
        lines = tuple(
            Words(text, Position(middle, round(y + 16 + i * GROUP_LINE, 1))) for i, text in enumerate(fitting)
        )
        yield Bracket(round(left, 1), round(right, 1), y, lines, group.pattern)
