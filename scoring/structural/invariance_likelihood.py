"""The discrepancy of several groups at once, its slope and information.

F = Σ_g (n_g/N) F_g with F_g = ln|Σ| + tr(SΣ⁻¹) − ln|S| − p + (x̄ − μ)'Σ⁻¹(x̄ − μ) (Jöreskog 1971; Sörbom
1974): χ² is N F. Means enter through S + dd', d = x̄ − μ, in place of S.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.arrays import Floats
from scoring.structural.invariance_groups import FIXED, Groups
from scoring.structural.ml_derivatives import derivatives, discrepancy_of, expected_information, gradient
from scoring.structural.moments import Moments
from scoring.structural.ram import Structure, implied


@dataclass(frozen=True)
class Slopes:
    """∂F/∂ and expected information of one case for the parameters of every group, with all their own:
    (G, r) and (G, r, r), each weighted with n_g/N."""

    slope: Floats
    information: Floats


@dataclass(frozen=True)
class GroupLikelihood:
    """F of groups whose items are all in the same units."""

    groups: Groups
    moments: Sequence[Moments]

    @cached_property
    def shares(self) -> Floats:
        """(G,) n_g/N."""
        n = np.array([one.n for one in self.moments], dtype=np.float64)
        return np.asarray(n / n.sum())

    def value(self, theta: Floats) -> float:
        """F; infinite where some Σ is not positive definite."""
        parts = [self._value(theta, g) for g in range(len(self.moments))]
        return float(self.shares @ np.array(parts))

    def _value(self, theta: Floats, g: int) -> float:
        own, observed = self.groups.own(theta, g), self.moments[g]
        structure = self.groups.structure
        sigma = implied(structure, own[: structure.parameters]).sigma
        away = observed.mean - implied_mean(structure, own)
        found = discrepancy_of(sigma, observed.covariance)
        return found + float(away @ np.linalg.solve(sigma, away)) if np.isfinite(found) else found

    def slopes(self, theta: Floats) -> Slopes:
        """Slope and information group by group."""
        parts = [
            _slopes(self.groups.structure, self.groups.own(theta, g), one)
            for g, one in enumerate(self.moments)
        ]
        slope, information = (np.stack(kind) for kind in zip(*parts, strict=True))
        return Slopes(slope * self.shares[:, None], information * self.shares[:, None, None])

    def collected(self, at: Slopes) -> tuple[Floats, Floats]:
        """Slope (q,) and information (q, q) of the parameters that are estimated."""
        q = self.groups.parameters
        slope, information = np.zeros(q), np.zeros((q, q))
        for places, own, block in zip(self.groups.places, at.slope, at.information, strict=True):
            free = np.flatnonzero(places != FIXED)
            slope[places[free]] += own[free]
            information[np.ix_(places[free], places[free])] += block[np.ix_(free, free)]
        return slope, information


def loading_matrix(structure: Structure, own: Floats) -> Floats:
    """Λ (p, m) from a group's parameters."""
    return structure.effects(own[: structure.parameters])[: structure.items, structure.items :]


def implied_mean(structure: Structure, own: Floats) -> Floats:
    """μ = ν + Λ κ."""
    latent = own[len(own) - structure.constructs :]
    intercepts = own[structure.parameters : structure.parameters + structure.items]
    return np.asarray(intercepts + loading_matrix(structure, own) @ latent)


def _mean_slopes(structure: Structure, own: Floats) -> Floats:
    """∂μ/∂ a group's parameters, (p, r): κ_j for the loading of an item on construct j, 1 for its intercept,
    Λ for the latent means."""
    p = structure.items
    latent = own[len(own) - structure.constructs :]
    found = np.zeros((p, len(own)))
    item, construct = structure.directed.T
    found[item, np.arange(len(item))] = latent[construct - p]
    found[:, structure.parameters : structure.parameters + p] = np.eye(p)
    found[:, structure.parameters + p :] = loading_matrix(structure, own)
    return found


def _slopes(structure: Structure, own: Floats, observed: Moments) -> tuple[Floats, Floats]:
    """∂F_g = (2 P'WQ, 0) − 2 J'Md and information ½ tr(M ∂Σ M ∂Σ) + J'MJ with J = ∂μ."""
    away = observed.mean - implied_mean(structure, own)
    around = observed.covariance + np.outer(away, away)
    at = derivatives(structure, own[: structure.parameters], around)
    means = _mean_slopes(structure, own)
    slope = -2.0 * means.T @ (at.precision @ away)
    information = means.T @ at.precision @ means
    covariances = slice(structure.parameters)
    slope[covariances] += gradient(at)
    information[covariances, covariances] += expected_information(at)
    return slope, information
