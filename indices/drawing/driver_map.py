"""Drivers by performance (across) and importance (upwards), each with its interval both ways."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from indices.drawing.axes import gridlines, tens
from indices.drawing.geometry import Box, Position
from indices.drawing.identity import identity
from indices.drawing.lettering import printable, shortened, width
from indices.numbers import rounded

LABEL_SIZE, NOTE_SIZE = 13.0, 12.0  # px
LEFT, RIGHT, TOP, BOTTOM = 46.0, 16.0, 30.0, 46.0  # room beside the plot for the scales and their names
DOT = 5.5  # px, radius
CORNER = 8.0  # px between a quadrant's name and the corner it stands in
WIDEST_LABEL = 170.0
LEAST_NAME = 40.0  # px; a quadrant with less room has no name
LINE = 18.0  # px, the height of a label
AWAY = (12.0, 20.0, 32.0, 48.0, 70.0)  # px from a dot to its label, the nearest first
TURNS = 16  # directions in which a place for a label is looked for
NEAR = 2 * TURNS  # places; a whisker is avoided among so many of the nearest
BESIDE = 11.0  # px; a label farther from its dot is led to by a line
TENS = (0.05, 0.1, 0.2, 0.5)  # what may stand for a ten on the importance scale
MOST_TENS = 6
APART = 3.0  # px between labels


def _off_the_whiskers(direction: tuple[float, float]) -> tuple[float, bool, float]:
    """Between the whiskers first, above and to the right before below and to the left."""
    dx, dy = direction
    return round(abs(abs(dx) - 0.85), 9), dy > 0, -dx


DIRECTIONS = sorted(
    ((math.cos(turn), math.sin(turn)) for turn in (2 * math.pi * step / TURNS for step in range(TURNS))),
    key=_off_the_whiskers,
)


@dataclass(frozen=True)
class MapDot:
    """A point of the map: `performance` on 0..100 and `importance`, each with the ends of its interval.

    Drawn hollow where it is not `certain`. `short` stands beside the dot where `label` has no room.
    """

    label: str
    short: str
    performance: float
    low: float | None
    high: float | None
    importance: float
    importance_low: float | None
    importance_high: float | None
    certain: bool
    said: str


@dataclass(frozen=True)
class Words:
    text: str
    x: float
    y: float
    anchor: str = "start"
    line: float = 0.0  # where its grid line is drawn, if it has one


@dataclass(frozen=True)
class Frame:
    """The plot within its drawing, and the two scales it shows."""

    width: float
    height: float
    across: tuple[float, float]
    upwards: tuple[float, float]

    @property
    def right(self) -> float:
        return self.width - RIGHT

    @property
    def bottom(self) -> float:
        return self.height - BOTTOM

    def x(self, value: float) -> float:
        return round(LEFT + _share(value, self.across) * (self.right - LEFT), 1)

    def y(self, value: float) -> float:
        return round(self.bottom - _share(value, self.upwards) * (self.bottom - TOP), 1)


@dataclass(frozen=True)
class Mark:
    """A dot as drawn, with its whiskers and its label, which may be empty."""

    centre: Position
    across: tuple[float, float] | None
    upwards: tuple[float, float] | None
    certain: bool
    said: str
    label: Words | None
    leader: str


@dataclass(frozen=True)
class Drawing:
    id: str
    frame: Frame
    across: tuple[Words, ...]
    upwards: tuple[Words, ...]
    cross: Position | None
    corners: tuple[Words, ...]
    marks: tuple[Mark, ...]
    axes: tuple[Words, ...]

    @property
    def first(self) -> Box | None:
        """The quadrant to act in: important, and low."""
        if self.cross is None:
            return None
        return Box(LEFT, TOP, round(self.cross.x - LEFT, 1), round(self.cross.y - TOP, 1))


def driver_map(
    dots: Sequence[MapDot],
    cross: tuple[float, float] | None,
    corners: tuple[str, str, str, str],
    axes: tuple[str, str],
    title: str,
    description: str,
) -> SafeString:
    """Drawn for a wide and for a narrow column.

    `cross` is where the lines meet (performance, importance). `corners` name the quadrants: left and right
    above, left and right below; `axes` what runs across and upwards.
    """
    title, description = printable(title), printable(description)
    name = identity("map", dots, cross, corners, axes, title, description)
    given = dots, cross, tuple(printable(one) for one in corners), tuple(printable(one) for one in axes)
    context = {
        "title": title,
        "description": description,
        "wide": _drawing(f"{name}-wide", 760, 470, *given),
        "middle": _drawing(f"{name}-middle", 520, 430, *given),
        "tall": _drawing(f"{name}-tall", 320, 400, *given),
        "left": LEFT,
        "top": TOP,
        "dot": DOT,
        "sizes": {"label": LABEL_SIZE, "note": NOTE_SIZE},
        "some_uncertain": any(not one.certain for one in dots),
    }
    return render_to_string("indices/svg/driver_map.html", context)


def _share(value: float, ends: tuple[float, float]) -> float:
    return (min(max(value, ends[0]), ends[1]) - ends[0]) / (ends[1] - ends[0])


def _drawing(
    name: str,
    across: float,
    height: float,
    dots: Sequence[MapDot],
    cross: tuple[float, float] | None,
    corners: Sequence[str],
    axes: Sequence[str],
) -> Drawing:
    sides, ten = _scales(dots, cross)
    frame = Frame(across, height, *sides)
    at = Position(frame.x(cross[0]), frame.y(cross[1])) if cross else None
    names = _corners(corners, frame, at) if at else ()
    return Drawing(
        id=name,
        frame=frame,
        across=tuple(
            Words(rounded(v, 0), frame.x(v), frame.bottom + 17, "middle") for v in gridlines(*frame.across)
        ),
        upwards=tuple(
            Words(rounded(v, 2), LEFT - 7, frame.y(v) + 4, "end", line=frame.y(v))
            for v in gridlines(*frame.upwards, ten)
        ),
        cross=at,
        corners=names,
        marks=_marks(dots, frame, [_box(one, NOTE_SIZE) for one in names]),
        axes=(
            Words(shortened(axes[0], frame.right - LEFT, NOTE_SIZE), frame.right, height - 8, "end"),
            Words(shortened(axes[1], frame.width - 8, NOTE_SIZE), 4, 14),
        ),
    )


def _scales(
    dots: Sequence[MapDot], cross: tuple[float, float] | None
) -> tuple[tuple[tuple[float, float], tuple[float, float]], float]:
    """The ends of both scales, and what stands for a ten on the importance scale."""
    across = [v for one in dots for v in (one.performance, one.low, one.high) if v is not None]
    upwards = [
        v for one in dots for v in (one.importance, one.importance_low, one.importance_high) if v is not None
    ]
    if cross:
        across, upwards = [*across, cross[0]], [*upwards, cross[1]]
    most = max((abs(v) for v in upwards), default=1.0)
    ten = next((one for one in TENS if most <= MOST_TENS * one), 1.0)
    reach = max(1.0, math.ceil(most / ten) * ten)
    least = -reach if min(upwards, default=0.0) < 0 else 0.0
    return (tens(across), tens([*upwards, 0.0], least, reach, ten)), ten


def _corners(names: Sequence[str], frame: Frame, cross: Position) -> tuple[Words, ...]:
    """The quadrants' names, each in its corner of the plot, of those that are large enough to hold theirs."""
    above, below = TOP + CORNER + NOTE_SIZE, frame.bottom - CORNER
    left, right = LEFT + CORNER, frame.right - CORNER
    places = ((left, above, "start"), (right, above, "end"), (left, below, "start"), (right, below, "end"))
    found = []
    for name, (x, y, anchor) in zip(names, places, strict=True):
        room = (cross.x - x if anchor == "start" else x - cross.x) - CORNER
        height = cross.y - TOP if y == above else frame.bottom - cross.y
        if room >= LEAST_NAME and height >= 3 * NOTE_SIZE:
            found.append(Words(shortened(name, room, NOTE_SIZE), x, y, anchor))
    return tuple(found)


