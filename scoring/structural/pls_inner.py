"""Inner weighting schemes of PLS path modelling."""

from collections.abc import Mapping

import numpy as np

from scoring.arrays import Floats, Ints
from scoring.structural.regression import solve_each
from scoring.structural.result import Scheme


def inner_weights(scheme: Scheme, paths: Ints, drivers: Mapping[int, Ints], between: Floats) -> Floats:
    """(b, m, m) weight of construct i (row) in the inner estimate of construct j (column).

    centroid (Wold 1982): the sign of the correlation of neighbours; factorial (Lohmöller 1989): the
    correlation; path: the correlation with successors, the regression coefficients on predecessors.
    `paths` (k, 2) as (source, target), `drivers` of every outcome, `between` construct correlations (b, m,
    m).
    """
    source, target = paths.T
    neighbours = np.zeros(between.shape[1:], dtype=bool)
    neighbours[source, target] = neighbours[target, source] = True
    if scheme == "centroid":
        return np.asarray(np.sign(between) * neighbours)
    inner = between * neighbours
    if scheme == "path":
        for outcome, own in drivers.items():
            inner[:, own, outcome] = solve_each(between[:, own[:, None], own], between[:, own, outcome])
    return inner
