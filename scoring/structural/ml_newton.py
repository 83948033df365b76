"""Newton's method on F with variances bounded below by zero: from where the search stopped to the optimum
itself."""

import numpy as np

from scoring.arrays import Bools, Floats
from scoring.structural.likelihood import Likelihood, Point

TOLERANCE = 1e-10  # of the projected gradient
MAX_STEPS = 100
HALVINGS = 30
NEAR_ZERO = 1e-6  # a variance this close to its bound and pushed towards it moves on its own
LEAST_CURVATURE = 1e-8


def projected_gradient(bounded: Bools, theta: Floats, slope: Floats) -> Floats:
    """θ − P(θ − ∂F), zero exactly at an optimum where the `bounded` parameters (q,) are ≥ 0; shape (q,)."""
    moved = theta - slope
    moved[bounded] = np.maximum(moved[bounded], 0.0)
    return theta - moved


def polish(likelihood: Likelihood, theta: Floats) -> Floats:
    """Projected Newton steps (Bertsekas 1982, SIAM J. Control Optim. 20:221) until the gradient is
    rounding error.

    Ends early where no step lowers F any further; the caller judges what has been reached.
    """
    bounded, theta = likelihood.is_variance, theta.copy()
    theta[bounded] = np.maximum(theta[bounded], 0.0)
    value = likelihood.value(theta)
    for _ in range(MAX_STEPS):
        if not np.isfinite(value):
            break
        at = likelihood.point(theta)
        slope = at.slope
        if np.abs(projected_gradient(bounded, theta, slope)).max() < TOLERANCE:
            break
        held = bounded & (theta <= NEAR_ZERO) & (slope > 0)
        theta, better = _arc_search(likelihood, theta, _step(at, slope, ~held), value)
        if better >= value:
            break
        value = better
    return theta


def _step(at: Point, slope: Floats, free: Bools) -> Floats:
    """−H⁻¹g on the free parameters; straight down, scaled by the curvature, on those held at their bound."""
    hessian = 2.0 * at.observed
    step = -slope / np.maximum(np.diag(hessian), LEAST_CURVATURE)
    inside = hessian[np.ix_(free, free)]
    try:
        np.linalg.cholesky(inside)
        step[free] = -np.linalg.solve(inside, slope[free])
    except np.linalg.LinAlgError:
        step[free] = _descent(inside, slope[free])
    return step


def _descent(hessian: Floats, slope: Floats) -> Floats:
    """Newton's step with negative curvatures turned round, so that it still goes down."""
    values, vectors = np.linalg.eigh(hessian)
    return np.asarray(-vectors @ ((vectors.T @ slope) / np.maximum(np.abs(values), LEAST_CURVATURE)))


def _arc_search(likelihood: Likelihood, theta: Floats, step: Floats, value: float) -> tuple[Floats, float]:
    """The first of θ + step, + step/2, + step/4 … (variances cut off at zero) that lowers F."""
    for _ in range(HALVINGS):
        tried = theta + step
        bounded = likelihood.is_variance
        tried[bounded] = np.maximum(tried[bounded], 0.0)
        better = likelihood.value(tried)
        if better < value:
            return tried, better
        step = step / 2
    return theta, value
