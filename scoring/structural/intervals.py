"""Normal intervals and the delta method."""

import math
from typing import TypeVar

import numpy as np
from scipy.stats import norm

from scoring.arrays import Floats

LEVEL = 0.95
Number = TypeVar("Number", float, Floats)
Z = float(norm.ppf(0.5 + LEVEL / 2))


def normal(value: Number, se: Number) -> tuple[Number, Number]:
    """95 % interval value ∓ 1.96 se; (NaN, NaN) where the standard error is unknown."""
    return value - Z * se, value + Z * se


def normal_on_100(value: float, se: float) -> tuple[float, float]:
    """The same for an index, cut at the ends of 0..100, which no index can pass."""
    low, high = normal(value, se)
    return (low, high) if math.isnan(se) else (max(low, 0.0), min(high, 100.0))


def delta(jacobian: Floats, covariance: Floats) -> Floats:
    """Standard errors (r,) of r functions with Jacobian (r, q) of parameters with covariance (q, q)."""
    variance = np.einsum("rk,kl,rl->r", jacobian, covariance, jacobian, optimize=True)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))
