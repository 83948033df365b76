"""Importance-performance analysis: where to concentrate, and where there may be too much of a good thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.arrays import Floats
from scoring.classical.factorability import is_singular, partial_correlations
from scoring.classical.means import is_constant
from scoring.scale import Scale
from scoring.structural.moments import from_rows

Quadrant = Literal["concentrate", "keep up", "low priority", "possible overkill"]


@dataclass(frozen=True)
class Crosshairs:
    """Where the two lines cross; keep the first period's for the next ones, data-centred lines move."""

    importance: float
    performance: float


def centre(
    importance: ArrayLike, performance: ArrayLike, by: Literal["mean", "median"] = "mean"
) -> Crosshairs:
    """Lines through the grand means or medians of the attributes (Martilla & James 1977, J. Marketing 41:77,
    who place them by judgement)."""
    middle = np.mean if by == "mean" else np.median
    return Crosshairs(float(middle(np.asarray(importance))), float(middle(np.asarray(performance))))


def midpoint(importance: Scale, performance: Scale) -> Crosshairs:
    """Lines through the middle of both scales, which no period moves (Martilla & James 1977)."""
    return Crosshairs(
        (importance.minimum + importance.maximum) / 2, (performance.minimum + performance.maximum) / 2
    )


def quadrants(importance: ArrayLike, performance: ArrayLike, lines: Crosshairs) -> list[Quadrant]:
    """Every attribute's quadrant (Martilla & James 1977, J. Marketing 41:77, fig. 1); on a line counts as
    high."""
    pairs = zip(np.asarray(importance).tolist(), np.asarray(performance).tolist(), strict=True)
    return [_quadrant(i >= lines.importance, p >= lines.performance) for i, p in pairs]


def priority(importance: ArrayLike, performance: ArrayLike) -> NDArray[np.float64]:
    """Importance minus performance on one scale: above 0 lies over the iso-priority diagonal I = P (Slack
    1994, Int. J. Oper. Prod. Manag. 14(5):59; Bacon 2003, Int. J. Market Res. 45:55)."""
    return np.asarray(importance, dtype=np.float64) - np.asarray(performance, dtype=np.float64)


def derived_importance(attributes: Floats, overall: Floats) -> Floats:
    """(k,) partial correlation of every attribute (n, k) with overall satisfaction (n,), given the other
    attributes (Matzler, Sauerwein & Heischmidt 2003, Serv. Ind. J. 23(2):112): stated importance is
    inflated.

    Rows with a missing answer are left out. NaN throughout where an attribute does not vary or follows from
    the others, so that none can be told apart.
    """
    rows = np.column_stack([attributes, overall])
    rows = rows[~np.isnan(rows).any(axis=1)]
    if any(is_constant(column) for column in rows.T):
        return np.full(rows.shape[1] - 1, np.nan)
    correlation = from_rows(rows).correlation
    if is_singular(correlation):
        return np.full(len(correlation) - 1, np.nan)
    return partial_correlations(correlation)[:-1, -1]


def _quadrant(important: bool, good: bool) -> Quadrant:
    if important:
        return "keep up" if good else "concentrate"
    return "possible overkill" if good else "low priority"


def ranked(names: Sequence[str], importance: ArrayLike, performance: ArrayLike) -> list[str]:
    """Names from the most urgent to the least, by `priority`."""
    order = np.argsort(-priority(importance, performance), kind="stable")
    return [names[i] for i in order]
