"""Drawing a simple random sample, so that it can be drawn again and checked."""

import hashlib
import heapq
from collections.abc import Iterable


def drawn(frame: Iterable[tuple[int, str]], size: int, seed: str) -> tuple[list[int], int]:
    """`size` of the frame's keys, or all where it has no more, in their order; and how many the frame has.

    Each member (key, public id) is placed by SHA-256 of seed and id, and the first ones are taken: every
    subset of the size is equally likely, nobody is taken twice, and whoever has the seed finds the same.
    """
    number = 0

    def placed() -> Iterable[tuple[bytes, int]]:
        nonlocal number
        for key, public_id in frame:
            number += 1
            yield hashlib.sha256(f"{seed}{public_id}".encode()).digest(), key

    first = heapq.nsmallest(size, placed())
    return sorted(key for _place, key in first), number
