"""What a PLS fit yields, for one data set or many resamples at once."""

from dataclasses import dataclass, fields

import numpy as np

from scoring.arrays import Bools, Floats, Ints
from scoring.structural.moments import correlation
from scoring.structural.pls import (
    Design,
    construct_correlations,
    loadings,
    outer_weights,
    path_coefficients,
    total_effects,
)


@dataclass(frozen=True)
class Statistics:
    """Every array has the batch axis first; a failed batch is NaN throughout.

    `outer` (b, p) weights on standardised items, `weights` (b, p) those on items from 0 to 100 summing to
    1 per construct, `loadings` (b, p), `paths` (b, k), `effects` (b, r) total effects, `indices` (b, m)
    with NaN where a weight is not positive.
    """

    outer: Floats
    weights: Floats
    loadings: Floats
    paths: Floats
    effects: Floats
    indices: Floats

    @property
    def succeeded(self) -> Bools:
        """(b,) which batches gave estimates."""
        found = np.isfinite(self.loadings).all(axis=1) & np.isfinite(self.paths).all(axis=1)
        return np.asarray(found)


def statistics(
    plan: Design, pairs: Ints, mean: Floats, covariance: Floats, start: Floats | None = None
) -> Statistics:
    """Estimates from means (b, p) and covariances (b, p, p) of items on 0..100.

    `pairs` (r, 2) are the (source, target) of the total effects wanted, `start` (p,) outer weights to
    begin from.
    A batch with an item that does not vary, singular drivers or no convergence is NaN.
    """
    variances = np.diagonal(covariance, axis1=1, axis2=2)
    usable = np.asarray((variances > 1e-12 * (1.0 + mean**2)).all(axis=1))
    found = _estimates(plan, pairs, mean[usable], covariance[usable], start)
    if usable.all():
        return found
    return Statistics(*(_spread(getattr(found, field.name), usable) for field in fields(Statistics)))


def _estimates(
    plan: Design, pairs: Ints, mean: Floats, covariance: Floats, start: Floats | None
) -> Statistics:
    correlations = correlation(covariance)
    outer = outer_weights(plan, correlations, start)
    weights = np.where(outer.converged[:, None], outer.weights, np.nan)
    effects, _ = path_coefficients(plan, construct_correlations(plan, correlations, weights))
    source, target = plan.paths.T
    on_100 = index_weights(plan, weights, np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)))
    return Statistics(
        outer=weights,
        weights=on_100,
        loadings=loadings(plan, correlations, weights),
        paths=effects[:, target, source],
        effects=total_effects(effects)[:, pairs[:, 1], pairs[:, 0]],
        indices=proper_indices(plan, on_100, mean),
    )


def index_weights(plan: Design, outer: Floats, sd: Floats) -> Floats:
    """Weights (b, p) of items on 0..100: outer weight over standard deviation (b, p), summing to 1 per
    construct.

    The construct score Σ w z written in the items themselves, as cSEM does; plspm leaves the deviations out.
    """
    raw = outer / sd
    total = raw @ plan.membership
    return np.asarray(raw / np.where(total != 0, total, np.nan)[:, plan.owner])


def proper_indices(plan: Design, weights: Floats, mean: Floats) -> Floats:
    """Σ w x̄ per construct (b, m); NaN where one of its weights is not positive."""
    proper = (~(weights > 0)).astype(np.float64) @ plan.membership == 0
    return np.where(proper, (weights * mean) @ plan.membership, np.nan)


def _spread(values: Floats, usable: Bools) -> Floats:
    whole = np.full((len(usable), values.shape[1]), np.nan)
    whole[usable] = values
    return whole
