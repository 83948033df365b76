"""Which constructs can be compared, where not all can: one that is measured differently is left out, and the
others are tested without it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scoring.structural import invariance
from scoring.structural.invariance_groups import Level
from scoring.structural.invariance_result import Criteria, Invariance
from scoring.structural.issues import Issue
from scoring.structural.model import StructuralModel
from scoring.structural.moments import Moments


@dataclass(frozen=True)
class Lost:
    """A construct that cannot be compared from this level on, and the sentence that says so."""

    construct: str
    level: Level
    issue: Issue


@dataclass(frozen=True)
class ByConstruct:
    """The test of the constructs that are left, and those that are not; none are where the others cannot be
    compared either, and the test is that of them all."""

    invariance: Invariance
    lost: tuple[Lost, ...] = ()


def test(model: StructuralModel, groups: Sequence[Moments], criteria: Criteria | None = None) -> ByConstruct:
    """Test up to the scalar level, leaving out up to half of the constructs, one at a time."""
    first = found = invariance.test(model, groups, criteria, "scalar")
    lost: list[Lost] = []
    left = model.measurement()
    while (blamed := _blamed(found)) and 2 * (len(lost) + 1) <= len(model.constructs):
        lost.append(blamed)
        left, groups = _without(left, groups, blamed.construct)
        found = invariance.test(left, groups, criteria, "scalar")
    return ByConstruct(found, tuple(lost)) if found.verdict == "scalar" else ByConstruct(first)


def _blamed(found: Invariance) -> Lost | None:
    """The construct that kept the last level from holding."""
    if not found.levels or found.levels[-1].status != "fails":
        return None
    said = next((one for one in found.issues if one.code == "too_few_alike"), None)
    return Lost(said.params["construct"], found.levels[-1].level, said) if said else None


def _without(
    model: StructuralModel, groups: Sequence[Moments], construct: str
) -> tuple[StructuralModel, list[Moments]]:
    kept = tuple(one for one in model.constructs if one.name != construct)
    items = {item for one in kept for item in one.items}
    places = np.array([place for place, item in enumerate(model.items) if item in items])
    pairs = tuple(pair for pair in model.residual_covariances if set(pair) <= items)
    smaller = replace(model, constructs=kept, residual_covariances=pairs)
    return smaller, [
        Moments(one.n, one.mean[places], one.covariance[np.ix_(places, places)]) for one in groups
    ]
