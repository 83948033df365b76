"""Fit of a PLS path model: standardised root mean square residual of the composite model."""

import numpy as np

from scoring.arrays import Floats
from scoring.structural.pls import Design


def implied_constructs(plan: Design, effects: Floats, explained: Floats, between: Floats) -> Floats:
    """Construct covariances (m, m) the paths imply: (I − B)⁻¹ Ψ (I − B)⁻ᵀ.

    Ψ holds the correlations of the exogenous constructs and 1 − R² of the outcomes (Bollen 1989, ch. 4).
    """
    exogenous = [j for j in range(len(between)) if j not in plan.drivers]
    residual = np.diag(1.0 - explained)
    residual[np.ix_(exogenous, exogenous)] = between[np.ix_(exogenous, exogenous)]
    inverse = np.linalg.inv(np.eye(len(between)) - effects)
    return np.asarray(inverse @ residual @ inverse.T)


def composite_srmr(plan: Design, correlation: Floats, loadings: Floats, constructs: Floats) -> float:
    """√ mean squared residual over the lower triangle with diagonal, for correlations (p, p) and loadings
    (p,).

    Between blocks the model implies λλ' times the constructs' covariance; within a block composites leave the
    correlations free (Henseler et al. 2014, Organ. Res. Methods 17:182; as cSEM).
    """
    owner = plan.owner
    residual = correlation - np.outer(loadings, loadings) * constructs[np.ix_(owner, owner)]
    residual[owner[:, None] == owner] = 0.0
    return float(np.sqrt(np.mean(residual[np.tril_indices(len(owner))] ** 2)))
