"""Answers with gaps, grouped by which items are missing: all that full information needs of the rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scoring.arrays import Bools, Floats, Ints

LARGEST_ITEMS = 60  # a pattern is one 64-bit word, and influence needs (p²)² numbers
LARGEST_SIZE = 20_000_000  # numbers in one (g, p, p) array, 160 MB
LARGEST_WORK = 2e10  # patterns times items to the fourth: some twenty seconds
CHUNK = 2_000_000  # numbers in one temporary array


@dataclass(frozen=True)
class Patterns:
    """g patterns of missing answers over p items; arrays are zero where an item is missing.

    `observed` (g, p); `share` (g,) of the total weight; `mean` (g, p) and `scatter` (g, p, p, divisor the
    pattern's weight) of its rows; `member` (n,) the pattern of every row; `n` the base.
    """

    n: int
    observed: Bools
    share: Floats
    mean: Floats
    scatter: Floats
    member: Ints

    def chunks(self, width: int) -> Iterator[slice]:
        """Slices of patterns for which an array with `width` numbers a pattern stays small."""
        size = max(1, CHUNK // width)
        for first in range(0, len(self.share), size):
            yield slice(first, first + size)

    def scaled(self, centre: Floats, sd: Floats) -> "Patterns":
        """The same answers less `centre` (p,) and over `sd` (p,)."""
        mean = np.where(self.observed, (self.mean - centre) / sd, 0.0)
        return Patterns(self.n, self.observed, self.share, mean, self.scatter / np.outer(sd, sd), self.member)


def pattern_keys(rows: Floats) -> Ints:
    """(n,) one number for every row (n, p), the same where the same items are answered."""
    bits = (~np.isnan(rows)) @ (1 << np.arange(rows.shape[1], dtype=np.int64))
    return np.asarray(np.unique(bits, return_inverse=True)[1], dtype=np.intp)


def too_many(rows: Floats) -> bool:
    """Whether full information on these rows (n, p) would take too much memory or time."""
    p = rows.shape[1]
    if p > LARGEST_ITEMS:
        return True
    patterns = int(pattern_keys(rows).max()) + 1
    return bool(patterns * p**2 > LARGEST_SIZE or patterns * p**4 > LARGEST_WORK)


def group(rows: Floats, weights: Floats | None = None) -> Patterns:
    """Group rows (n, p), NaN missing, none empty, with weights (n,) that sum to n."""
    member = pattern_keys(rows)
    order = np.argsort(member, kind="stable")
    counts = np.bincount(member)
    ends = np.cumsum(counts)
    observed = ~np.isnan(rows[order[ends - counts]])
    g, p = observed.shape
    weight = np.ones(len(rows)) if weights is None else weights
    mean, scatter, share = np.zeros((g, p)), np.zeros((g, p, p)), np.zeros(g)
    for k, (end, count) in enumerate(zip(ends, counts, strict=True)):
        own = order[end - count : end]
        share[k] = weight[own].sum()
        mean[k], scatter[k] = _moments(np.where(observed[k], rows[own], 0.0), weight[own])
    return Patterns(len(rows), observed, share / share.sum(), mean, scatter, member)


def _moments(rows: Floats, weight: Floats) -> tuple[Floats, Floats]:
    share = weight / weight.sum()
    mean = share @ rows
    centred = rows - mean
    return mean, (centred * share[:, None]).T @ centred
