"""Reliability and validity of the constructs of a structural model."""

import math
from dataclasses import dataclass

import numpy as np

from scoring.arrays import Floats


@dataclass(frozen=True)
class Reliability:
    """Coefficients of one construct; NaN where the estimator or a single item gives none."""

    alpha: float
    omega: float
    rho_c: float
    ave: float
    rho_a: float = math.nan


def alpha(covariance: Floats) -> float:
    """Cronbach's α = k/(k−1) (1 − Σs_ii/Σs_ij) of k items with covariance (k, k) (Cronbach 1951,
    Psychometrika 16:297)."""
    k = len(covariance)
    if k < 2:
        return math.nan
    return float(k / (k - 1) * (1.0 - np.trace(covariance) / covariance.sum()))


def composite_reliability(loadings: Floats, residuals: Floats, variance: float = 1.0) -> float:
    """(Σλ)²φ / ((Σλ)²φ + Σθ): ω unstandardised (McDonald 1999), ρ_C on standardised loadings (Jöreskog
    1971)."""
    true = float(loadings.sum()) ** 2 * variance
    return true / (true + float(residuals.sum()))


def average_variance_extracted(loadings: Floats) -> float:
    """Mean squared standardised loading (Fornell & Larcker 1981, J. Marketing Res. 18:39)."""
    return float(np.mean(loadings**2))


def rho_a(weights: Floats, correlation: Floats) -> float:
    """Dijkstra & Henseler's ρ_A for outer weights (k,) of a unit-variance composite (2015, MIS Q. 39:297,
    eq. 3).

    (w'w)² · w'(S − diag S)w / w'(ww' − diag ww')w, with S the items' correlations (k, k).
    """
    square = float(weights @ weights)
    outer = np.outer(weights, weights)
    off = correlation - np.diag(np.diag(correlation))
    apart = float(weights @ (outer - np.diag(np.diag(outer))) @ weights)
    return square**2 * float(weights @ off @ weights) / apart if apart else math.nan
