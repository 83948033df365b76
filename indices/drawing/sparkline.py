"""One index over a few periods, small enough for a card: its line, its intervals, and where it breaks off."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from indices.drawing.geometry import Position, line_data
from indices.drawing.identity import identity
from indices.drawing.lettering import printable
from indices.drawing.series_chart import Point, runs_of, told

WIDTH, HEIGHT = 240.0, 56.0
INSET = 6.0  # so that the last dot stays within


@dataclass(frozen=True)
class Plane:
    """Where a period and a value are drawn."""

    count: int
    low: float
    high: float

    def x(self, i: float) -> float:
        return round(INSET + i * (WIDTH - 2 * INSET) / max(1, self.count - 1), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - INSET - share * (HEIGHT - 2 * INSET), 1)

    def at(self, i: int, value: float | None) -> Position:
        return Position(self.x(i), self.y(value or 0.0))


def sparkline(points: Sequence[Point], title: str, span: float) -> SafeString:
    """`span` is the least difference, in units of the values, that the height stands for.

    A period without a value leaves a gap; no line leads to one that cannot be compared with that before.
    """
    plane = _plane(points, span)
    runs = list(runs_of(points))
    banded = [run for run in runs_of(points, bands=True) if len(run) > 1]
    drawn = [i for run in runs for i in run]
    context = {
        "width": WIDTH,
        "height": HEIGHT,
        "id": identity("sparkline", title, points),
        "title": printable(title),
        "description": _description(points),
        "bands": [_band(points, run, plane) for run in banded],
        "lines": [line_data([plane.at(i, points[i].value) for i in run]) for run in runs if len(run) > 1],
        "alone": [plane.at(run[0], points[run[0]].value) for run in runs if len(run) == 1],
        "breaks": [plane.x(i - 0.5) for i in drawn if i and points[i].broken],
        "last": plane.at(drawn[-1], points[drawn[-1]].value) if drawn else None,
    }
    return render_to_string("indices/svg/sparkline.svg", context)


def _plane(points: Sequence[Point], span: float) -> Plane:
    """The values and their intervals in the middle of the height."""
    ends = [end for point in points for end in (point.value, point.low, point.high) if end is not None]
    low, high = min(ends, default=0.0), max(ends, default=0.0)
    spare = max(span - (high - low), 0.0) / 2
    return Plane(len(points), low - spare, high + spare)


def _band(points: Sequence[Point], run: Sequence[int], plane: Plane) -> str:
    upper = [plane.at(i, points[i].high) for i in run]
    lower = [plane.at(i, points[i].low) for i in run]
    return line_data([*upper, *reversed(lower)], closed=True)


def _description(points: Sequence[Point]) -> str:
    """Each period's figure; and where the line breaks off."""
    shown = [told(point) for point in points if point.value is not None]
    breaks = [printable(point.label) for point in points if point.broken and point.value is not None]
    if breaks:
        shown.append(_("Not comparable with the period before: %s") % ", ".join(breaks))
    return "; ".join(shown)
