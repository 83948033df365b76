"""Starting values for maximum likelihood from unit-weighted composites: inside the admissible region,
never far."""

import numpy as np

from scoring.arrays import Floats
from scoring.structural.model import StructuralModel
from scoring.structural.ram import Structure

SHRINKAGE = 0.9  # keeps composites that are nearly the same thing apart, so that the start is admissible
LEAST_VARIANCE = 0.05
LEAST_MARKER = 0.1


def starting_values(model: StructuralModel, structure: Structure, correlation: Floats) -> Floats:
    """Parameters (q,) for standardised items with correlations (p, p).

    A construct starts as the sum of its items (each turned to agree with the first principal component), its
    loadings as their correlations with that sum, its paths as the regression of sums on sums.
    """
    weights = composites(model, correlation)
    loadings = (correlation @ weights)[range(len(correlation)), weights.nonzero()[1]]
    between = SHRINKAGE * (weights.T @ correlation @ weights)
    np.fill_diagonal(between, 1.0)
    markers = loadings[[block[0] for block in model.blocks]]
    markers = np.where(np.abs(markers) < LEAST_MARKER, LEAST_MARKER, markers)
    units = np.concatenate([np.ones(len(correlation)), markers])
    standard = np.concatenate(
        [_directed(model, structure, loadings, between), np.zeros(len(structure.symmetric))]
    )
    _fill_residuals(model, structure, standard, loadings, between)
    return standard * structure.in_units(units)


def composites(model: StructuralModel, correlation: Floats) -> Floats:
    """(p, m) weights of unit-variance sums of the items of each construct, on standardised items."""
    weights = np.zeros((len(correlation), len(model.constructs)))
    for j, block in enumerate(model.blocks):
        inside = correlation[np.ix_(block, block)]
        first = np.linalg.eigh(inside)[1][:, -1]
        sign = np.where(first * first.sum() < 0, -1.0, 1.0)
        weights[list(block), j] = sign / np.sqrt(max(float(sign @ inside @ sign), LEAST_VARIANCE))
    return weights


def _directed(model: StructuralModel, structure: Structure, loadings: Floats, between: Floats) -> Floats:
    place = {name: j for j, name in enumerate(model.names)}
    free = [loadings[i] for block in model.blocks for i in block[1:]]
    slopes = {}
    for name in model.outcomes:
        drivers = [place[source] for source in model.predecessors(name)]
        solution = np.linalg.solve(between[np.ix_(drivers, drivers)], between[drivers, place[name]])
        slopes.update(
            {(source, name): b for source, b in zip(model.predecessors(name), solution, strict=True)}
        )
    return np.array(free + [slopes[path.source, path.target] for path in model.paths])


def _fill_residuals(
    model: StructuralModel, structure: Structure, standard: Floats, loadings: Floats, between: Floats
) -> None:
    """Variances left by the start's directed effects, and covariances of exogenous constructs."""
    p, first = structure.items, len(structure.directed)
    effects = structure.effects(standard)
    exogenous = {p + model.names.index(name) for name in model.exogenous}
    for k, (a, b) in enumerate(structure.symmetric, start=first):
        if a != b:
            standard[k] = between[a - p, b - p] if {a, b} <= exogenous else 0.0
        elif a < p:
            standard[k] = max(1.0 - loadings[a] ** 2, LEAST_VARIANCE)
        else:
            explained = float(effects[a, p:] @ between[a - p]) if a not in exogenous else 0.0
            standard[k] = max(1.0 - explained, LEAST_VARIANCE)
