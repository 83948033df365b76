"""Kano's features by what they add when there and what they take away when not, in four named quarters.

To the right is the dissatisfaction without a feature (|worse|), upwards the satisfaction with it (better),
both from 0 to 1, with their intervals; the quarters part at one half (Berger et al. 1993, CQM J. 2(4):17).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from indices.drawing.geometry import Box, Curve, Position
from indices.drawing.identity import identity
from indices.drawing.lettering import printable, shortened, width
from indices.drawing.point_labels import Label, Labelled, point_labels, straight
from indices.numbers import interval, rounded

LABEL_SIZE, NOTE_SIZE = 13.0, 12.0  # px
LEFT, RIGHT, TOP, BOTTOM = 38.0, 12.0, 24.0, 40.0
ROOM = 6.0  # between the axes and any letter
RADIUS, LINE = 5.0, 15.0
WIDEST_NAME = 230.0
MOST_NAMED = 40  # features; beyond, numbers alone stand in the map
SIZES = {"large": (900.0, 560.0), "wide": (620.0, 500.0), "tall": (320.0, 360.0)}
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
QUARTERS = ("attractive", "one_dimensional", "indifferent", "must_be")
Ends = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """A feature: `worse` as its distance from 0, both within 0..1 with their intervals where there are any.
    `number` stands for it; `is_clear`: its class is told from the next one; `said` is its class in words."""

    number: str
    name: str
    worse: float
    better: float
    worse_ends: Ends | None
    better_ends: Ends | None
    n: int
    is_clear: bool
    said: str


@dataclass(frozen=True)
class Words:
    text: str
    at: Position
    anchor: str = "start"


@dataclass(frozen=True)
class Mark:
    text: str
    at: Position
    across: tuple[float, float] | None
    up: tuple[float, float] | None
    is_clear: bool
    label: Words | None
    leader: tuple[Position, Position] | None


@dataclass(frozen=True)
class Plot:
    """The square of the map within its drawing."""

    width: float
    height: float

    @property
    def box(self) -> Box:
        return Box(LEFT, TOP, self.width - LEFT - RIGHT, self.height - TOP - BOTTOM)

    @property
    def inner(self) -> Box:
        """Where letters may stand: off the axes."""
        box = self.box
        return Box(box.x + ROOM, box.y + ROOM, box.width - 2 * ROOM, box.height - 2 * ROOM)

    def at(self, worse: float, better: float) -> Position:
        return Position(self.x(worse), self.y(better))

    def x(self, share: float) -> float:
        return round(self.box.x + min(max(share, 0), 1) * self.box.width, 1)

    def y(self, share: float) -> float:
        return round(self.box.bottom - min(max(share, 0), 1) * self.box.height, 1)


@dataclass(frozen=True)
class Chart:
    id: str
    plot: Plot
    middle: Position
    across: tuple[Words, ...]
    up: tuple[Words, ...]
    quarters: tuple[Words, ...]
    marks: tuple[Mark, ...]
    top: Words
    side: Words


def better_worse_map(
    spots: Sequence[Spot], title: str, description: str, names: Mapping[str, str], axes: tuple[str, str]
) -> SafeString:
    """Drawn for three widths; in the narrowest, numbers alone stand beside the marks. `names` are those of
    the QUARTERS, `axes` say what lies to the right and what upwards. Empty without spots."""
    if not spots:
        return SafeString("")
    title, description = printable(title), printable(description)
    name = identity("map", spots, title, description, names, axes)
    charts = {size: _chart(f"{name}-{size}", spots, size, names, axes) for size in SIZES}
    context = {"title": title, "description": description, **charts}
    sizes = {"label": LABEL_SIZE, "note": NOTE_SIZE, "radius": RADIUS}
    return render_to_string("indices/svg/better_worse_map.html", {**context, "sizes": sizes})


def _chart(
    name: str, spots: Sequence[Spot], size: str, names: Mapping[str, str], axes: tuple[str, str]
) -> Chart:
    plot = Plot(*SIZES[size])
    quarters = _quarters(plot, names)
    places = [plot.at(one.worse, one.better) for one in spots]
    texts = [_forms(one, size != "tall" and len(spots) <= MOST_NAMED) for one in spots]
    sized = [tuple((width(text, LABEL_SIZE) + 2, LINE) for text in forms) for forms in texts]
    points = [Labelled(at, RADIUS, sizes) for at, sizes in zip(places, sized, strict=True)]
    lines = [line for one in spots for line in _whiskers(one, plot)]
    found = point_labels(points, plot.inner, [_box_of(one) for one in quarters], lines)
    return Chart(
        id=name,
        plot=plot,
        middle=plot.at(0.5, 0.5),
        across=tuple(Words(_tick(v), Position(plot.x(v), plot.box.bottom + 16), "middle") for v in TICKS),
        up=tuple(Words(_tick(v), Position(LEFT - 7, plot.y(v) + 4), "end") for v in TICKS),
        quarters=quarters,
        marks=tuple(
            _mark(one, plot, label, forms) for one, label, forms in zip(spots, found, texts, strict=True)
        ),
        top=Words(printable(axes[1]), Position(0, 12)),
        side=Words(printable(axes[0]), Position(plot.width - RIGHT, plot.height - 4), "end"),
    )


def _forms(one: Spot, with_name: bool) -> tuple[str, ...]:
    """The number, and the number with the name."""
    name = shortened(printable(one.name), WIDEST_NAME, LABEL_SIZE)
    return (one.number, f"{one.number} {name}") if with_name and name else (one.number,)


def _quarters(plot: Plot, names: Mapping[str, str]) -> tuple[Words, ...]:
    """Each quarter's name in its outer corner."""
    box, room = plot.box, plot.box.width / 2 - 16
    high, low = box.y + 16, box.bottom - 8
    corners = {
        "attractive": (Position(box.x + 8, high), "start"),
        "one_dimensional": (Position(box.right - 8, high), "end"),
        "indifferent": (Position(box.x + 8, low), "start"),
        "must_be": (Position(box.right - 8, low), "end"),
    }
    return tuple(Words(shortened(printable(names[one]), room, NOTE_SIZE), *corners[one]) for one in QUARTERS)


