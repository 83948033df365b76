"""A structural model in matrix form: the reticular action model (McArdle & McDonald 1984, BJMSP 37:234).

The variables are v = (items, constructs). A holds every directed effect (loadings and paths), S every
variance and covariance of what the directed effects leave. With E = (I − A)⁻¹ the implied covariance of v is
C = E S E', and that of the items Σ its upper left block.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from scoring.arrays import Bools, Floats, Ints
from scoring.structural.model import StructuralModel


@dataclass(frozen=True)
class Structure:
    """Where the free parameters stand; `markers` are the directed effects fixed at 1.

    The parameter vector is (directed effects, then variances and covariances). Index pairs are (to, from) for
    directed effects and unordered for the others; items come first (0..items−1), then constructs.
    """

    items: int
    constructs: int
    directed: Ints
    symmetric: Ints
    markers: Ints

    @property
    def size(self) -> int:
        """Number of variables, items and constructs."""
        return self.items + self.constructs

    @property
    def parameters(self) -> int:
        """Number of free parameters, q."""
        return len(self.directed) + len(self.symmetric)

    @cached_property
    def is_variance(self) -> Bools:
        """(q,) which parameters are variances, bounded below by zero."""
        variances = self.symmetric[:, 0] == self.symmetric[:, 1]
        return np.concatenate([np.zeros(len(self.directed), dtype=bool), variances])

    def effects(self, theta: Floats) -> Floats:
        """A (t, t) from the parameters (q,)."""
        matrix = np.zeros((self.size, self.size))
        matrix[self.markers[:, 0], self.markers[:, 1]] = 1.0
        matrix[self.directed[:, 0], self.directed[:, 1]] = theta[: len(self.directed)]
        return matrix

    def residuals(self, theta: Floats) -> Floats:
        """S (t, t) from the parameters (q,)."""
        matrix = np.zeros((self.size, self.size))
        values = theta[len(self.directed) :]
        matrix[self.symmetric[:, 0], self.symmetric[:, 1]] = values
        matrix[self.symmetric[:, 1], self.symmetric[:, 0]] = values
        return matrix

    def in_units(self, units: Floats) -> Floats:
        """(q,) factors that carry parameters of unit-free variables to variables with units (t,)."""
        to, source = self.directed.T
        a, b = self.symmetric.T
        return np.concatenate([units[to] / units[source], units[a] * units[b]])


@dataclass(frozen=True)
class Implied:
    """What a parameter vector implies: A, S, E = (I − A)⁻¹, C = E S E' (all t × t) and Σ (p × p)."""

    effects: Floats
    residuals: Floats
    inverse: Floats
    covariance: Floats
    sigma: Floats


def implied(structure: Structure, theta: Floats) -> Implied:
    """Evaluate the model at `theta` (q,)."""
    effects, residuals = structure.effects(theta), structure.residuals(theta)
    inverse = np.linalg.inv(np.eye(structure.size) - effects)
    covariance = inverse @ residuals @ inverse.T
    p = structure.items
    return Implied(effects, residuals, inverse, covariance, covariance[:p, :p])


def specify(model: StructuralModel) -> Structure:
    """Matrix form of a model with lavaan's `sem` conventions.

    The first loading of a construct is 1; a single item has residual variance 0. Exogenous constructs covary
    freely, and so do the residuals of outcomes that predict nothing.
    """
    p = len(model.items)
    position = {name: p + j for j, name in enumerate(model.names)}
    markers = [(block[0], p + j) for j, block in enumerate(model.blocks)]
    loadings = [(i, p + j) for j, block in enumerate(model.blocks) for i in block[1:]]
    paths = [(position[path.target], position[path.source]) for path in model.paths]
    variances = [(i, i) for block in model.blocks if len(block) > 1 for i in block]
    variances += [(position[name], position[name]) for name in model.names]
    pairs = variances + _covariances(model, position)
    return Structure(p, len(position), _pairs(loadings + paths), _pairs(pairs), _pairs(markers))


def _covariances(model: StructuralModel, position: dict[str, int]) -> list[tuple[int, int]]:
    final = [name for name in model.outcomes if not model.successors(name)]
    pairs = [*combinations(model.exogenous, 2), *combinations(final, 2)]
    found = {tuple(sorted((position[a], position[b]))): None for a, b in pairs}
    for a, b in model.residual_covariances:
        places = position if a in position else {item: i for i, item in enumerate(model.items)}
        found[tuple(sorted((places[a], places[b])))] = None
    return [(pair[0], pair[1]) for pair in found]


def _pairs(pairs: list[tuple[int, int]]) -> Ints:
    return np.array(pairs, dtype=np.intp).reshape(-1, 2)
