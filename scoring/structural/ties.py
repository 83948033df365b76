"""Fixed and equal parameters: the search runs over fewer free values, from which all parameters follow.

θ = K φ + c with one column of K for every free parameter or label; F(θ(φ)) has slope K'∂F and information
K'AK.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.arrays import Bools, Floats
from scoring.structural.likelihood import Likelihood, Point
from scoring.structural.model import StructuralModel
from scoring.structural.ram import Structure


@dataclass(frozen=True)
class Ties:
    """K (q, f) and c (q,)."""

    basis: Floats
    offset: Floats

    @property
    def is_free(self) -> bool:
        """Whether nothing is tied, so that K is the unit matrix."""
        return bool(len(self.basis) == self.basis.shape[1])

    def all(self, free: Floats) -> Floats:
        """Parameters (q,) from free values (f,)."""
        return free if self.is_free else np.asarray(self.basis @ free + self.offset)

    def nearest(self, theta: Floats) -> Floats:
        """Free values (f,) closest to parameters (q,) that need not obey the ties."""
        return theta if self.is_free else np.asarray(np.linalg.lstsq(self.basis, theta - self.offset)[0])


def ties(model: StructuralModel, structure: Structure, units: Floats) -> Ties:
    """The restrictions of a model, made in the items' units, for parameters that `units` (q,) carry there."""
    place = _places(model, structure)
    value, group = np.zeros(structure.parameters), np.arange(structure.parameters)
    fixed = np.zeros(structure.parameters, dtype=bool)
    first: dict[str, int] = {}
    for one in model.restrictions:
        at = place[one.place]
        if one.value is not None:
            value[at], fixed[at] = one.value, True
        elif one.label is not None:
            group[at] = first.setdefault(one.label, at)
    columns = [k for k in range(structure.parameters) if group[k] == k and not fixed[k]]
    basis = np.zeros((structure.parameters, len(columns)))
    for column, k in enumerate(columns):
        members = (group == k) & ~fixed
        basis[members, column] = units[k] / units[members]
    return Ties(basis, value / units)


def _places(model: StructuralModel, structure: Structure) -> dict[tuple[str, str, str], int]:
    """Where the parameter of a restriction stands in θ."""
    names = [*model.items, *model.names]
    found: dict[tuple[str, str, str], int] = {}
    for k, (to, source) in enumerate(structure.directed.tolist()):
        operator = "=~" if to < structure.items else "~"
        pair = (names[source], names[to]) if operator == "=~" else (names[to], names[source])
        found[operator, *pair] = k
    for k, (a, b) in enumerate(structure.symmetric.tolist(), start=len(structure.directed)):
        low, high = sorted((names[a], names[b]))
        found["~~", low, high] = k
    return found


@dataclass(frozen=True)
class TiedPoint:
    """A point of the likelihood, seen from the free values."""

    whole: Point
    basis: Floats

    @cached_property
    def slope(self) -> Floats:
        """∂F/∂φ."""
        return np.asarray(self.basis.T @ self.whole.slope)

    @cached_property
    def observed(self) -> Floats:
        """Observed information on φ."""
        return np.asarray(self.basis.T @ self.whole.observed @ self.basis)

    @cached_property
    def reported(self) -> Floats:
        """The information ordinary standard errors come from."""
        return np.asarray(self.basis.T @ self.whole.reported @ self.basis)


@dataclass(frozen=True)
class TiedLikelihood:
    """F as a function of the free values."""

    inner: Likelihood
    ties: Ties

    @cached_property
    def is_variance(self) -> Bools:
        """(f,) which free values are variances."""
        return np.asarray((self.ties.basis[self.inner.is_variance] != 0).any(axis=0))

    def value(self, free: Floats) -> float:
        """F; infinite where Σ is not positive definite."""
        return self.inner.value(self.ties.all(free))

    def point(self, free: Floats) -> TiedPoint:
        """Slope and informations at free values."""
        return TiedPoint(self.inner.point(self.ties.all(free)), self.ties.basis)


def tied(likelihood: Likelihood, own: Ties) -> Likelihood:
    """The likelihood of the free values, which is the likelihood itself where nothing is tied."""
    return likelihood if own.is_free else TiedLikelihood(likelihood, own)
