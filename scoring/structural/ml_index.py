"""Weights and indices of a maximum likelihood fit, with standard errors from influence values.

Weights are Bartlett's, w_i ∝ λ_i/θ_ii of the construct's own items, times the width of the item's scale,
so that they apply to items on 0..100, and sum to 1. The index is Σ w_i x̄_i.

Standard error: case r moves the parameters by A⁻¹ s_r (A observed information of one case, s_r its score;
Huber 1967) and the means by its own deviation d_r, or, where answers are missing, by its influence on EM's.
The joint robust covariance of both gives that of the index, whose gradient is x̄'(∂w/∂θ) by the parameters
and w by the means: the variance of the means, that of the weights and their covariance in one formula.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.arrays import Floats
from scoring.structural.intervals import delta
from scoring.structural.ram import Structure


@dataclass(frozen=True)
class ItemWeights:
    """Weights (k,) of one construct's items on 0..100, summing to 1, and their Jacobian (k, q)."""

    values: Floats
    jacobian: Floats

    @property
    def is_proper(self) -> bool:
        """Whether every weight is positive, so that the construct has an index."""
        return bool(np.all(self.values > 0))


def bartlett_weights(
    structure: Structure, theta: Floats, block: Sequence[int], widths: Floats
) -> ItemWeights:
    """Weights of the items at positions `block`, with scale widths (k,), at parameters (q,) in the items'
    units."""
    if len(block) == 1:
        return ItemWeights(np.ones(1), np.zeros((1, structure.parameters)))
    loading_at, variance_at = _positions(structure, block)
    loadings = np.append(theta, 1.0)[loading_at]  # position q stands for the marker's fixed 1
    variances = theta[variance_at]
    raw = widths * loadings / variances
    moved = np.zeros((len(block), structure.parameters + 1))
    rows = np.arange(len(block))
    moved[rows, loading_at] = widths / variances
    moved[rows, variance_at] = -raw / variances
    weights = raw / raw.sum()
    jacobian = (moved - np.outer(weights, moved.sum(axis=0))) / raw.sum()
    return ItemWeights(weights, jacobian[:, :-1])


def _positions(structure: Structure, block: Sequence[int]) -> tuple[list[int], list[int]]:
    """Where the loading and the residual variance of every item stand in the parameter vector."""
    loadings = {int(to): k for k, (to, _) in enumerate(structure.directed) if to < structure.items}
    first = len(structure.directed)
    variances = {int(a): k for k, (a, b) in enumerate(structure.symmetric, start=first) if a == b}
    return [loadings.get(i, structure.parameters) for i in block], [variances[i] for i in block]


def index_se(weights: ItemWeights, block: Sequence[int], mean: Floats, slope: Floats, joint: Floats) -> float:
    """Standard error of the index from the robust covariance (q + p, q + p) of parameters and items' means.

    `mean` (k,) of the items at `block` on 0..100, `slope` (k,) of 0..100 by the items' own units.
    """
    gradient = np.zeros(len(joint))
    parameters = weights.jacobian.shape[1]
    gradient[:parameters] = mean @ weights.jacobian
    gradient[parameters + np.asarray(block)] = weights.values * slope
    return float(delta(gradient[None], joint)[0])
