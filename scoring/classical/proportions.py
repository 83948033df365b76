"""Intervals for shares and their differences, and how many answers a share needs."""

import math

from scipy.special import ndtri

Interval = tuple[float, float]


def critical(level: float = 0.95) -> float:
    """z with P(|Z| ≤ z) = level for a standard normal Z; 1.96 for 95 %."""
    return float(ndtri(0.5 + level / 2))


def wilson(count: float, n: float, level: float = 0.95) -> Interval:
    """(2np + z² ∓ z√(z² + 4np(1 − p))) / 2(n + z²) (Wilson 1927, J. Am. Stat. Assoc. 22:209; Newcombe 1998,
    Stat. Med. 17:857, method 3).

    `count` of `n` answers; an effective base may be fractional. (NaN, NaN) without answers.
    """
    if not n > 0:
        return math.nan, math.nan
    z2 = critical(level) ** 2
    p = count / n
    reach = math.sqrt(z2 * (z2 + 4.0 * n * p * (1.0 - p)))
    low, high = (2.0 * n * p + z2 - reach) / (2.0 * (n + z2)), (2.0 * n * p + z2 + reach) / (2.0 * (n + z2))
    return max(low, 0.0), min(high, 1.0)


def newcombe_difference(
    count1: float, n1: float, count2: float, n2: float, level: float = 0.95
) -> tuple[float, float, float]:
    """p₁ − p₂ and its hybrid score interval d − √((p₁−l₁)² + (u₂−p₂)²), d + √((u₁−p₁)² + (p₂−l₂)²) from
    Wilson's limits of two independent shares (Newcombe 1998, Stat. Med. 17:873, method 10)."""
    if not (n1 > 0 and n2 > 0):
        return math.nan, math.nan, math.nan
    p1, p2 = count1 / n1, count2 / n2
    l1, u1 = wilson(count1, n1, level)
    l2, u2 = wilson(count2, n2, level)
    difference = p1 - p2
    return difference, difference - math.hypot(p1 - l1, u2 - p2), difference + math.hypot(u1 - p1, p2 - l2)


def share_sample_size(margin: float, share: float = 0.5, level: float = 0.95) -> float:
    """n₀ = z² p(1 − p)/margin² answers for a Wald interval of share ∓ margin (Cochran 1977, Sampling
    Techniques, sec. 4.4); not rounded."""
    return critical(level) ** 2 * share * (1.0 - share) / margin**2


def finite_sample_size(n0: float, population: float) -> float:
    """n₀ / (1 + (n₀ − 1)/N) (Cochran 1977, sec. 4.4; Krejcie & Morgan 1970, Educ. Psychol. Meas. 30:607,
    whose table rounds to the nearest); not rounded."""
    return n0 / (1.0 + (n0 - 1.0) / population)