def _box(words: Words, size: float) -> Box:
    """What the words cover; their y is the line that they stand on."""
    across = width(words.text, size)
    left = {"start": words.x, "middle": words.x - across / 2, "end": words.x - across}[words.anchor]
    return Box(left, words.y - size, across, size * 1.3)


def _marks(dots: Sequence[MapDot], frame: Frame, taken: list[Box]) -> tuple[Mark, ...]:
    """Dots first, as they cannot move; then the labels, in the order of the dots, where there is room."""
    centres = [Position(frame.x(one.performance), frame.y(one.importance)) for one in dots]
    around = [Box.around(centre, 2 * DOT + 4, 2 * DOT + 4) for centre in centres]
    taken, lines = [*taken, *around], list(_whiskers(dots, centres, frame))
    marks = []
    for one, centre in zip(dots, centres, strict=True):
        label, box = _label(one, centre, frame, taken, lines)
        if box:
            taken.append(box)
        marks.append(
            Mark(
                centre=centre,
                across=None if one.low is None or one.high is None else (frame.x(one.low), frame.x(one.high)),
                upwards=None
                if one.importance_low is None or one.importance_high is None
                else (frame.y(one.importance_high), frame.y(one.importance_low)),
                certain=one.certain,
                said=printable(one.said),
                label=label,
                leader=_leader(centre, box) if box else "",
            )
        )
    return tuple(marks)


