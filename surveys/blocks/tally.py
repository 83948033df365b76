"""Exact sums over packed answers: they add up over days, and what is taken away leaves no trace."""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.structural.blocks import MISSING, Block, Integers, Sums, sums
from surveys.blocks.layout import LEAST_OPEN, LEAST_REASON, REASONS, Codes

POINTS = 256  # codes an answer can have
LANES = 4  # of 64 bits
HEAD = struct.Struct("<II")  # the width of an array's numbers in bytes, and how many they are
WIDTHS = {1: "<u1", 2: "<u2", 4: "<u4", 8: "<u8"}
Digest = NDArray[np.uint64]


@dataclass(frozen=True)
class Tally:
    """`n` answers, of which `applying` may count as a whole: every item applied, was shown and asked.

    `sums` are those of the latter (see `scoring.structural.blocks`), `counts` (items, 256) how often each
    code was given by all. `digest` (4,) adds up the answers' own digests, so that it tells a set of answers
    whatever their order (Bellare & Micciancio 1997, Eurocrypt, 163: a hash that adds).
    """

    n: int
    sums: Sums
    counts: Integers
    digest: Digest

    @property
    def applying(self) -> int:
        return self.sums.n

    @property
    def is_complete(self) -> bool:
        """Nobody of those who count lacks an answer."""
        return bool(np.all(self.sums.seen == self.sums.n))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.n + other.n, self.sums + other.sums, self.counts + other.counts, self.digest + other.digest
        )

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(
            self.n - other.n, self.sums - other.sums, self.counts - other.counts, self.digest - other.digest
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and to_bytes(self) == to_bytes(other)

    __hash__ = None  # type: ignore[assignment]

    def missing(self, items: Sequence[str]) -> dict[str, dict[str, int]]:
        """Item by item, how often there was no answer, and why."""
        return {
            item: {why: int(row[code]) for code, why in REASONS.items() if row[code]}
            for item, row in zip(items, self.counts, strict=True)
        }

    def fingerprint(self, items: Sequence[str]) -> str:
        """SHA-256 over the items' names and the set of answers."""
        content = f"{','.join(items)}\0{self.n}\0".encode() + self.digest.astype("<u8").tobytes()
        return hashlib.sha256(content).hexdigest()


def applies(codes: Codes) -> NDArray[np.bool_]:
    """(n,) whether every question was one that the respondent could have answered."""
    return np.asarray(((codes < LEAST_REASON) | (codes >= LEAST_OPEN)).all(axis=0))


def block_of(codes: Codes, items: Sequence[str], lowest: Sequence[int]) -> Block:
    """The answers as the engine takes them, to which all reasons are alike."""
    return Block(
        tuple(items), tuple(lowest), np.where(codes >= LEAST_REASON, MISSING, codes).astype(np.uint8)
    )


def row_digests(codes: Codes) -> Digest:
    """(n, 4) a digest of each response's answers."""
    rows = np.ascontiguousarray(codes.T).tobytes()
    size = len(codes)
    parts = [
        hashlib.blake2b(rows[start : start + size], digest_size=8 * LANES).digest()
        for start in range(0, len(rows), max(size, 1))
    ]
    return np.frombuffer(b"".join(parts), dtype="<u8").reshape(-1, LANES)


def tally(codes: Codes, digests: Digest | None = None) -> Tally:
    """Of packed answers (items, n), whose digests may be known."""
    own = row_digests(codes) if digests is None else digests
    names = [""] * len(codes)
    block = block_of(codes[:, applies(codes)], names, [0] * len(codes))
    counts = np.stack([np.bincount(row, minlength=POINTS) for row in codes])
    return Tally(codes.shape[1], sums(block), counts, own.sum(axis=0, dtype=np.uint64))


def no_tally(items: int) -> Tally:
    return tally(np.empty((items, 0), dtype=np.uint8))


# ---------------------------------------------------------------- as bytes


def to_bytes(one: Tally) -> bytes:
    """Each array in the narrowest numbers that hold it; of symmetric ones the upper triangle."""
    upper = _upper(len(one.counts))
    used = np.flatnonzero(one.counts.any(axis=0))
    arrays = [
        np.array([one.n, one.sums.n, len(one.counts)]),
        one.sums.seen[upper],
        one.sums.first.ravel(),
        one.sums.second[upper],
        used,
        one.counts[:, used].ravel(),
    ]
    return packed([*arrays, one.digest])


def from_bytes(content: bytes | memoryview) -> Tally:
    items = int(unpacked(content)[0][2])
    return total([content], items)


def total(contents: Iterable[bytes | memoryview], items: int) -> Tally:
    """What many packed tallies come to, added up as they are read."""
    n, applying, pairs = 0, 0, items * (items + 1) // 2
    seen, second = np.zeros(pairs, dtype=np.int64), np.zeros(pairs, dtype=np.int64)
    first, counts = np.zeros(items * items, dtype=np.int64), np.zeros((items, POINTS), dtype=np.int64)
    digest = np.zeros(LANES, dtype=np.uint64)
    for content in contents:
        head, own_seen, own_first, own_second, used, own_counts, own_digest = unpacked(content)
        n, applying = n + int(head[0]), applying + int(head[1])
        seen += own_seen
        first += own_first
        second += own_second
        counts[:, used] += own_counts.reshape(items, -1)
        digest += own_digest
    both = Sums(applying, _square(seen, items), first.reshape(items, items), _square(second, items))
    return Tally(n, both, counts, digest)


def packed(arrays: Sequence[NDArray[np.generic]]) -> bytes:
    """One-dimensional arrays of integers from 0 up, one after another: width, length, numbers."""
    parts = []
    for array in arrays:
        kind = np.min_scalar_type(int(array.max(initial=0)))
        parts.append(HEAD.pack(kind.itemsize, array.size))
        parts.append(array.astype(WIDTHS[kind.itemsize]).tobytes())
    return b"".join(parts)


def unpacked(content: bytes | memoryview) -> list[NDArray[Any]]:
    """The arrays again, in their narrow numbers."""
    view, place, arrays = memoryview(content), 0, []
    while place < len(view):
        width, size = HEAD.unpack_from(view, place)
        place += HEAD.size
        arrays.append(np.frombuffer(view, WIDTHS[width], size, place))
        place += width * size
    return arrays


@lru_cache(maxsize=64)
def _upper(items: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(items)


def _square(entries: Integers, items: int) -> Integers:
    upper, lower = _upper(items)
    whole = np.empty((items, items), dtype=np.int64)
    whole[upper, lower] = entries
    whole[lower, upper] = entries
    return whole
