"""Answers on closed scales packed into bytes, and the exact sums that moments are made of.

An answer is stored as its distance from the lowest answer of its item, in one byte. With X the codes (0
where missing) and M whether there is an answer, the sums N = MᵀM, S = XᵀM and C = XᵀX are integers: those of
two days add up to those of both, and what is taken away leaves no trace.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.arrays import Bools, Floats
from scoring.errors import DataError
from scoring.structural.moments import Moments

MISSING = 255
CHUNK = 65_536  # rows multiplied at once
EXACT_SINGLE = 2**24  # integers up to this are exact in single precision, which multiplies twice as fast
LEAST_CHUNK = 4_096

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """`codes` (p, n) of uint8: answer less `lowest` of its item, 255 where missing."""

    items: tuple[str, ...]
    lowest: tuple[int, ...]
    codes: NDArray[np.uint8]

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.codes.shape[1])

    def picked(self, items: Sequence[str]) -> "Block":
        """The same rows with these items only; raises `DataError` for one that is not in the block."""
        for item in items:
            if item not in self.items:
                raise DataError("is not in the block; the model needs it", item)
        places = [self.items.index(item) for item in items]
        return Block(tuple(items), tuple(self.lowest[place] for place in places), self.codes[places])

    def complete(self) -> Bools:
        """(n,) which rows lack no answer."""
        return np.asarray((self.codes != MISSING).all(axis=0))

    def rows(self) -> NDArray[np.float64]:
        """(n, p) the answers themselves, NaN where missing."""
        values = self.codes.T.astype(np.float64) + np.array(self.lowest, dtype=np.float64)
        values[(self.codes == MISSING).T] = np.nan
        return values


def pack(rows: Floats, items: Sequence[str], lowest: Sequence[int]) -> Block:
    """Pack answers (n, p), NaN missing. Raises `DataError` for one that is not a whole number from the item's
    lowest to 254 above it."""
    codes = rows - np.array(lowest, dtype=np.float64)
    gaps = np.isnan(codes)
    wrong = ~gaps & ((codes < 0) | (codes > MISSING - 1) | (codes != np.floor(codes)))
    if wrong.any():
        row, column = (int(place) for place in np.argwhere(wrong)[0])
        ends = f"{lowest[column]} to {lowest[column] + MISSING - 1}"
        reason = f"{rows[row, column]:g} cannot be packed; a block holds whole numbers from {ends}"
        raise DataError(reason, items[column], row + 1)
    packed = np.where(gaps, MISSING, codes).astype(np.uint8)
    return Block(tuple(items), tuple(lowest), np.ascontiguousarray(packed.T))


@dataclass(frozen=True)
class Sums:
    """`n` rows; `seen` N, `first` S (the codes of the row's item where the column's is answered) and
    `second` C, each (p, p) of exact integers."""

    n: int
    seen: Integers
    first: Integers
    second: Integers

    def __add__(self, other: "Sums") -> "Sums":
        """Sums of both."""
        return Sums(
            self.n + other.n,
            self.seen + other.seen,
            self.first + other.first,
            self.second + other.second,
        )

    def __sub__(self, other: "Sums") -> "Sums":
        """Sums of what is left once the other rows are taken away."""
        return Sums(
            self.n - other.n,
            self.seen - other.seen,
            self.first - other.first,
            self.second - other.second,
        )

    def moments(self, lowest: Sequence[int]) -> Moments:
        """Means and covariance (divisor n) of complete rows; raises `DataError` where answers are missing."""
        if not self.n or np.any(self.seen != self.n):
            raise DataError("these sums hold missing answers; moments are made of complete rows")
        mean = np.diag(self.first) / self.n
        covariance = self.second / self.n - np.outer(mean, mean)
        return Moments(self.n, mean + np.array(lowest), covariance)


def sums(block: Block, chosen: Bools | None = None) -> Sums:
    """N, S and C of a block, or of chosen rows (n,) of it."""
    codes = block.codes if chosen is None else block.codes[:, chosen]
    p, n = codes.shape
    largest = int(np.where(codes == MISSING, 0, codes).max(initial=1))
    exact = EXACT_SINGLE // largest**2
    single = exact >= LEAST_CHUNK
    size = min(CHUNK, exact) if single else CHUNK
    total = np.zeros((3, p, p), dtype=np.int64)
    for first in range(0, n, size):
        total += _chunk_sums(codes[:, first : first + size], single)
    return Sums(n, total[0], total[1], total[2])


def _chunk_sums(codes: NDArray[np.uint8], single: bool) -> Integers:
    """(3, p, p) N, S and C by one product of floating numbers that is exact because the sums are small."""
    p, n = codes.shape
    seen = codes != MISSING
    if seen.all():
        x = _floating(codes, single)
        first = np.repeat(codes.sum(axis=1, dtype=np.int64)[:, None], p, axis=1)
        return np.stack([np.full((p, p), n), first, np.rint(x @ x.T).astype(np.int64)])
    both = _floating(np.vstack([np.where(seen, codes, 0), seen]), single)
    products = np.rint(both @ both.T).astype(np.int64)
    return np.stack([products[p:, p:], products[:p, p:], products[:p, :p]])


def _floating(codes: NDArray[np.uint8], single: bool) -> Floats:
    return codes.astype(np.float32) if single else codes.astype(np.float64)
