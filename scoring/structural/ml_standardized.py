"""The completely standardised solution of a maximum likelihood fit, with Jacobians for the delta method.

Standardised by the implied standard deviations of items and constructs, as lavaan's `std.all`.
"""

from dataclasses import dataclass

import numpy as np

from scoring.arrays import Floats, Ints
from scoring.structural.ram import Implied, Structure


@dataclass(frozen=True)
class Estimates:
    """r values (r,) and their Jacobian (r, q)."""

    values: Floats
    jacobian: Floats


def variance_jacobian(structure: Structure, state: Implied) -> Floats:
    """∂ diag(C) / ∂θ, shape (t, q): C = E S E' moves by E_i C_j' + C_j E_i' with A_ij and E_i E_j' with
    S_ij."""
    to, source = structure.directed.T
    a, b = structure.symmetric.T
    twice = np.where(a == b, 1.0, 2.0)
    directed = 2.0 * state.inverse[:, to] * state.covariance[:, source]
    return np.hstack([directed, state.inverse[:, a] * state.inverse[:, b] * twice])


def _scaled(values: Floats, jacobian: Floats, pairs: Ints, state: Implied, moved: Floats) -> Estimates:
    """Effects (r,) of pairs (to, from) times sd(from) / sd(to)."""
    variance = np.diag(state.covariance)
    to, source = pairs.T
    ratio = np.sqrt(variance[source] / variance[to])
    standard = values * ratio
    relative = moved / variance[:, None]
    shift = (relative[source] - relative[to]) / 2
    return Estimates(standard, jacobian * ratio[:, None] + standard[:, None] * shift)


def effects(structure: Structure, state: Implied) -> Estimates:
    """Standardised loadings and paths: free ones in parameter order, then the markers."""
    free, markers = structure.directed, structure.markers
    pairs = np.vstack([free, markers])
    values = state.effects[pairs[:, 0], pairs[:, 1]]
    jacobian = np.zeros((len(pairs), structure.parameters))
    jacobian[: len(free), : len(free)] = np.eye(len(free))
    return _scaled(values, jacobian, pairs, state, variance_jacobian(structure, state))


def total_effects(structure: Structure, state: Implied, pairs: Ints) -> Estimates:
    """Standardised total effects of construct pairs (to, from): (I − B)⁻¹ − I (Bollen 1987, Sociol.
    Methodol. 17:37).

    ∂(I − A)⁻¹ / ∂A_kl = E_k E_l, the product of a column and a row of E.
    """
    to, source = pairs.T
    i, j = structure.directed.T
    values = state.inverse[to, source]
    jacobian = np.zeros((len(pairs), structure.parameters))
    jacobian[:, : len(i)] = state.inverse[np.ix_(to, i)] * state.inverse[np.ix_(j, source)].T
    return _scaled(values, jacobian, pairs, state, variance_jacobian(structure, state))


def r_squared(structure: Structure, state: Implied) -> Floats:
    """Share of every construct's variance its drivers explain (m,); 0 for exogenous constructs."""
    constructs = slice(structure.items, None)
    return 1.0 - np.diag(state.residuals)[constructs] / np.diag(state.covariance)[constructs]
