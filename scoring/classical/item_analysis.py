"""Reliability of a scale from its items: α with its interval, item-total correlations, α if deleted."""

import math

import numpy as np
from scipy.special import fdtri

from scoring.arrays import Floats
from scoring.structural.reliability import alpha


def feldt_interval(value: float, n: int, items: int, level: float = 0.95) -> tuple[float, float]:
    """1 − (1 − α) F with the quantiles of F(n − 1, (n − 1)(k − 1)) (Feldt 1965, Psychometrika 30:357; Feldt,
    Woodruff & Salih 1987, Appl. Psychol. Meas. 11:93)."""
    if n < 2 or items < 2 or math.isnan(value):
        return math.nan, math.nan
    df1, df2 = n - 1, (n - 1) * (items - 1)
    upper, lower = (float(fdtri(df1, df2, 0.5 + side * level / 2)) for side in (1, -1))
    return 1.0 - (1.0 - value) * upper, 1.0 - (1.0 - value) * lower


def standardised_alpha(correlation: Floats) -> float:
    """k r̄/(1 + (k − 1) r̄) with the mean off-diagonal correlation r̄ (Cronbach 1951, Psychometrika 16:297,
    eq. 28; Spearman-Brown): α of the correlations."""
    return alpha(correlation)


def item_total(covariance: Floats) -> Floats:
    """(k,) correlation of every item with the sum of all, itself among them: Σ_j s_ij/√(s_ii Σs)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(covariance.sum(axis=1) / np.sqrt(np.diag(covariance) * covariance.sum()))


def corrected_item_total(covariance: Floats) -> Floats:
    """(k,) correlation of every item with the sum of the others (Nunnally & Bernstein 1994, Psychometric
    Theory, ch. 8); .30 is the usual guide. NaN where the others' sum does not vary."""
    variances, rows = np.diag(covariance), covariance.sum(axis=1)
    others = covariance.sum() - 2.0 * rows + variances
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((rows - variances) / np.sqrt(variances * others))


def alpha_if_deleted(covariance: Floats) -> Floats:
    """(k,) α of the scale without each item (Cronbach 1951, Psychometrika 16:297); NaN where one item is
    left."""
    k = len(covariance)
    kept = (np.delete(np.arange(k), i) for i in range(k))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.array([alpha(covariance[np.ix_(rest, rest)]) for rest in kept])
