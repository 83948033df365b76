"""How well a covariance structure reproduces the data, in lavaan's conventions (divisor n throughout)."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2 as chi_squared

from scoring.arrays import Floats
from scoring.structural.em import EmMoments, available
from scoring.structural.ml_derivatives import discrepancy_of
from scoring.structural.moments import correlation
from scoring.structural.pattern_likelihood import PatternState


@dataclass(frozen=True)
class FitMeasures:
    """The usual measures of a maximum likelihood fit; NaN where one is not defined."""

    chi2: float
    df: int
    p: float
    cfi: float
    tli: float
    rmsea: float
    srmr: float
    logl: float
    aic: float
    bic: float


@dataclass(frozen=True)
class _Misfit:
    """χ² and degrees of freedom of a model and of the independence model."""

    chi2: float
    df: int
    baseline: float
    baseline_df: int


def fit_measures(sigma: Floats, covariance: Floats, n: int, parameters: int) -> FitMeasures:
    """All measures for an implied (p, p) and an observed (p, p) covariance with `parameters` free ones."""
    p = len(covariance)
    misfit = _Misfit(
        chi2=n * max(discrepancy_of(sigma, covariance), 0.0),
        df=p * (p + 1) // 2 - parameters,
        baseline=n * discrepancy_of(np.diag(np.diag(covariance)), covariance),
        baseline_df=p * (p - 1) // 2,
    )
    return _measures(misfit, srmr(sigma, covariance), log_likelihood(sigma, covariance, n), n, parameters)


def pattern_measures(
    fitted: PatternState, sigma: Floats, em: EmMoments, n: int, parameters: int
) -> FitMeasures:
    """The same for answers with gaps: χ² against the saturated likelihood at EM's moments, the independence
    model with available means and variances; the p free means count among the parameters of AIC and BIC.

    `fitted` and Σ `sigma` (p, p) belong to items standardised by EM's moments; `n` is the base.
    """
    patterns, p = fitted.patterns, len(sigma)
    base = patterns.share @ patterns.observed
    independent = float(base @ (2.0 * np.log(available(patterns)[1]) + 1.0))
    misfit = _Misfit(
        chi2=n * max(fitted.value - em.state.value, 0.0),
        df=p * (p + 1) // 2 - parameters,
        baseline=n * (independent - em.state.value),
        baseline_df=p * (p - 1) // 2,
    )
    constant = float(base @ (math.log(2 * math.pi) + 2.0 * np.log(em.sd)))
    logl = -n / 2 * (fitted.value + constant)
    residual = srmr_with_means(sigma, correlation(em.covariance), fitted.mean)
    return _measures(misfit, residual, logl, n, parameters + p)


def _measures(misfit: _Misfit, residual: float, logl: float, n: int, parameters: int) -> FitMeasures:
    chi2, df = misfit.chi2, misfit.df
    return FitMeasures(
        chi2=chi2,
        df=df,
        p=float(chi_squared.sf(chi2, df)) if df > 0 else math.nan,
        cfi=cfi(chi2, df, misfit.baseline, misfit.baseline_df),
        tli=tli(chi2, df, misfit.baseline, misfit.baseline_df),
        rmsea=rmsea(chi2, df, n),
        srmr=residual,
        logl=logl,
        aic=-2.0 * logl + 2.0 * parameters,
        bic=-2.0 * logl + math.log(n) * parameters,
    )


def log_likelihood(sigma: Floats, covariance: Floats, n: int) -> float:
    """Normal log-likelihood at the sample means: −n/2 (p ln 2π + ln|Σ| + tr(SΣ⁻¹))."""
    trace = float(np.trace(np.linalg.solve(sigma, covariance)))
    log_determinant = float(np.linalg.slogdet(sigma)[1])
    return -n / 2 * (len(sigma) * math.log(2 * math.pi) + log_determinant + trace)


def cfi(chi2: float, df: int, baseline: float, baseline_df: int) -> float:
    """Comparative fit index (Bentler 1990, Psychol. Bull. 107:238) against the independence model."""
    excess = max(chi2 - df, 0.0)
    worst = max(chi2 - df, baseline - baseline_df, 0.0)
    return 1.0 if worst == 0.0 else 1.0 - excess / worst


def tli(chi2: float, df: int, baseline: float, baseline_df: int) -> float:
    """Tucker–Lewis index (Tucker & Lewis 1973, Psychometrika 38:1); 1 for a saturated model."""
    if df == 0:
        return 1.0
    if baseline_df == 0 or baseline == baseline_df:
        return math.nan
    return (baseline / baseline_df - chi2 / df) / (baseline / baseline_df - 1.0)


def rmsea(chi2: float, df: int, n: int) -> float:
    """Root mean square error of approximation √(max(χ² − df, 0) / (df n)) (Steiger & Lind 1980)."""
    return math.sqrt(max(chi2 - df, 0.0) / (df * n)) if df > 0 else 0.0


def srmr(sigma: Floats, covariance: Floats) -> float:
    """√ mean of ((s − σ) / √(s_ii s_jj))² over the lower triangle with diagonal (Bentler 1995)."""
    sd = np.sqrt(np.diag(covariance))
    residual = (covariance - sigma) / np.outer(sd, sd)
    return float(np.sqrt(np.mean(residual[np.tril_indices(len(sd))] ** 2)))


def srmr_with_means(sigma: Floats, observed: Floats, mean: Floats) -> float:
    """The same for standardised items whose means are modelled too: the means (p,), 0 in the data, join the
    mean (lavaan's `srmr` for answers with gaps)."""
    residual = (observed - sigma)[np.tril_indices(len(mean))]
    return float(np.sqrt(np.mean(np.concatenate([residual, mean]) ** 2)))
