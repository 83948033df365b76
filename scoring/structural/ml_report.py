"""The parts of a maximum likelihood result, each from a proper solution and its standard errors."""

from collections.abc import Sequence

import numpy as np

from scoring.arrays import Floats
from scoring.structural import ml_standardized
from scoring.structural.answers import Answers
from scoring.structural.index import index_value
from scoring.structural.intervals import delta, normal, normal_on_100
from scoring.structural.ml_index import ItemWeights, bartlett_weights, index_se
from scoring.structural.ml_inference import Inference
from scoring.structural.model import StructuralModel
from scoring.structural.reliability import (
    Reliability,
    alpha,
    average_variance_extracted,
    composite_reliability,
)
from scoring.structural.result import Index, Loading, PathEstimate, TotalEffect, Weight


def effects(
    model: StructuralModel, inference: Inference
) -> tuple[tuple[Loading, ...], tuple[PathEstimate, ...]]:
    """Loadings in the order of the items and paths in the order of the model, with robust intervals of `std`.

    A marker's estimate is 1 by definition, so its standard errors are 0; its standardised loading has an
    interval.
    """
    structure = inference.structure
    standard = ml_standardized.effects(structure, inference.state)
    free = len(structure.directed)
    fixed = np.zeros(len(structure.markers))
    columns = (
        np.append(inference.theta[:free], fixed + 1.0),
        np.append(inference.se[:free], fixed),
        np.append(inference.robust_se[:free], fixed),
        standard.values,
        *normal_arrays(standard.values, delta(standard.jacobian, inference.covariance)),
    )
    pairs = np.vstack([structure.directed, structure.markers]).tolist()
    found = {
        tuple(pair): tuple(map(float, row))
        for pair, row in zip(pairs, zip(*columns, strict=True), strict=True)
    }
    place = {name: structure.items + j for j, name in enumerate(model.names)}
    loadings = tuple(
        Loading(construct.name, item, *found[i, place[construct.name]])
        for construct, block in zip(model.constructs, model.blocks, strict=True)
        for item, i in zip(construct.items, block, strict=True)
    )
    paths = tuple(
        PathEstimate(path.source, path.target, *found[place[path.target], place[path.source]])
        for path in model.paths
    )
    return loadings, paths


def total_effects(model: StructuralModel, inference: Inference) -> tuple[TotalEffect, ...]:
    """Standardised total effects of every construct on those it leads to, with robust errors."""
    names = model.connected()
    if not names:
        return ()
    place = {name: inference.structure.items + j for j, name in enumerate(model.names)}
    pairs = np.array([(place[target], place[source]) for source, target in names])
    standard = ml_standardized.total_effects(inference.structure, inference.state, pairs)
    se = delta(standard.jacobian, inference.covariance)
    low, high = normal_arrays(standard.values, se)
    rows = zip(standard.values, se, low, high, strict=True)
    return tuple(TotalEffect(*pair, *map(float, row)) for pair, row in zip(names, rows, strict=True))


def item_weights(model: StructuralModel, inference: Inference, answers: Answers) -> list[ItemWeights]:
    """Index weights of every construct's items."""
    return [
        bartlett_weights(inference.structure, inference.theta, block, answers.widths[list(block)])
        for block in model.blocks
    ]


def weights(model: StructuralModel, found: Sequence[ItemWeights], covariance: Floats) -> tuple[Weight, ...]:
    """The weights with robust delta-method errors."""
    return tuple(
        Weight(construct.name, item, float(value), float(error))
        for construct, own in zip(model.constructs, found, strict=True)
        for item, value, error in zip(
            construct.items, own.values, delta(own.jacobian, covariance), strict=True
        )
    )


def indices(
    model: StructuralModel, found: Sequence[ItemWeights], inference: Inference, answers: Answers
) -> tuple[Index, ...]:
    """The index of every construct whose weights are all positive."""
    results = []
    for construct, block, own in zip(model.constructs, model.blocks, found, strict=True):
        if not own.is_proper:
            continue
        mean, slope = answers.mean_on_100[list(block)], 100.0 / answers.widths[list(block)]
        value = index_value(own.values, mean)
        se = index_se(own, block, mean, slope, inference.joint)
        results.append(Index(construct.name, value, se, *normal_on_100(value, se)))
    return tuple(results)


def r_squared(model: StructuralModel, inference: Inference) -> dict[str, float]:
    """Explained share of every outcome."""
    shares = ml_standardized.r_squared(inference.structure, inference.state)
    return {
        name: float(share) for name, share in zip(model.names, shares, strict=True) if name in model.outcomes
    }


def reliabilities(model: StructuralModel, inference: Inference, answers: Answers) -> dict[str, Reliability]:
    """α from the items' covariances; ω, ρ_C and AVE from the fitted loadings."""
    return {
        construct.name: _reliability(inference, answers, list(block), inference.structure.items + j)
        for j, (construct, block) in enumerate(zip(model.constructs, model.blocks, strict=True))
    }


def _reliability(inference: Inference, answers: Answers, block: list[int], place: int) -> Reliability:
    state = inference.state
    raw = state.effects[block, place]
    left = np.diag(state.residuals)[block]
    variance = float(state.covariance[place, place])
    total = np.diag(state.covariance)[block]
    standard = raw * np.sqrt(variance / total)
    return Reliability(
        alpha=alpha(answers.moments.covariance[np.ix_(block, block)]),
        omega=composite_reliability(raw, left, variance),
        rho_c=composite_reliability(standard, left / total),
        ave=average_variance_extracted(standard),
    )


def normal_arrays(values: Floats, se: Floats) -> tuple[Floats, Floats]:
    """Lower and upper ends of normal intervals for arrays of estimates."""
    pairs = [normal(float(value), float(error)) for value, error in zip(values, se, strict=True)]
    ends = np.array(pairs).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]
