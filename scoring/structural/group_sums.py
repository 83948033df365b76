"""Exact sums of complete answers in random groups of rows: what errors are made of where rows are many.

With G groups of equal chance, the spread of estimates over them tells the error of the whole sample (Wolter
2007, Introduction to Variance Estimation, ch. 2 and 4). The sums are integers: those of two days add up to
those of both, and what is taken away leaves no trace.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoring.arrays import Floats, Ints
from scoring.structural.blocks import Block, Integers, Sums

GROUPS = 100


@dataclass(frozen=True)
class GroupSums:
    """`n` (G,) complete rows, `first` (G, p) and `second` (G, p, p) their summed codes and products."""

    n: Integers
    first: Integers
    second: Integers

    def __add__(self, other: "GroupSums") -> "GroupSums":
        """Sums of both."""
        return GroupSums(self.n + other.n, self.first + other.first, self.second + other.second)

    def __sub__(self, other: "GroupSums") -> "GroupSums":
        """Sums of what is left once the other rows are taken away."""
        return GroupSums(self.n - other.n, self.first - other.first, self.second - other.second)

    @property
    def together(self) -> Sums:
        """The sums of all groups."""
        n, p = int(self.n.sum()), self.first.shape[1]
        first = np.repeat(self.first.sum(axis=0)[:, None], p, axis=1)
        return Sums(n, np.full((p, p), n, dtype=np.int64), first, self.second.sum(axis=0))


@dataclass(frozen=True)
class GroupMoments:
    """`weight` (G,) of the groups, `first` (G, p) and `second` (G, p, p) the summed deviations of their rows
    from the whole sample's mean and the products of these, in the units of the items."""

    weight: Floats
    first: Floats
    second: Floats

    def times(self, slope: Floats) -> "GroupMoments":
        """The same with every item multiplied by its own number (p,)."""
        return GroupMoments(self.weight, self.first * slope, self.second * np.outer(slope, slope))


def no_sums(p: int) -> GroupSums:
    """Of no rows of p items."""
    zeros = np.zeros((GROUPS, p, p), dtype=np.int64)
    return GroupSums(zeros[:, 0, 0].copy(), zeros[:, :, 0].copy(), zeros)


def group_of(keys: NDArray[np.int64]) -> Ints:
    """(n,) the group, 0..99, of rows with these permanent numbers: as good as drawn, and the same every time.

    The numbers are mixed so that neighbours have nothing in common (the finaliser of SplitMix64; Steele, Lea
    & Flood 2014, OOPSLA, 453): groups that took turns would be a systematic sample, which shows too small
    errors where answers come sorted.
    """
    mixed = keys.astype(np.uint64)
    with np.errstate(over="ignore"):
        mixed += np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed % np.uint64(GROUPS), dtype=np.intp)


def group_sums(block: Block, groups: Ints) -> GroupSums:
    """Sums of the block's complete rows by group (n,)."""
    chosen = np.flatnonzero(block.complete())
    order = chosen[np.argsort(groups[chosen], kind="stable")]
    codes = block.codes[:, order].astype(np.float64)  # sums of products of bytes stay exact
    ends = np.searchsorted(groups[order], np.arange(GROUPS + 1))
    total = no_sums(len(block.items))
    for group, (begin, end) in enumerate(pairwise(ends.tolist())):
        own = codes[:, begin:end]
        total.n[group] = end - begin
        total.first[group] = np.rint(own.sum(axis=1))
        total.second[group] = np.rint(own @ own.T)
    return total


def group_moments(sums: GroupSums, sign: Floats) -> GroupMoments:
    """The groups about the mean of them all; `sign` (p,) is −1 for items that are turned round."""
    n = sums.n.astype(np.float64)
    mean = sums.first.sum(axis=0) / n.sum()
    first = sums.first - n[:, None] * mean
    crossed = sums.first[:, :, None] * mean
    second = sums.second - crossed - crossed.transpose(0, 2, 1) + n[:, None, None] * np.outer(mean, mean)
    return GroupMoments(n, first * sign, second * np.outer(sign, sign))
