"""Customer value analysis, and perceived value as worth against cost."""

import math

import numpy as np
from numpy.typing import ArrayLike

from scoring.errors import DataError


def weighted_score(weights: ArrayLike, scores: ArrayLike) -> float:
    """Market-perceived quality Σ (w_i/100) s_i with weights that sum to 100 (Gale 1994, Managing Customer
    Value, ch. 2)."""
    return float(_shares(weights) @ np.asarray(scores, dtype=np.float64))


def relative_score(weights: ArrayLike, own: ArrayLike, competitor: ArrayLike) -> float:
    """Σ w_i (own_i/competitor_i), 100 = parity: the quality ratio, and with price attributes the price ratio
    (Gale 1994, ch. 2). Gale's printed totals come from ratios rounded to two decimals."""
    other = np.asarray(competitor, dtype=np.float64)
    if not (other > 0).all():
        raise DataError("a competitor's score is not above 0; ratios need scores above 0")
    return 100.0 * float(_shares(weights) @ (np.asarray(own, dtype=np.float64) / other))


def customer_value(quality_ratio: float, price_ratio: float, quality_weight: float) -> float:
    """w_q quality + (1 − w_q) · 100²/price with both ratios on 100 = parity (Gale 1994, ch. 3)."""
    if not price_ratio > 0:
        raise DataError(f"a price ratio of {price_ratio:g} is none; it must be above 0")
    return quality_weight * quality_ratio + (1.0 - quality_weight) * 100.0**2 / price_ratio


def perceived_value(worth: ArrayLike, cost: ArrayLike) -> float | np.ndarray:
    """What it is worth to the customer minus all it costs, in money (Zeithaml 1988, J. Marketing 52(3):2)."""
    return np.asarray(worth, dtype=np.float64) - np.asarray(cost, dtype=np.float64)


def _shares(weights: ArrayLike) -> np.ndarray:
    given = np.asarray(weights, dtype=np.float64)
    if not math.isclose(given.sum(), 100.0, abs_tol=1e-6):
        raise DataError(f"the weights sum to {given.sum():g}; they must sum to 100")
    return given / 100.0
