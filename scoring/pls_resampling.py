"""Moments of bootstrap and jackknife resamples, a chunk at a time so that memory is bounded."""

from collections.abc import Iterator

import numpy as np

from scoring.arrays import Floats

LARGEST_CHUNK = 4_000_000  # numbers held at once in the largest array of a chunk, 32 MB
LARGEST_DELETE_ONE = 20_000  # rows; beyond, groups of rows are left out instead of single rows
GROUPS = 100


def bootstrap_moments(
    rows: Floats, resamples: int, rng: np.random.Generator
) -> Iterator[tuple[Floats, Floats]]:
    """Means (c, p) and covariances (c, p, p) of resamples drawn with replacement from centred rows (n, p).

    Multinomial counts of the rows, then weighted cross-products by one matrix product; the draws do not
    depend on the size of a chunk.
    """
    n, p = rows.shape
    size = max(1, min(resamples, LARGEST_CHUNK // max(n, 4 * p * p)))
    for first in range(0, resamples, size):
        batch = min(size, resamples - first)
        counts = _counts(n, batch, rng)
        mean = counts @ rows / n
        second = _weighted_products(rows, counts) / n
        yield mean, second - mean[:, :, None] * mean[:, None, :]


def _counts(n: int, batch: int, rng: np.random.Generator) -> Floats:
    drawn = rng.integers(0, n, size=(batch, n)) + n * np.arange(batch)[:, None]
    return np.bincount(drawn.ravel(), minlength=batch * n).reshape(batch, n).astype(np.float64)


def _weighted_products(rows: Floats, counts: Floats) -> Floats:
    """Σ_r c_r x_r x_r' for every resample (c, p, p), block of rows by block."""
    n, p = rows.shape
    upper, lower = np.triu_indices(p)
    total = np.zeros((len(counts), len(upper)))
    size = max(1, LARGEST_CHUNK // len(upper))
    for first in range(0, n, size):
        block = rows[first : first + size]
        total += counts[:, first : first + size] @ (block[:, upper] * block[:, lower])
    matrices = np.empty((len(counts), p, p))
    matrices[:, upper, lower] = total
    matrices[:, lower, upper] = total
    return matrices


def jackknife_moments(rows: Floats, seed: int = 0) -> Iterator[tuple[Floats, Floats]]:
    """Means and covariances with one row left out at a time, from centred rows (n, p), without touching
    the others.

    S₍ᵢ₎ = (n S − n/(n−1) x x') / (n−1). Above 20,000 rows, 100 random groups are left out instead.
    """
    n, p = rows.shape
    if n > LARGEST_DELETE_ONE:
        yield _without_groups(rows, np.random.default_rng(seed))
        return
    whole = rows.T @ rows
    size = max(1, min(n, LARGEST_CHUNK // (4 * p * p)))
    for first in range(0, n, size):
        out = rows[first : first + size]
        products = out[:, :, None] * out[:, None, :]
        yield -out / (n - 1), (whole - products * (n / (n - 1))) / (n - 1)


def _without_groups(rows: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    n, p = rows.shape
    group = rng.permutation(n) % GROUPS
    whole, mean, covariance = rows.T @ rows, np.empty((GROUPS, p)), np.empty((GROUPS, p, p))
    for g in range(GROUPS):
        out = rows[group == g]
        left = n - len(out)
        mean[g] = -out.sum(axis=0) / left
        covariance[g] = (whole - out.T @ out) / left - np.outer(mean[g], mean[g])
    return mean, covariance


def jackknife_se(values: Floats) -> Floats:
    """√((G−1)/G Σ(θ₍g₎ − θ̄)²) of estimates (G, r) with one part left out (Tukey 1958; Efron & Tibshirani
    1993, ch. 11)."""
    parts = len(values)
    spread = np.sum((values - values.mean(axis=0)) ** 2, axis=0)
    return np.asarray(np.sqrt((parts - 1) / parts * spread))
