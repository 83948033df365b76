"""Positions, boxes and curves in the pixels of a viewBox: x to the right, y downwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Position(NamedTuple):
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, by its left upper corner."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def around(cls, centre: Position, width: float, height: float) -> "Box":
        return cls(centre.x - width / 2, centre.y - height / 2, width, height)

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> Position:
        return Position(self.x + self.width / 2, self.y + self.height / 2)

    def overlaps(self, other: "Box", clearance: float = 0) -> bool:
        return (
            self.x - clearance < other.right
            and other.x - clearance < self.right
            and self.y - clearance < other.bottom
            and other.y - clearance < self.bottom
        )

    def contains(self, position: Position, clearance: float = 0) -> bool:
        across = self.x - clearance < position.x < self.right + clearance
        return across and self.y - clearance < position.y < self.bottom + clearance

    def moved(self, dx: float, dy: float) -> "Box":
        return Box(round(self.x + dx, 1), round(self.y + dy, 1), self.width, self.height)


@dataclass(frozen=True, slots=True)
class Curve:
    """A cubic Bézier segment."""

    start: Position
    lead: Position
    follow: Position
    end: Position

    def at(self, t: float) -> Position:
        s = 1 - t
        a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        return Position(
            a * self.start.x + b * self.lead.x + c * self.follow.x + d * self.end.x,
            a * self.start.y + b * self.lead.y + c * self.follow.y + d * self.end.y,
        )

    def moved(self, dx: float, dy: float) -> "Curve":
        return Curve(*(shifted(c, dx, dy) for c in (self.start, self.lead, self.follow, self.end)))


def shifted(position: Position, dx: float, dy: float) -> Position:
    return Position(round(position.x + dx, 1), round(position.y + dy, 1))


def sampled(curves: Sequence[Curve], step: float) -> Iterator[Position]:
    """Positions along the curves, about `step` apart."""
    for curve in curves:
        length = abs(curve.end.x - curve.start.x) + abs(curve.end.y - curve.start.y)
        count = max(2, round(length / step))
        yield from (curve.at(i / count) for i in range(count))
    if curves:
        yield curves[-1].end


def written(number: float) -> str:
    """A coordinate as SVG wants it, whatever the reader's language: a point, no needless digits."""
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def path_data(curves: Sequence[Curve]) -> str:
    """The `d` of a path through curves that join."""
    if not curves:
        return ""
    parts = [f"M{_pair(curves[0].start)}"]
    for curve in curves:
        straight = curve.start.x == curve.end.x or curve.start.y == curve.end.y
        parts.append(
            f"L{_pair(curve.end)}"
            if straight
            else f"C{_pair(curve.lead)} {_pair(curve.follow)} {_pair(curve.end)}"
        )
    return "".join(parts)


def line_data(positions: Sequence[Position], closed: bool = False) -> str:
    """The `d` of a broken line, or of the area it encloses."""
    if not positions:
        return ""
    return "M" + "L".join(_pair(p) for p in positions) + ("Z" if closed else "")


def _pair(position: Position) -> str:
    return f"{written(position.x)},{written(position.y)}"
