"""Where in the sorted resamples the ends of a bias-corrected and accelerated interval lie."""

import numpy as np
from scipy.stats import norm

from scoring.arrays import Floats
from scoring.structural.intervals import LEVEL


def bca_shares(drawn: Floats, whole: Floats, left_out: Floats) -> tuple[Floats, Floats]:
    """Shares (r,) of the resamples below the lower and the upper end (Efron 1987, JASA 82:171, eq. 2.3).

    Φ(z₀ + (z₀ + z) / (1 − a(z₀ + z))) with z₀ the normal quantile of the share of resamples (b, r) below the
    estimate (r,), and a from the estimates with one case left out (n, r). Percentiles result if both are 0.
    """
    bias, curve = bias_correction(drawn, whole), acceleration(left_out)
    tail = norm.ppf((1.0 + LEVEL) / 2)
    low, high = (
        norm.cdf(bias + (bias + z) / np.maximum(1.0 - curve * (bias + z), 1e-6)) for z in (-tail, tail)
    )
    return np.asarray(low), np.asarray(high)


def bias_correction(drawn: Floats, whole: Floats) -> Floats:
    """z₀ (r,): a resample that equals the estimate counts half; none or all below it count as half a one."""
    usable = np.isfinite(drawn)
    count = np.maximum(usable.sum(axis=0), 1)
    below = ((drawn < whole) & usable).sum(axis=0) + 0.5 * ((drawn == whole) & usable).sum(axis=0)
    return np.asarray(norm.ppf(np.clip(below / count, 0.5 / count, 1.0 - 0.5 / count)))


def acceleration(left_out: Floats) -> Floats:
    """a = Σ(θ̄ − θ₍ᵢ₎)³ / (6 (Σ(θ̄ − θ₍ᵢ₎)²)^³ᐟ²) (r,), from the cases whose absence leaves an estimate; 0 for
    what never moves (Efron & Tibshirani 1993, eq. 14.15)."""
    usable = np.isfinite(left_out)
    filled = np.where(usable, left_out, 0.0)
    mean = filled.sum(axis=0) / np.maximum(usable.sum(axis=0), 1)
    apart = np.where(usable, mean - filled, 0.0)
    square = np.sum(apart**2, axis=0)
    moved = square > 1e-20 * (1.0 + mean**2)
    return np.where(moved, np.sum(apart**3, axis=0) / (6.0 * np.where(moved, square, 1.0) ** 1.5), 0.0)
