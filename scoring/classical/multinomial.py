"""Simultaneous intervals for differences of multinomial shares."""

import math
from collections.abc import Sequence
from typing import Literal

from scipy.special import chdtri

Adjustment = Literal["bonferroni", "scheffe"]


def goodman_difference(
    counts: Sequence[float],
    first: int,
    second: int,
    adjustment: Adjustment = "bonferroni",
    level: float = 0.95,
) -> tuple[float, float, float]:
    """p_i − p_j and the interval d ∓ √(q (p_i + p_j − d²)/n), valid for all pairs of c shares at once
    (Goodman 1964, Ann. Math. Stat. 35:716; 1965, Technometrics 7:247).

    q is the upper α/m point of χ²(1) over m = c(c−1)/2 pairs (Bonferroni), or the upper α point of χ²(c−1)
    (Scheffé). NaN without answers.
    """
    n, c = float(sum(counts)), len(counts)
    if not n > 0 or c < 2:
        return math.nan, math.nan, math.nan
    alpha = 1.0 - level
    pairs = c * (c - 1) / 2
    quantile = chdtri(1, alpha / pairs) if adjustment == "bonferroni" else chdtri(c - 1, alpha)
    p_i, p_j = counts[first] / n, counts[second] / n
    difference = p_i - p_j
    reach = math.sqrt(float(quantile) * (p_i + p_j - difference**2) / n)
    return difference, difference - reach, difference + reach
