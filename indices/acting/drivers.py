"""Drivers by their importance and their performance, down to single questions, from what a run stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indices import wording
from indices.models import MapLevel
from indices.report.structural import Driver, Report
from scoring.classical.importance_performance import Crosshairs, Quadrant, centre, quadrants
from surveys.models.survey import Estimator

QUADRANTS: Mapping[Quadrant, Any] = {
    "concentrate": gettext_lazy("act here first"),
    "keep up": gettext_lazy("keep it up"),
    "low priority": gettext_lazy("can wait"),
    "possible overkill": gettext_lazy("perhaps more than is needed"),
}


@dataclass(frozen=True)
class MapPoint:
    """A driver, or one of its questions, with its intervals; `performance` None where it has none.

    `importance` is the standardised total effect of the driver, of a question its share by its weight in the
    driver's index. `owner` is the driver that a question belongs to. `n` is None where it was not stored.
    """

    number: int
    code: str
    name: str
    owner: str
    importance: float
    importance_low: float | None
    importance_high: float | None
    performance: float | None
    low: float | None
    high: float | None
    n: int | None

    @property
    def is_certain(self) -> bool:
        """The interval of the effect leaves out zero."""
        if self.importance_low is None or self.importance_high is None:
            return False
        return self.importance_low > 0 or self.importance_high < 0


@dataclass(frozen=True)
class Placed:
    """A point with the quadrant that it lies in, and what that is called."""

    point: MapPoint
    quadrant: Quadrant | None = None
    is_close: bool = False  # one of its intervals crosses a line

    @property
    def said(self) -> str:
        """Its quadrant in words, and how sure that is."""
        if self.quadrant is None:
            return "–"
        name = str(QUADRANTS[self.quadrant])
        if not self.point.is_certain:
            return _("%s – if it matters at all") % name
        return _("%s – close to a line") % name if self.is_close else name


def points(report: Report, outcome: str, level: str) -> list[MapPoint]:
    """The drivers of `outcome`, or all their questions, the most important first."""
    drivers = report.drivers(outcome)
    found = _of_items(report, drivers) if level == MapLevel.ITEMS else [_of_driver(one) for one in drivers]
    ordered = sorted(found, key=lambda row: -abs(row["importance"]))
    return [MapPoint(number=place, **row) for place, row in enumerate(ordered, start=1)]


def _of_driver(driver: Driver) -> dict[str, Any]:
    figure = driver.figure
    return {
        "code": driver.code,
        "name": driver.name,
        "owner": "",
        "importance": driver.effect,
        "importance_low": driver.low,
        "importance_high": driver.high,
        "performance": figure.value if figure else None,
        "low": figure.low if figure else None,
        "high": figure.high if figure else None,
        "n": figure.n if figure else 0,
    }


def _of_items(report: Report, drivers: Sequence[Driver]) -> list[dict[str, Any]]:
    """The weight counts as known: a question's interval of importance is its driver's times the weight."""
    means = item_means(report)
    by_code = {one.code: one for one in drivers}
    rows = []
    for row in report.result(report.drivers_from)["weights"]:
        driver, weight = by_code.get(row["construct"]), row["weight"]
        if driver is None or weight is None:
            continue
        mean = means.get(row["item"], {})
        if mean.get("is_small"):
            continue
        low, high = (None if end is None else end * weight for end in (driver.low, driver.high))
        rows.append(
            {
                "code": row["item"],
                "name": report.item_texts.get(row["item"], row["item"]),
                "owner": driver.name,
                "importance": driver.effect * weight,
                "importance_low": low if weight >= 0 else high,
                "importance_high": high if weight >= 0 else low,
                "performance": mean.get("mean"),
                "low": mean.get("low"),
                "high": mean.get("high"),
                "n": mean.get("n"),
            }
        )
    return rows


def left_out(report: Report) -> str:
    """The questions that a map has not, since few answered them, in a sentence; empty if there are none."""
    few = [
        report.item_texts.get(code, code) for code, one in item_means(report).items() if one.get("is_small")
    ]
    if not few:
        return ""
    said = _("Left out, with fewer than %(least)s answers: %(questions)s.")
    least = report.stored.run.survey.least_told
    return said % {"least": least, "questions": "; ".join(f"“{one}”" for one in few)}


def item_means(report: Report) -> dict[str, dict[str, Any]]:
    """The means of the questions, which are the same by either estimator; none of runs that were stored
    before they were kept."""
    for estimator in (report.drivers_from, report.headline_by, Estimator.ML, Estimator.PLS):
        result = report.result(estimator)
        if result.get("items"):
            return {row["item"]: row for row in result["items"]}
    return {}


def middle(found: Sequence[MapPoint]) -> Crosshairs | None:
    """Lines through the means of what can be placed; None where nothing can."""
    pairs = _pairs(found)
    return centre([i for _code, i, _p in pairs], [p for _code, _i, p in pairs]) if pairs else None


def placed(found: Sequence[MapPoint], lines: Crosshairs | None) -> list[Placed]:
    """Each point with its quadrant."""
    if lines is None:
        return [Placed(one) for one in found]
    pairs = _pairs(found)
    names = quadrants([i for _code, i, _p in pairs], [p for _code, _i, p in pairs], lines)
    by_code = {code: name for (code, _i, _p), name in zip(pairs, names, strict=True)}
    return [Placed(one, by_code.get(one.code), _is_close(one, lines)) for one in found]


def _is_close(point: MapPoint, lines: Crosshairs) -> bool:
    across = _holds(point.low, point.high, lines.performance)
    return across or _holds(point.importance_low, point.importance_high, lines.importance)


def _holds(low: float | None, high: float | None, value: float) -> bool:
    return low is not None and high is not None and low <= value <= high


def _pairs(found: Sequence[MapPoint]) -> list[tuple[str, float, float]]:
    """Code, importance and performance of what has both."""
    return [(one.code, one.importance, one.performance) for one in found if one.performance is not None]


def not_told_apart(report: Report) -> str:
    """Where the effects shown cannot tell the drivers of something apart, in a sentence."""
    separable = report.result(report.drivers_from).get("separable", {})
    mixed = [report.names.get(one, one) for one, fine in separable.items() if not fine]
    if not mixed:
        return ""
    template = wording.ISSUES["not_separable"]
    return str(template) % {"construct": get_text_list(mixed, _("and"))}