def _box_of(words: Words) -> Box:
    wide = width(words.text, NOTE_SIZE)
    left = words.at.x - (wide if words.anchor == "end" else 0)
    return Box(left, words.at.y - NOTE_SIZE, wide, NOTE_SIZE + 4)


def _whiskers(one: Spot, plot: Plot) -> list[Curve]:
    across, up = _ends(one, plot)
    at = plot.at(one.worse, one.better)
    lines = [straight(Position(across[0], at.y), Position(across[1], at.y))] if across else []
    return [*lines, straight(Position(at.x, up[0]), Position(at.x, up[1]))] if up else lines


def _ends(one: Spot, plot: Plot) -> tuple[Ends | None, Ends | None]:
    across = (plot.x(one.worse_ends[0]), plot.x(one.worse_ends[1])) if one.worse_ends else None
    up = (plot.y(one.better_ends[1]), plot.y(one.better_ends[0])) if one.better_ends else None
    return across, up


def _mark(one: Spot, plot: Plot, label: Label | None, forms: tuple[str, ...]) -> Mark:
    at = plot.at(one.worse, one.better)
    across, up = _ends(one, plot)
    words = None
    if label:
        words = Words(forms[label.form], Position(round(label.box.x, 1), round(label.box.bottom - 3, 1)))
    return Mark(_told(one), at, across, up, one.is_clear, words, _leader(at, label.box) if label else None)


def _leader(at: Position, box: Box) -> tuple[Position, Position] | None:
    """A line from the point to a label that stands away from it."""
    nearest = Position(
        round(min(max(at.x, box.x), box.right), 1), round(min(max(at.y, box.y), box.bottom), 1)
    )
    far = max(abs(nearest.x - at.x), abs(nearest.y - at.y)) > 3 * RADIUS
    return (at, nearest) if far else None


def _told(one: Spot) -> str:
    def figure(value: float, ends: Ends | None) -> str:
        return rounded(value, 2) + (f" ({interval(*ends, 2)})" if ends else "")

    places = f"{figure(one.worse, one.worse_ends)} / {figure(one.better, one.better_ends)}"
    return f"{one.number} {printable(one.name)}: {places}, n = {one.n}; {printable(one.said)}"


def _tick(value: float) -> str:
    return rounded(value, 0 if value in (0, 1) else 2 if value * 4 % 2 else 1)
