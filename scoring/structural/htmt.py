"""Heterotrait–monotrait ratio of correlations."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from scoring.arrays import Floats
from scoring.structural.model import StructuralModel


def htmt(correlation: Floats, blocks: Sequence[Sequence[int]]) -> dict[tuple[int, int], float]:
    """HTMT of every pair of constructs (Henseler, Ringle & Sarstedt 2015, J. Acad. Mark. Sci. 43:115, eq. 6).

    Mean absolute correlation between the items of two constructs, over the geometric mean of the mean
    absolute correlations within them; a single item's mean within is 1. `correlation` (p, p), `blocks`
    item positions.
    """
    size = np.abs(correlation)
    within = [_within(size, block) for block in blocks]
    ratios = {}
    for a, b in combinations(range(len(blocks)), 2):
        between = float(size[np.ix_(blocks[a], blocks[b])].mean())
        product = within[a] * within[b]
        ratios[a, b] = between / float(np.sqrt(product)) if product > 0 else float("nan")
    return ratios


def _within(size: Floats, block: Sequence[int]) -> float:
    if len(block) == 1:
        return 1.0
    inside = size[np.ix_(block, block)]
    return float(inside[np.tril_indices(len(block), -1)].mean())


def construct_htmt(model: StructuralModel, correlation: Floats) -> dict[tuple[str, str], float]:
    """HTMT of every pair of constructs of a model, by name."""
    ratios = htmt(correlation, model.blocks)
    return {(model.names[a], model.names[b]): value for (a, b), value in ratios.items()}
