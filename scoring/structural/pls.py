"""Partial least squares path modelling from correlations alone, for many data sets at once.

Lohmöller's algorithm (Lohmöller 1989; Tenenhaus et al. 2005, Comput. Stat. Data Anal. 48:159), mode A. Every
array has a leading batch axis b: one correlation matrix per data set or resample, iterated together.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.arrays import Bools, Floats, Ints
from scoring.errors import ModelError
from scoring.structural.model import StructuralModel
from scoring.structural.pls_inner import inner_weights
from scoring.structural.regression import solve_each
from scoring.structural.result import Scheme

TOLERANCE = 1e-11  # largest change of an outer weight
MAX_ITERATIONS = 500


@dataclass(frozen=True)
class Design:
    """The model as arrays: `membership` (p, m) of items in constructs, `paths` (k, 2) as (source, target)."""

    membership: Bools
    paths: Ints
    scheme: Scheme

    @cached_property
    def owner(self) -> Ints:
        """(p,) the construct of every item."""
        return np.asarray(self.membership.argmax(axis=1))

    @cached_property
    def drivers(self) -> dict[int, Ints]:
        """For every outcome the positions of its drivers, in the order of its paths."""
        return {
            int(target): self.paths[self.paths[:, 1] == target, 0] for target in np.unique(self.paths[:, 1])
        }


@dataclass(frozen=True)
class Outer:
    """Outer weights (b, p) of unit-variance constructs on standardised items, and which batches converged
    (b,)."""

    weights: Floats
    converged: Bools


def design(model: StructuralModel, scheme: Scheme) -> Design:
    """Arrays for a model; raises `ModelError` where a construct stands in no path (PLS then has nothing to
    go by)."""
    joined = {name for path in model.paths for name in (path.source, path.target)}
    for name in model.names:
        if name not in joined:
            raise ModelError(f"{name!r} stands in no path; pls needs every construct in at least one")
    membership = np.zeros((len(model.items), len(model.names)), dtype=bool)
    for j, block in enumerate(model.blocks):
        membership[list(block), j] = True
    place = {name: j for j, name in enumerate(model.names)}
    paths = np.array([(place[path.source], place[path.target]) for path in model.paths], dtype=np.intp)
    return Design(membership, paths, scheme)


def outer_weights(plan: Design, correlation: Floats, start: Floats | None = None) -> Outer:
    """Iterate outer and inner estimation for correlations (b, p, p) until no weight moves by more than 1e-11.

    Mode A: a weight is the item's covariance with the inner estimate of its construct. `start` (p,) is
    where to begin, equal weights by default; the result does not depend on it.
    """
    batch, p, _ = correlation.shape
    begin = np.ones(p) if start is None else start
    weights = _unit_variance(plan, correlation, np.broadcast_to(begin, (batch, p)))
    converged = np.zeros(batch, dtype=bool)
    active = np.arange(batch)
    for _ in range(MAX_ITERATIONS):
        moved = _step(plan, correlation[active], weights[active])
        change = np.abs(moved - weights[active]).max(axis=1)
        weights[active] = moved
        converged[active[change < TOLERANCE]] = True
        active = active[change >= TOLERANCE]  # also drops what has become NaN
        if not active.size:
            break
    return Outer(_oriented(plan, correlation, weights), converged)


def construct_correlations(plan: Design, correlation: Floats, weights: Floats) -> Floats:
    """(b, m, m) correlations of the constructs."""
    spread = plan.membership * weights[:, :, None]
    return np.asarray(spread.transpose(0, 2, 1) @ (correlation @ spread))


def cross_loadings(plan: Design, correlation: Floats, weights: Floats) -> Floats:
    """(b, p, m) correlations of every item with every construct."""
    return np.asarray(correlation @ (plan.membership * weights[:, :, None]))


def loadings(plan: Design, correlation: Floats, weights: Floats) -> Floats:
    """(b, p) correlations of the items with their own constructs."""
    crossed = cross_loadings(plan, correlation, weights)
    return crossed[:, np.arange(crossed.shape[1]), plan.owner]


def path_coefficients(plan: Design, between: Floats) -> tuple[Floats, Floats]:
    """Least squares on construct correlations (b, m, m): coefficients as B (b, m, m), rows outcomes, and
    R² (b, m)."""
    effects, explained = np.zeros_like(between), np.zeros(between.shape[:2])
    for target, drivers in plan.drivers.items():
        with_target = between[:, drivers, target]
        slopes = solve_each(between[:, drivers[:, None], drivers], with_target)
        effects[:, target, drivers] = slopes
        explained[:, target] = np.einsum("bk,bk->b", slopes, with_target)
    return effects, explained


def total_effects(effects: Floats) -> Floats:
    """(I − B)⁻¹ − I for B (b, m, m): direct and indirect effects, rows outcomes."""
    identity = np.eye(effects.shape[-1])
    return np.linalg.inv(identity - effects) - identity


def _step(plan: Design, correlation: Floats, weights: Floats) -> Floats:
    spread = plan.membership * weights[:, :, None]
    with_constructs = correlation @ spread
    between = spread.transpose(0, 2, 1) @ with_constructs
    inner = inner_weights(plan.scheme, plan.paths, plan.drivers, between)
    covariance = np.einsum("bpm,bmp->bp", with_constructs, inner[:, :, plan.owner])
    return _unit_variance(plan, correlation, covariance)


def _unit_variance(plan: Design, correlation: Floats, weights: Floats) -> Floats:
    """The weights scaled so that every construct has variance 1; NaN where it has none."""
    spread = plan.membership * weights[:, :, None]
    variance = np.einsum("bpm,bpm->bm", spread, correlation @ spread)
    return np.asarray(weights / np.sqrt(np.where(variance > 0, variance, np.nan))[:, plan.owner])


def _oriented(plan: Design, correlation: Floats, weights: Floats) -> Floats:
    """Turn every construct so that most of its items load positively; a tie goes by the sum of the
    loadings."""
    own = loadings(plan, correlation, weights)
    votes = np.sign(own) @ plan.membership
    totals = own @ plan.membership
    against = (votes < 0) | ((votes == 0) & (totals < 0))
    return weights * np.where(against, -1.0, 1.0)[:, plan.owner]
