"""Which item keeps an equality from holding: score tests, without fitting anything again.

Freeing one item's parameter in all groups but the first adds G − 1 directions D to the parameters. With score
s = D'∂log L and V the information, the modification index is s'(V_DD − V_Dθ V_θθ⁻¹ V_θD)⁻¹ s, a χ² on G − 1
degrees of freedom, and the same matrix times s is by how much the freed parameters are expected to change
(Rao 1948, Proc. Camb. Philos. Soc. 44:50; Sörbom 1989, Psychometrika 54:371; Saris, Satorra & Sörbom 1987).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2 as chi_squared

from scoring.arrays import Floats, Ints
from scoring.structural.invariance_fit import Fitted, construct_variances
from scoring.structural.invariance_groups import FIXED, Level, parameter_of
from scoring.structural.invariance_likelihood import Slopes


@dataclass(frozen=True)
class Score:
    """Modification index of freeing an item, its p, and the `shift` expected then: the largest difference
    between two groups, in pooled standard deviations of the item (for a loading: per standard deviation of
    the construct; for a residual variance: a share of the item's variance)."""

    item: int
    index: float
    p: float
    shift: float


def scores(fitted: Fitted, level: Level, items: Sequence[int]) -> list[Score]:
    """Score tests of freeing each of these items at this level, the largest index first."""
    likelihood = fitted.likelihood
    total = sum(one.n for one in likelihood.moments)
    at = likelihood.slopes(fitted.theta)
    inverse = np.linalg.inv(likelihood.collected(at)[1])
    spread = np.sqrt(np.maximum(construct_variances(fitted), 0.0))
    found = []
    for item in items:
        gain, change = _release(fitted, at, inverse, _direction(fitted, level, item))
        p = float(chi_squared.sf(total * gain, len(change)))
        by = spread[_construct(fitted, item)] if level == "metric" else 1.0
        ends = np.concatenate([[0.0], change])
        found.append(Score(item, total * gain, p, float(by * np.ptp(ends))))
    return sorted(found, key=lambda one: (-one.index, one.item))


def _release(fitted: Fitted, at: Slopes, inverse: Floats, direction: Floats) -> tuple[float, Floats]:
    """The index of one case and the expected changes (G − 1,) for a direction (r,) freed in every later
    group."""
    places = fitted.groups.places[1:]
    slope = -0.5 * at.slope[1:] @ direction
    moved = at.information[1:] @ direction
    cross = np.zeros((len(places), len(inverse)))
    for row, where, values in zip(cross, places, moved, strict=True):
        row[where[where != FIXED]] = values[where != FIXED]
    left = np.diag(moved @ direction) - cross @ inverse @ cross.T
    change = np.linalg.lstsq(left, slope, rcond=1e-10)[0]
    return float(slope @ change), change


def _direction(fitted: Fitted, level: Level, item: int) -> Floats:
    """(r,) how a group's parameters move when the item's own does by 1.

    The loading of the item that sets the unit cannot move itself: all others that are held move against it,
    which is the same thing seen from another unit.
    """
    groups = fitted.groups
    direction = np.zeros(groups.places.shape[1])
    at = parameter_of(groups.structure, level)
    if at[item] != FIXED:
        direction[at[item]] = 1.0
        return direction
    own = groups.own(fitted.theta, 0)
    others = _held_with(fitted, item)
    direction[at[others]] = -own[at[others]]
    return direction


def _held_with(fitted: Fitted, item: int) -> Ints:
    to, source = fitted.groups.structure.directed.T
    freed = fitted.groups.freedom.freed("metric")
    mine = source == fitted.groups.structure.items + _construct(fitted, item)
    return np.array([i for i in to[mine] if i not in freed], dtype=np.intp)


def _construct(fitted: Fitted, item: int) -> int:
    structure = fitted.groups.structure
    pairs = np.vstack([structure.directed, structure.markers])
    return int(pairs[pairs[:, 0] == item, 1][0]) - structure.items
