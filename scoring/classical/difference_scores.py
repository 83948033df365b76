"""Whether a difference of two answers is worth anything as a measure."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scoring.structural.moments import from_rows
from scoring.structural.reliability import alpha


@dataclass(frozen=True)
class GapReliability:
    """α of perceptions, expectations and their gaps, the correlation of the two scales, and the reliability
    of the difference of their sums."""

    perception: float
    expectation: float
    gap: float
    correlation: float
    difference: float


def difference_reliability(
    reliability1: float, reliability2: float, correlation: float, sd1: float = 1.0, sd2: float = 1.0
) -> float:
    """r_D = (s₁²r₁₁ + s₂²r₂₂ − 2r₁₂s₁s₂)/(s₁² + s₂² − 2r₁₂s₁s₂) (Lord 1963; Peter, Churchill & Brown 1993,
    J. Consumer Res. 19:655).

    With equal variances ((r₁₁ + r₂₂)/2 − r₁₂)/(1 − r₁₂), below either reliability where the two correlate.
    NaN where the difference does not vary.
    """
    shared = 2.0 * correlation * sd1 * sd2
    variance = sd1**2 + sd2**2 - shared
    true = sd1**2 * reliability1 + sd2**2 * reliability2 - shared
    return true / variance if variance > 0 else math.nan


def gap_reliability(expectations: ArrayLike, perceptions: ArrayLike) -> GapReliability:
    """Reliability of one dimension's gaps from its items (n, k), over respondents who answered all of them
    (Brown, Churchill & Peter 1993, J. Retailing 69:127).

    α of the gap may still look high: it does not see that gap and perception share a component.
    """
    e, p = np.asarray(expectations, dtype=np.float64), np.asarray(perceptions, dtype=np.float64)
    whole = ~(np.isnan(e) | np.isnan(p)).any(axis=1)
    e, p = e[whole], p[whole]
    if len(e) < 2:
        return GapReliability(*[math.nan] * 5)
    sums = from_rows(np.column_stack([p.sum(axis=1), e.sum(axis=1)])).covariance
    sd1, sd2 = np.sqrt(np.diag(sums))
    r = float(sums[0, 1] / (sd1 * sd2)) if sd1 * sd2 > 0 else math.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        of_p, of_e, of_gap = (alpha(from_rows(rows).covariance) for rows in (p, e, p - e))
    difference = difference_reliability(of_p, of_e, r, float(sd1), float(sd2))
    return GapReliability(of_p, of_e, of_gap, r, difference)
