"""Whether the drivers of an outcome can be told apart."""

from collections.abc import Mapping

import numpy as np

from scoring.arrays import Floats
from scoring.structural.model import StructuralModel

LARGEST_VIF = 10.0
LARGEST_SE = 0.25  # of a standardised path


def variance_inflation(between: Floats) -> Floats:
    """VIF_i = (R⁻¹)_ii of drivers with correlations (k, k) (Marquardt 1970, Technometrics 12:591); inf if
    singular."""
    if np.linalg.eigvalsh(between)[0] < 1e-12:
        return np.full(len(between), np.inf)
    return np.diag(np.linalg.inv(between)).copy()


def collinearity(model: StructuralModel, between: Floats) -> dict[str, float]:
    """For every outcome the largest VIF among its drivers, from the construct correlations (m, m)."""
    place = {name: j for j, name in enumerate(model.names)}
    found = {}
    for name in model.outcomes:
        drivers = [place[source] for source in model.predecessors(name)]
        found[name] = float(variance_inflation(between[np.ix_(drivers, drivers)]).max())
    return found


def separable(largest_vif: Mapping[str, float], largest_se: Mapping[str, float]) -> dict[str, bool]:
    """For every outcome: its largest VIF is at most 10 and no standardised path's standard error exceeds .25.

    An outcome without a standard error (NaN, or absent) is judged by collinearity alone.
    """
    return {
        name: vif <= LARGEST_VIF and not largest_se.get(name, 0.0) > LARGEST_SE
        for name, vif in largest_vif.items()
    }
