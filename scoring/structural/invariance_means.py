"""Differences of latent means between groups, which equal loadings and intercepts make comparable."""

import numpy as np
from scipy.special import ndtr

from scoring.structural.intervals import normal
from scoring.structural.invariance_fit import Fitted, Units, construct_variances, factors, own_errors
from scoring.structural.invariance_result import LatentMean
from scoring.structural.model import StructuralModel


def latent_means(model: StructuralModel, fitted: Fitted, given: Units) -> tuple[LatentMean, ...]:
    """κ of every later group, the first group's being 0 (Sörbom 1974, BJMSP 27:229), with standard errors by
    expected information."""
    groups, p = fitted.groups, fitted.groups.structure.items
    scale = factors(groups, given)
    sd = np.sqrt(construct_variances(fitted)) * scale[-len(model.names) :]
    unit = {int(j) - p: model.items[i] for i, j in groups.structure.markers}
    found = []
    for g in range(1, len(fitted.likelihood.moments)):
        means = (groups.own(fitted.theta, g) * scale)[-len(model.names) :]
        errors = (own_errors(fitted, g) * scale)[-len(model.names) :]
        for j, name in enumerate(model.names):
            mean, se = float(means[j]), float(errors[j])
            low, high = normal(mean, se)
            z, p_value = mean / se, float(2.0 * ndtr(-abs(mean / se)))
            found.append(
                LatentMean(name, g + 1, mean, se, z, p_value, low, high, float(mean / sd[j]), unit[j])
            )
    return tuple(found)
