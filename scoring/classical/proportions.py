"""Intervals for shares and their differences, and how many answers a share needs."""

import math

from scipy.special import ndtri

Interval = tuple[float, float]

LARGEST_Z, HALVINGS = 8.0, 60


def critical(level: float = 0.95) -> float:
    """z with P(|Z| ≤ z) = level for a standard normal Z; 1.96 for 95 %."""
    return float(ndtri(0.5 + level / 2))


def wilson(count: float, n: float, level: float = 0.95) -> Interval:
    """(2np + z² ∓ z√(z² + 4np(1 − p))) / 2(n + z²) (Wilson 1927, J. Am. Stat. Assoc. 22:209; Newcombe 1998,
    Stat. Med. 17:857, method 3).

    `count` of `n` answers; an effective base may be fractional. (NaN, NaN) without answers.
    """
    return _wilson(count, n, critical(level))


def _wilson(count: float, n: float, z: float) -> Interval:
    if not n > 0:
        return math.nan, math.nan
    z2 = z**2
    p = count / n
    reach = math.sqrt(z2 * (z2 + 4.0 * n * p * (1.0 - p)))
    low, high = (2.0 * n * p + z2 - reach) / (2.0 * (n + z2)), (2.0 * n * p + z2 + reach) / (2.0 * (n + z2))
    return max(low, 0.0), min(high, 1.0)


def newcombe_difference(
    count1: float, n1: float, count2: float, n2: float, level: float = 0.95, shared: float = 0
) -> tuple[float, float, float]:
    """p₁ − p₂ and its hybrid score interval d − √(a² + b² − 2ρab), d + √(c² + e² − 2ρce), a = p₁−l₁,
    b = u₂−p₂, c = u₁−p₁, e = p₂−l₂, from Wilson's limits of two shares (Newcombe 1998, Stat. Med. 17:873,
    method 10, where ρ = 0; Zou & Donner 2008, Stat. Med. 27:1693).

    ρ = m/√(n₁n₂) for m `shared` answers that count in both.
    """
    if not (n1 > 0 and n2 > 0):
        return math.nan, math.nan, math.nan
    return _newcombe(count1, n1, count2, n2, shared, critical(level))


def newcombe_z(count1: float, n1: float, count2: float, n2: float, shared: float = 0) -> float:
    """The normal quantile at which the hybrid score interval of p₁ − p₂ just reaches 0, with the sign of the
    difference: the test that says what the interval says (inversion; Cox & Hinkley 1974, Theoretical
    Statistics, ch. 7). Found by halving, 8 at most."""
    if not (n1 > 0 and n2 > 0):
        return math.nan
    apart = count1 / n1 - count2 / n2
    inside, outside = LARGEST_Z, 0.0
    for _ in range(HALVINGS if apart else 0):
        z = (inside + outside) / 2.0
        _d, low, high = _newcombe(count1, n1, count2, n2, shared, z)
        inside, outside = (z, outside) if low <= 0.0 <= high else (inside, z)
    return math.copysign(inside, apart) if apart else 0.0


def _newcombe(
    count1: float, n1: float, count2: float, n2: float, shared: float, z: float
) -> tuple[float, float, float]:
    p1, p2, rho = count1 / n1, count2 / n2, shared / math.sqrt(n1 * n2)
    l1, u1 = _wilson(count1, n1, z)
    l2, u2 = _wilson(count2, n2, z)
    apart = p1 - p2
    return apart, apart - joined(p1 - l1, u2 - p2, rho), apart + joined(u1 - p1, p2 - l2, rho)


def joined(first: float, second: float, rho: float) -> float:
    """√(a² − 2ρab + b²): what two one-sided reaches of correlation ρ make together (Zou & Donner 2008)."""
    if not rho:
        return math.hypot(first, second)
    return math.sqrt(max(first**2 - 2.0 * rho * first * second + second**2, 0.0))


def share_sample_size(margin: float, share: float = 0.5, level: float = 0.95) -> float:
    """n₀ = z² p(1 − p)/margin² answers for a Wald interval of share ∓ margin (Cochran 1977, Sampling
    Techniques, sec. 4.4); not rounded."""
    return critical(level) ** 2 * share * (1.0 - share) / margin**2


def finite_sample_size(n0: float, population: float) -> float:
    """n₀ / (1 + (n₀ − 1)/N) (Cochran 1977, sec. 4.4; Krejcie & Morgan 1970, Educ. Psychol. Meas. 30:607,
    whose table rounds to the nearest); not rounded."""
    return n0 / (1.0 + (n0 - 1.0) / population)
