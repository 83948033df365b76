"""An index from weights and items, common to both estimators."""

from collections.abc import Sequence

import numpy as np

from scoring.arrays import Floats
from scoring.structural.issues import Issue, issue
from scoring.structural.model import StructuralModel


def index_value(weights: Floats, means: Floats) -> float:
    """Σ w_i x̄_i of items on 0..100 with weights that sum to 1 (Fornell et al. 1996, J. Marketing 60:7)."""
    return float(weights @ means)


def items_against(model: StructuralModel, loadings: Floats) -> list[Issue]:
    """Remarks on items (p,) whose loading has the other sign than most of their construct's."""
    found = []
    for construct, block in zip(model.constructs, model.blocks, strict=True):
        own = loadings[list(block)]
        majority = 1.0 if np.sum(own > 0) * 2 >= len(own) else -1.0
        names = [item for item, loading in zip(construct.items, own, strict=True) if loading * majority < 0]
        found += [issue("item_against", item=name, construct=construct.name) for name in names]
    return found


def improper_weights(model: StructuralModel, weights: Sequence[Floats]) -> list[Issue]:
    """Remarks on constructs with a weight that is not positive; they have no index."""
    found = []
    for construct, own in zip(model.constructs, weights, strict=True):
        names = [item for item, weight in zip(construct.items, own, strict=True) if not weight > 0]
        if names:
            found.append(issue("improper_weight", construct=construct.name, names=names))
    return found
