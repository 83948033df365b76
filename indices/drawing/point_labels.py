"""Where the labels of points stand: off every point and every other label, and as near as can be.

Every point first gets the smallest form of its label, such as its number; then, where there is room near,
a fuller one. A label for which nothing is free is left out: better none than two that cover each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin

from indices.drawing.geometry import Box, Curve, Position, sampled
from indices.drawing.label_spots import Grid

DIRECTIONS = 16
TURNS = [(cos(2 * pi * k / DIRECTIONS), sin(2 * pi * k / DIRECTIONS)) for k in range(DIRECTIONS)]
DISTANCES = (0.0, 4.0, 8.0, 14.0, 22.0, 32.0, 44.0, 60.0)  # px between a point and its label
CLOSE = 32.0  # px; a fuller form is no further away
APART = 3.0  # px between labels
ROUNDS = 2  # so that who chose early may still make use of what the others left
# What a spot costs: each sampled position of a line under it, each px from its point, of the directions those
# that are not to the right, as read, and to be nearer to another point than to its own.
ON_LINE, AWAY, NOT_RIGHT, ASTRAY = 3.0, 1.0, 1.5, 40.0
STEP = 4.0  # px between the sampled positions of a line


@dataclass(frozen=True)
class Labelled:
    """A point with its radius and the sizes that its label may have, the smallest first, in px."""

    at: Position
    radius: float
    sizes: tuple[tuple[float, float], ...]

    @property
    def dot(self) -> Box:
        return Box.around(self.at, 2 * self.radius, 2 * self.radius)


@dataclass(frozen=True)
class Label:
    """The box of a label, and which of its sizes it has."""

    box: Box
    form: int


def point_labels(
    points: Sequence[Labelled], within: Box, taken: Sequence[Box], lines: Sequence[Curve]
) -> list[Label | None]:
    """A label for each point, or None: within the box, off what is `taken`, off all points and labels, and
    off the straight `lines` where it can be."""
    grid = _sampled(lines)
    dots = [one.dot for one in points]
    found: list[Label | None] = [None] * len(points)
    turn = _most_hemmed_in(points, within, [*taken, *dots])
    forms = range(max((len(one.sizes) for one in points), default=0))
    for form, i in ((form, i) for form in forms for _round in range(ROUNDS) for i in turn):
        if form and (found[i] is None or form >= len(points[i].sizes)):
            continue
        labels = [one.box for k, one in enumerate(found) if one and k != i]
        others = [one.at for k, one in enumerate(points) if k != i]
        field = Field(within, [*taken, *dots, *labels], others, grid, close=form > 0)
        box = field.best(points[i], points[i].sizes[form])
        found[i] = Label(box, form) if box else found[i]
    return found


def _most_hemmed_in(points: Sequence[Labelled], within: Box, taken: Sequence[Box]) -> list[int]:
    """The order in which points choose: first those with the fewest free spots near by."""

    def free(i: int) -> int:
        near = _around(taken, points[i], points[i].sizes[0])
        spots = (one for away in DISTANCES[:3] for one in _ring(points[i], points[i].sizes[0], away))
        return sum(_is_free(box, within, near) for box, _cost in spots)

    return sorted(range(len(points)), key=lambda i: (free(i), i))


@dataclass(frozen=True)
class Field:
    """What surrounds a label that looks for its spot; `close`: no spot far away or astray will do."""

    within: Box
    taken: Sequence[Box]
    others: Sequence[Position]
    lines: Grid
    close: bool

    def best(self, point: Labelled, size: tuple[float, float]) -> Box | None:
        """The free spot that costs least; None where there is none. Looked for from near to far, until what
        is found costs no more than the distance alone would further on."""
        near = _around(self.taken, point, size)
        found, least = None, ASTRAY if self.close else float("inf")
        for away in DISTANCES:
            if AWAY * away >= least or (self.close and away > CLOSE):
                break
            for box, cost in _ring(point, size, away):
                if cost < least and _is_free(box, self.within, near):
                    cost += self._cost(point, box)
                    found, least = (box, cost) if cost < least else (found, least)
        return found

    def _cost(self, point: Labelled, box: Box) -> float:
        own = _away(box, point.at)
        is_astray = any(_away(box, other) <= own for other in self.others)
        return ON_LINE * sum(1 for _ in self.lines.within(box)) + ASTRAY * is_astray


def _around(taken: Sequence[Box], point: Labelled, size: tuple[float, float]) -> list[Box]:
    """Those that a label of this size could meet at any distance."""
    reach = 2 * (point.radius + 2 * APART + DISTANCES[-1])
    field = Box.around(point.at, reach + 2 * size[0], reach + 2 * size[1])
    return [one for one in taken if field.overlaps(one)]


def _ring(point: Labelled, size: tuple[float, float], away: float) -> Iterator[tuple[Box, float]]:
    """Boxes round the point at a distance, with what that and their direction cost."""
    wide, high = size
    reach = point.radius + APART + away
    for across, down in TURNS:
        centre = Position(point.at.x + across * (reach + wide / 2), point.at.y + down * (reach + high / 2))
        yield Box.around(centre, wide, high), AWAY * away + NOT_RIGHT * (1 - across)


def _away(box: Box, at: Position) -> float:
    """How far a position is from the box; 0 within."""
    return hypot(max(box.x - at.x, at.x - box.right, 0), max(box.y - at.y, at.y - box.bottom, 0))


def _is_free(box: Box, within: Box, taken: Sequence[Box]) -> bool:
    across = within.x <= box.x and box.right <= within.right
    inside = across and within.y <= box.y and box.bottom <= within.bottom
    return inside and not any(box.overlaps(one, APART) for one in taken)


def straight(start: Position, end: Position) -> Curve:
    """A line as a curve."""
    return Curve(start, start, end, end)


def _sampled(lines: Sequence[Curve]) -> Grid:
    grid = Grid()
    for owner, line in enumerate(lines):
        for position in sampled([line], STEP):
            grid.add(owner, position)
    return grid
