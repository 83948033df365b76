"""Intervals for a net share pr − d, the difference of two multinomial shares; limits are shares, −1..1."""

import math
from collections.abc import Callable

from scoring.classical.proportions import Interval, critical, joined, wilson

Limits = Callable[[float, float, float, float], Interval]

HALVINGS = 60  # of an interval no longer than 2: to the last bit


def wald(promoters: float, passives: float, detractors: float, level: float = 0.95) -> Interval:
    """(pr − d) ∓ z√((pr + d − (pr − d)²)/n), cut at −1 and 1 (Rocks 2016, Am. Stat. 70:365)."""
    n = promoters + passives + detractors
    if not n > 0:
        return math.nan, math.nan
    net = (promoters - detractors) / n
    variance = max((promoters + detractors) / n - net**2, 0.0)
    reach = critical(level) * math.sqrt(variance / n)
    return max(net - reach, -1.0), min(net + reach, 1.0)


def adjusted_wald(promoters: float, passives: float, detractors: float, level: float = 0.95) -> Interval:
    """Wald's interval after adding ¾ promoter, 1½ passives and ¾ detractor (Rocks 2016, Am. Stat. 70:365)."""
    if not promoters + passives + detractors > 0:
        return math.nan, math.nan
    return wald(promoters + 0.75, passives + 1.5, detractors + 0.75, level)


def mover(promoters: float, passives: float, detractors: float, level: float = 0.95) -> Interval:
    """Limits recovered from Wilson's two intervals and the multinomial correlation
    ρ = −√(p₁p₂/((1−p₁)(1−p₂))): L = d − √((p₁−l₁)² − 2ρ(p₁−l₁)(u₂−p₂) + (u₂−p₂)²), U likewise
    (Zou & Donner 2008, Stat. Med. 27:1693)."""
    n = promoters + passives + detractors
    if not n > 0:
        return math.nan, math.nan
    p1, p2 = promoters / n, detractors / n
    l1, u1 = wilson(promoters, n, level)
    l2, u2 = wilson(detractors, n, level)
    apart = (1.0 - p1) * (1.0 - p2)
    rho = -math.sqrt(p1 * p2 / apart) if apart > 0 else 0.0
    net = p1 - p2
    below = joined(p1 - l1, u2 - p2, rho)
    return net - below, net + joined(u1 - p1, p2 - l2, rho)


def tango(promoters: float, passives: float, detractors: float, level: float = 0.95) -> Interval:
    """The net shares Δ that the score test does not reject: |T(Δ)| ≤ z with
    T = (b − c − nΔ)/√(n(2q̃ + Δ(1 − Δ))), b promoters, c detractors and q̃ their share under Δ (Tango 1998,
    Stat. Med. 17:891, eq. 5 to 8), found by halving."""
    n = promoters + passives + detractors
    if not n > 0:
        return math.nan, math.nan
    net, z = (promoters - detractors) / n, critical(level)

    def rejected(delta: float) -> bool:
        return abs(_tango_statistic(promoters, detractors, n, delta)) > z

    return _edge(net, -1.0, rejected), _edge(net, 1.0, rejected)


def _tango_statistic(b: float, c: float, n: float, delta: float) -> float:
    half = -b - c + (2.0 * n - b + c) * delta
    product = -c * delta * (1.0 - delta)
    q = (math.sqrt(max(half**2 - 8.0 * n * product, 0.0)) - half) / (4.0 * n)
    variance = n * (2.0 * q + delta * (1.0 - delta))
    apart = b - c - n * delta
    if variance <= 0.0:
        return 0.0 if apart == 0.0 else math.copysign(math.inf, apart)
    return apart / math.sqrt(variance)


def _edge(inside: float, outside: float, rejected: Callable[[float], bool]) -> float:
    """Where `rejected` begins between a value that is not and one that may be."""
    if not rejected(outside):
        return outside
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2.0
        inside, outside = (inside, middle) if rejected(middle) else (middle, outside)
    return inside
