"""Whether correlations are worth a factor analysis."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from scoring.arrays import Floats

LEAST_EIGENVALUE = 1e-10  # of a correlation matrix; below it nothing can be inverted


@dataclass(frozen=True)
class Bartlett:
    """Test that all correlations are 0."""

    chi2: float
    df: int
    p: float


def is_singular(correlation: Floats) -> bool:
    """True where an item follows from the others, so that nothing below can be given."""
    return bool(np.linalg.eigvalsh(correlation)[0] < LEAST_EIGENVALUE)


def kmo(correlation: Floats) -> float:
    """Σr²/(Σr² + Σq²) over the off-diagonal, q the partial correlations given all other items (Kaiser 1974,
    Psychometrika 39:31); bands at .5, .6, .7, .8, .9. NaN for a singular matrix."""
    return float(_adequacy(correlation, axis=None))


def item_kmo(correlation: Floats) -> Floats:
    """(k,) the same of every item's own row (Kaiser & Rice 1974, Educ. Psychol. Meas. 34:111)."""
    return np.asarray(_adequacy(correlation, axis=1))


def bartlett(correlation: Floats, n: int) -> Bartlett:
    """χ² = −(n − 1 − (2p + 5)/6) ln|R| on p(p − 1)/2 degrees of freedom (Bartlett 1951, Biometrika 38:337).
    NaN for a singular matrix, or too few answers for the correction."""
    p = len(correlation)
    df = p * (p - 1) // 2
    scale = n - 1 - (2 * p + 5) / 6
    if scale <= 0 or is_singular(correlation):
        return Bartlett(math.nan, df, math.nan)
    chi2 = -scale * float(np.linalg.slogdet(correlation)[1])
    return Bartlett(max(chi2, 0.0), df, float(chdtrc(df, max(chi2, 0.0))))


def partial_correlations(correlation: Floats) -> Floats:
    """(p, p) correlation of every pair given all others, −(R⁻¹)_ij/√((R⁻¹)_ii (R⁻¹)_jj) (Whittaker 1990,
    Graphical Models, ch. 5)."""
    inverse = np.linalg.inv(correlation)
    scale = np.sqrt(np.diag(inverse))
    partial = -inverse / np.outer(scale, scale)
    np.fill_diagonal(partial, 1.0)
    return np.asarray(partial)


def _adequacy(correlation: Floats, axis: int | None) -> Floats:
    if is_singular(correlation):
        return np.full(() if axis is None else len(correlation), np.nan)
    apart = ~np.eye(len(correlation), dtype=bool)
    whole = np.sum(correlation**2 * apart, axis=axis)
    partial = np.sum(partial_correlations(correlation) ** 2 * apart, axis=axis)
    total = whole + partial
    return np.asarray(np.where(total > 0, whole / np.where(total > 0, total, 1.0), np.nan))
