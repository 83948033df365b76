"""A measurement model in several groups at once: which parameters the groups share.

In group g the items have covariance Σ = Λ Φ Λ' + Θ and means μ = ν + Λ κ (Jöreskog 1971, Psychometrika
36:409; Sörbom 1974, BJMSP 27:229). A group's parameters are (free loadings; variances and covariances;
intercepts ν (p,); latent means κ (m,)). κ is 0 in the first group, and in all groups where the intercepts are
their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from scoring.arrays import Bools, Floats, Ints
from scoring.structural.model import StructuralModel
from scoring.structural.ram import Structure, specify

Level = Literal["configural", "metric", "scalar", "strict"]
LEVELS: tuple[Level, ...] = get_args(Level)
FIXED = -1  # in `places`: not estimated, 0


@dataclass(frozen=True)
class Freedom:
    """A level, and the items that keep values of their own in spite of it: pairs (level that asked, item).

    An item whose loading is free is not asked for an equal intercept or residual variance either, one whose
    intercept is free not for an equal residual variance (Byrne, Shavelson & Muthén 1989, Psychol. Bull.
    105:456).
    """

    level: Level
    moved: tuple[tuple[Level, int], ...] = ()

    def asks(self, level: Level) -> bool:
        """Whether the parameters that `level` is about are equal here."""
        return LEVELS.index(level) <= LEVELS.index(self.level)

    def freed(self, level: Level) -> set[int]:
        """Items whose parameter that `level` is about may differ between groups."""
        return {item for asked, item in self.moved if LEVELS.index(asked) <= LEVELS.index(level)}


@dataclass(frozen=True)
class Groups:
    """`places` (G, r): where each parameter of each group stands among those estimated, or `FIXED`."""

    structure: Structure
    freedom: Freedom
    places: Ints

    @property
    def parameters(self) -> int:
        """Number of parameters estimated over all groups, q."""
        return int(self.places.max()) + 1

    def own(self, theta: Floats, group: int) -> Floats:
        """(r,) the parameters of one group from all (q,)."""
        places = self.places[group]
        return np.where(places == FIXED, 0.0, theta[places])

    def gather(self, own: Sequence[Floats]) -> Floats:
        """(q,) from the parameters of every group; shared ones are taken from the first."""
        theta = np.zeros(self.parameters)
        for places, values in zip(self.places[::-1], own[::-1], strict=True):
            theta[places[places != FIXED]] = values[places != FIXED]
        return theta


def arrange(model: StructuralModel, groups: int, freedom: Freedom) -> Groups:
    """Places of all parameters for a model without paths, fitted to a number of groups."""
    structure = _structure(model, freedom.freed("metric"))
    shared, fixed = _shared(structure, freedom), np.zeros(_size(structure), dtype=bool)
    latent = slice(len(fixed) - structure.constructs, None)
    places = np.empty((groups, len(fixed)), dtype=np.intp)
    taken = 0
    for g in range(groups):
        fixed[latent] = g == 0 or not freedom.asks("scalar")
        fresh = ~fixed & (~shared | (g == 0))
        places[g] = np.where(shared, places[0], FIXED)
        places[g, fresh] = taken + np.arange(fresh.sum())
        taken += int(fresh.sum())
    return Groups(structure, freedom, places)


def markers(model: StructuralModel, freed: set[int]) -> list[int]:
    """The item of each construct that sets its unit: the first whose loading is held equal."""
    return [next((i for i in block if i not in freed), block[0]) for block in model.blocks]


def _structure(model: StructuralModel, freed: set[int]) -> Structure:
    p, plain = len(model.items), specify(model)
    chosen = markers(model, freed)
    loadings = [(i, p + j) for j, block in enumerate(model.blocks) for i in block if i != chosen[j]]
    ones = [(i, p + j) for j, i in enumerate(chosen)]
    pairs = [np.array(one, dtype=np.intp).reshape(-1, 2) for one in (loadings, ones)]
    return replace(plain, directed=pairs[0], markers=pairs[1])


def _size(structure: Structure) -> int:
    return structure.parameters + structure.items + structure.constructs


def parameter_of(structure: Structure, level: Level) -> Ints:
    """(p,) where the parameter of every item that `level` is about stands in a group's own; `FIXED` if
    nowhere."""
    found = np.full(structure.items, FIXED, dtype=np.intp)
    if level == "metric":
        found[structure.directed[:, 0]] = np.arange(len(structure.directed))
    if level == "scalar":
        found[:] = structure.parameters + np.arange(structure.items)
    if level == "strict":
        a, b = structure.symmetric.T
        residual = np.flatnonzero((a == b) & (a < structure.items))
        found[a[residual]] = len(structure.directed) + residual
    return found


def _shared(structure: Structure, freedom: Freedom) -> Bools:
    shared = np.zeros(_size(structure), dtype=bool)
    for level in LEVELS[1:]:
        if freedom.asks(level):
            at = parameter_of(structure, level)
            held = [i for i in range(structure.items) if at[i] != FIXED and i not in freedom.freed(level)]
            shared[at[held]] = True
    return shared
