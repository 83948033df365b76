"""Derivatives of the normal-theory discrepancy F = ln|Σ| + tr(SΣ⁻¹) − ln|S| − p (Jöreskog 1969).

Every parameter changes Σ by a matrix of rank two, ∂Σ/∂θ_k = P_k Q_k' + Q_k P_k', so that gradient,
information and case scores are products of a few (p, q) and (q, q) matrices and never need the q × p × p
array.
"""

from dataclasses import dataclass

import numpy as np

from scoring.arrays import Floats
from scoring.structural.ram import Implied, Structure, implied


@dataclass(frozen=True)
class Derivatives:
    """The model at a point: `state`, M = Σ⁻¹, W = M − M S M, and the factors P, Q (p, q)."""

    structure: Structure
    state: Implied
    precision: Floats
    weight: Floats
    left: Floats
    right: Floats


def discrepancy(structure: Structure, theta: Floats, covariance: Floats) -> float:
    """F at `theta`; infinite where Σ is not positive definite (covariance must be)."""
    return discrepancy_of(implied(structure, theta).sigma, covariance)


def discrepancy_of(sigma: Floats, covariance: Floats) -> float:
    """F between an implied and an observed covariance matrix (p, p); infinite where Σ is not positive
    definite, or so close to singular that solving fails although the factorisation did not."""
    try:
        np.linalg.cholesky(sigma)
        ratio = np.linalg.solve(sigma, covariance)
    except np.linalg.LinAlgError:
        return float("inf")
    return float(np.trace(ratio) - np.linalg.slogdet(ratio)[1] - len(sigma))


def derivatives(structure: Structure, theta: Floats, covariance: Floats) -> Derivatives:
    """Everything the functions below share, at `theta` (q,) for an observed covariance (p, p)."""
    state = implied(structure, theta)
    precision = _inverse(state.sigma)
    return Derivatives(
        structure,
        state,
        precision,
        precision - precision @ covariance @ precision,
        *_factors(structure, state),
    )


def derivatives_from(structure: Structure, state: Implied, weight: Floats) -> Derivatives:
    """The same where W = ∂F/∂Σ (p, p) comes from elsewhere, as it does for answers with gaps."""
    return Derivatives(structure, state, _inverse(state.sigma), weight, *_factors(structure, state))


def _inverse(sigma: Floats) -> Floats:
    precision = np.linalg.inv(sigma)
    return np.asarray((precision + precision.T) / 2)


def _factors(structure: Structure, state: Implied) -> tuple[Floats, Floats]:
    p = structure.items
    to, source = structure.directed.T
    a, b = structure.symmetric.T
    halved = np.where(a == b, 0.5, 1.0)  # a variance stands once in S, a covariance twice
    left = np.hstack([state.inverse[:p, to], state.inverse[:p, a]])
    right = np.hstack([state.covariance[:p, source], state.inverse[:p, b] * halved])
    return left, right


def gradient(at: Derivatives) -> Floats:
    """∂F/∂θ_k = tr(W ∂Σ/∂θ_k) = 2 P_k' W Q_k, shape (q,)."""
    return np.asarray(2.0 * np.einsum("ik,ik->k", at.left, at.weight @ at.right))


def expected_information(at: Derivatives) -> Floats:
    """Expected information of one case, ½ tr(M ∂Σ_k M ∂Σ_l), shape (q, q) (lavaan's default)."""
    return _trace(at.left, at.right, at.precision) / 2


def _trace(left: Floats, right: Floats, precision: Floats) -> Floats:
    """tr(M ∂Σ_k M ∂Σ_l) for all pairs."""
    cross = left.T @ precision @ right
    same = (left.T @ precision @ left) * (right.T @ precision @ right)
    return 2.0 * (same + cross * cross.T)


def observed_information(at: Derivatives) -> Floats:
    """Observed information of one case, ½ ∂²F/∂θ_k∂θ_l, shape (q, q).

    ∂²F = tr(M ∂Σ_k M ∂Σ_l) − 2 tr(M ∂Σ_l W ∂Σ_k) + tr(W ∂²Σ_kl).
    """
    left, right, m, w = at.left, at.right, at.precision, at.weight
    mixed = (right.T @ m @ left) * (left.T @ w @ right)
    mixed += (right.T @ m @ right) * (left.T @ w @ left)
    mixed += (left.T @ m @ left) * (right.T @ w @ right)
    mixed += (left.T @ m @ right) * (right.T @ w @ left)
    hessian = _trace(left, right, m) - (mixed + mixed.T) + curvature(at)
    return (hessian + hessian.T) / 4


def curvature(at: Derivatives) -> Floats:
    """tr(W ∂²Σ_kl): zero between variances; otherwise from the second derivatives of C = E S E'."""
    structure, inverse, c = at.structure, at.state.inverse, at.state.covariance
    p, directed = structure.items, len(structure.directed)
    i, j = structure.directed.T
    a, b = structure.symmetric.T
    spread = inverse[:p].T @ at.weight
    ege, egc = spread @ inverse[:p], spread @ c[:p]
    result = np.zeros((structure.parameters, structure.parameters))
    chained = inverse[np.ix_(j, i)] * egc[np.ix_(i, j)]
    result[:directed, :directed] = 2.0 * (chained + chained.T + c[np.ix_(j, j)] * ege[np.ix_(i, i)])
    halved = np.where(a == b, 0.5, 1.0)
    both = ege[np.ix_(i, a)] * inverse[np.ix_(j, b)] + ege[np.ix_(i, b)] * inverse[np.ix_(j, a)]
    result[:directed, directed:] = 2.0 * both * halved
    result[directed:, :directed] = result[:directed, directed:].T
    return result


def case_scores(at: Derivatives, centred: Floats) -> Floats:
    """Contribution of every row (n, p) of centred answers to the score, (n, q), at the means' optimum.

    s_ik = ½ (y_i' ∂Σ_k y_i − tr(M ∂Σ_k)) with y_i = M d_i (Yuan & Bentler 2000, Sociol. Methodol. 30:165).
    """
    y = centred @ at.precision
    constant = np.einsum("ik,ik->k", at.left, at.precision @ at.right)
    return np.asarray((y @ at.left) * (y @ at.right) - constant)


def group_scores(at: Derivatives, second: Floats, weight: Floats) -> Floats:
    """The same summed over groups of rows, (G, q), from their products of deviations (G, p, p) and weights
    (G,)."""
    y = at.precision @ second @ at.precision
    constant = np.einsum("ik,ik->k", at.left, at.precision @ at.right)
    return np.asarray(np.einsum("ik,gik->gk", at.left, y @ at.right) - np.outer(weight, constant))
