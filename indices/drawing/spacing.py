"""Placing things on a line near where they would like to be, in order and apart."""

from collections.abc import Sequence


def spread(
    wanted: Sequence[float],
    apart: float,
    low: float,
    high: float,
    weights: Sequence[float] | None = None,
) -> list[float]:
    """Places at least `apart` from each other, within low..high, with the least weighted squared moves.

    Subtracting i * apart turns "apart" into "not decreasing", so this is isotonic regression, solved by
    pooling adjacent violators (Barlow et al. 1972); clipping its solution keeps it best within bounds.
    Where there is no room the distance shrinks until all fit.
    """
    if not wanted:
        return []
    if len(wanted) > 1:
        apart = min(apart, (high - low) / (len(wanted) - 1))
    free = [value - i * apart for i, value in enumerate(wanted)]
    pooled = _not_decreasing(free, weights or [1.0] * len(wanted))
    ceiling = high - apart * (len(wanted) - 1)
    return [min(max(value, low), ceiling) + i * apart for i, value in enumerate(pooled)]


def _not_decreasing(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    blocks: list[tuple[float, float, int]] = []  # mean, weight, count
    for value, weight in zip(values, weights, strict=True):
        block = (value, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            block = _pooled(blocks.pop(), block)
        blocks.append(block)
    return [mean for mean, _, count in blocks for _ in range(count)]


def _pooled(a: tuple[float, float, int], b: tuple[float, float, int]) -> tuple[float, float, int]:
    weight = a[1] + b[1]
    return ((a[0] * a[1] + b[0] * b[1]) / weight, weight, a[2] + b[2])