def _whiskers(dots: Sequence[MapDot], centres: Sequence[Position], frame: Frame) -> Iterator[Box]:
    """What the lines through the dots cover."""
    for one, centre in zip(dots, centres, strict=True):
        if one.low is not None and one.high is not None:
            left = frame.x(one.low)
            yield Box(left, centre.y - 1, frame.x(one.high) - left, 2)
        if one.importance_low is not None and one.importance_high is not None:
            top = frame.y(one.importance_high)
            yield Box(centre.x - 1, top, 2, frame.y(one.importance_low) - top)


def _label(
    dot: MapDot, centre: Position, frame: Frame, taken: Sequence[Box], lines: Sequence[Box]
) -> tuple[Words | None, Box | None]:
    """The whole label at the nearest free place, on a line only where it must be; its short form where there
    is no place; else nothing."""
    for text in dict.fromkeys((dot.label, dot.short)):
        shown = shortened(printable(text), WIDEST_LABEL, LABEL_SIZE)
        box = _free(_places(centre, width(shown, LABEL_SIZE), frame), taken, lines) if shown else None
        if box:
            return Words(shown, round(box.x, 1), round(box.y + LABEL_SIZE, 1)), box
    return None, None


def _free(places: Iterator[Box], taken: Sequence[Box], lines: Sequence[Box]) -> Box | None:
    """The first place that is free and off the lines, if it is among the nearest; else the first free one."""
    first: Box | None = None
    for count, box in enumerate(places):
        if first and count >= NEAR:
            break
        if any(box.overlaps(other, APART) for other in taken):
            continue
        if not any(box.overlaps(line) for line in lines):
            return box
        first = first or box
    return first


def _places(centre: Position, across: float, frame: Frame) -> Iterator[Box]:
    """Boxes around a dot within the plot, the nearest first, and of those the ones beside it."""
    inside = Box(LEFT + 1, TOP + 1, frame.right - LEFT - 2, frame.bottom - TOP - 2)
    for away in AWAY:
        for dx, dy in DIRECTIONS:
            box = Box.around(
                Position(
                    centre.x + dx * away + _sign(dx) * across / 2,
                    centre.y + dy * (away + LINE / 2),
                ),
                across,
                LINE,
            )
            across_fits = inside.x <= box.x and box.right <= inside.right
            if across_fits and inside.y <= box.y and box.bottom <= inside.bottom:
                yield box


def _sign(share: float) -> float:
    """Whether a label begins or ends at its dot, or stands over its middle."""
    return 0.0 if abs(share) < 0.1 else math.copysign(1.0, share)


def _leader(centre: Position, box: Box) -> str:
    """A line from a dot to a label that does not stand beside it."""
    x = min(max(centre.x, box.x), box.right)
    y = min(max(centre.y, box.y), box.bottom)
    if math.hypot(x - centre.x, y - centre.y) <= DOT + BESIDE:
        return ""
    return f"M{centre.x},{centre.y}L{round(x, 1)},{round(y, 1)}"
