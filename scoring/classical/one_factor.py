"""The one-factor model by maximum likelihood, from correlations, and ω."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scoring.arrays import Floats
from scoring.classical.factorability import is_singular
from scoring.structural.reliability import composite_reliability

LEAST_UNIQUENESS = 1e-4  # share of an item's variance; the search stops there, and the fit is improper
GRADIENT_TOLERANCE = 1e-5


@dataclass(frozen=True)
class OneFactor:
    """Standardised loadings (k,), most of them positive, with `uniqueness` 1 − λ²; both NaN unless the
    verdict is ok."""

    loadings: Floats
    uniqueness: Floats
    verdict: Literal["ok", "not_identified", "not_converged", "improper"]


def fit_one_factor(correlation: Floats) -> OneFactor:
    """Minimise ln|Σ| + tr(RΣ⁻¹) − ln|R| − k over Σ = λλ' + Ψ (Lawley & Maxwell 1971, Factor Analysis as a
    Statistical Method, ch. 2; Jöreskog 1967, Psychometrika 32:443).

    λ is eliminated: given Ψ it follows from the first eigenvector of Ψ^−½ R Ψ^−½, and the discrepancy is
    Σ (θ_m − ln θ_m − 1) over the other eigenvalues θ_m. Fewer than three items do not identify it.
    """
    from scipy.optimize import minimize  # here: it takes longer to import than all else

    k = len(correlation)
    if k < 3 or is_singular(correlation):
        return _without(k, "not_identified")
    start = np.clip((1.0 - 0.5 / k) / np.diag(np.linalg.inv(correlation)), 0.01, 0.99)
    found = minimize(
        _discrepancy,
        start,
        args=(correlation,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(LEAST_UNIQUENESS, 1.0)] * k,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000},
    )
    uniqueness = np.asarray(found.x)
    free = uniqueness > LEAST_UNIQUENESS * 1.01
    if not free.all():
        return _without(k, "improper")
    slope = _discrepancy(uniqueness, correlation)[1]
    if np.abs(np.where((uniqueness < 1.0) | (slope > 0), slope, 0.0)).max() > GRADIENT_TOLERANCE:
        return _without(k, "not_converged")
    return OneFactor(_turned(_loadings(uniqueness, correlation)), uniqueness, "ok")


def omega(correlation: Floats) -> float:
    """(Σλ)²/((Σλ)² + Σ(1 − λ²)) of a one-factor fit on correlations (McDonald 1999, Test Theory, eq. 6.20b);
    NaN where the fit is not proper."""
    fit = fit_one_factor(correlation)
    return composite_reliability(fit.loadings, fit.uniqueness) if fit.verdict == "ok" else math.nan


def _discrepancy(uniqueness: Floats, correlation: Floats) -> tuple[float, Floats]:
    """The discrepancy with λ eliminated, and its gradient diag(Σ − R)/ψ²."""
    scale = np.sqrt(uniqueness)
    values = np.linalg.eigvalsh(correlation / np.outer(scale, scale))
    left = np.maximum(values[:-1], 1e-300)
    loadings = _loadings(uniqueness, correlation)
    implied = loadings**2 + uniqueness
    gradient = (implied - np.diag(correlation)) / uniqueness**2
    return float(np.sum(left - np.log(left) - 1.0)), np.asarray(gradient)


def _loadings(uniqueness: Floats, correlation: Floats) -> Floats:
    scale = np.sqrt(uniqueness)
    values, vectors = np.linalg.eigh(correlation / np.outer(scale, scale))
    return np.asarray(scale * vectors[:, -1] * math.sqrt(max(values[-1] - 1.0, 0.0)))


def _turned(loadings: Floats) -> Floats:
    return -loadings if loadings.sum() < 0 else loadings


def _without(k: int, verdict: Literal["not_identified", "not_converged", "improper"]) -> OneFactor:
    return OneFactor(np.full(k, np.nan), np.full(k, np.nan), verdict)
