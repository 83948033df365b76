"""The pictures of where to act: the map of drivers, and segments in their order."""

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from indices.acting.drivers import QUADRANTS, Placed
from indices.acting.ranking import Ranking, Unit
from indices.drawing.driver_map import MapDot, driver_map
from indices.drawing.ranked_chart import RankedUnit, ranked_chart
from indices.models import MapLevel
from indices.numbers import interval, rounded
from scoring.classical.importance_performance import Crosshairs


def map_picture(
    found: Sequence[Placed], lines: Crosshairs | None, level: str, outcome: str
) -> SafeString | str:
    """The drivers, or their questions by number, that have an index; empty where none has."""
    dots = [dot for one in found if (dot := _dot(one, level))]
    if not dots:
        return ""
    corners = tuple(
        str(QUADRANTS[one]) for one in ("concentrate", "keep up", "low priority", "possible overkill")
    )
    return driver_map(
        dots,
        (lines.performance, lines.importance) if lines else None,
        corners,  # type: ignore[arg-type]  # there are four
        _axes(level, outcome),
        _("What moves %s, and how well it does") % outcome,
        "; ".join(dot.said for dot in dots),
    )


def _axes(level: str, outcome: str) -> tuple[str, str]:
    """What runs across and upwards."""
    if level == MapLevel.ITEMS:
        across = _("Performance: its mean, 0 to 100 →")
        return across, _("↑ Importance: its share of the effect on %s") % outcome
    return _("Performance: its index, 0 to 100 →"), _("↑ Importance: its total effect on %s") % outcome


def _dot(one: Placed, level: str) -> MapDot | None:
    point = one.point
    if point.performance is None:
        return None
    reach = interval(point.importance_low, point.importance_high, 2)
    said = _(
        "%(name)s: importance %(importance)s (%(reach)s), performance %(performance)s (%(interval)s)"
    ) % {
        "name": point.name,
        "importance": rounded(point.importance, 2),
        "reach": reach,
        "performance": rounded(point.performance),
        "interval": interval(point.low, point.high),
    }
    number = str(point.number)
    return MapDot(
        number if level == MapLevel.ITEMS else point.name,
        number,
        point.performance,
        point.low,
        point.high,
        point.importance,
        point.importance_low,
        point.importance_high,
        point.is_certain,
        f"{said}: {one.said}",
    )


def ranking_picture(ranking: Ranking, outcome: str) -> SafeString:
    """The segments of a question, the highest first."""
    units = [
        RankedUnit(one.label, one.n, one.value, one.low, one.high, one.is_clear, _said(one))
        for one in ranking.units
    ]
    title = _("%(outcome)s by segment: %(question)s") % {"outcome": outcome, "question": ranking.text}
    said = _("Highest first, each with its interval; the mean of them all is %s.") % rounded(ranking.mean)
    return ranked_chart(units, ranking.mean, title, said)


def _said(unit: Unit) -> str:
    return f"{unit.label}: {rounded(unit.value)} ({interval(unit.low, unit.high)}), n = {unit.n}"
