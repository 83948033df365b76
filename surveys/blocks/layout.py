"""How a version's closed answers become bytes: one row an item, one column a response.

An answer on a scale is its distance from the scale's lowest answer. The reasons why there is none have the
highest codes, so that they stay apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.instrument import Instrument
from surveys.models import Version

Codes = NDArray[np.uint8]

SKIPPED, DONT_KNOW, NOT_APPLICABLE, NOT_SHOWN, NOT_ASKED = 255, 254, 253, 252, 251
REASONS = {
    SKIPPED: "skipped",
    DONT_KNOW: "dont_know",
    NOT_APPLICABLE: "not_applicable",
    NOT_SHOWN: "not_shown",
    NOT_ASKED: "not_asked",
}
LEAST_REASON = min(REASONS)
LEAST_OPEN = DONT_KNOW  # from here on the question could have been answered
GIVEN: Mapping[object, int] = {None: SKIPPED, "dk": DONT_KNOW, "na": NOT_APPLICABLE, "hidden": NOT_SHOWN}


@dataclass(frozen=True)
class Columns:
    """Items by the permanent codes under which answers are kept, and the lowest answer of each."""

    codes: tuple[str, ...]
    lowest: tuple[int, ...]

    def encoded(self, answers: Iterable[Mapping[str, Any]]) -> Codes:
        """(items, n) the answers of n responses."""
        places = list(zip(self.codes, self.lowest, strict=True))
        rows = [
            [_code(given[code], low) if code in given else NOT_ASKED for code, low in places]
            for given in answers
        ]
        return np.array(rows, dtype=np.uint8).reshape(len(rows), len(places)).T.copy()

    def places(self, codes: Sequence[str]) -> list[int]:
        """Where items stand; raises ValueError for one that does not."""
        return [self.codes.index(code) for code in codes]


def _code(given: Any, lowest: int) -> int:
    return given - lowest if isinstance(given, int) else GIVEN.get(given, NOT_ASKED)


def columns_of(instruments: Iterable[Instrument]) -> Columns:
    """Every measured item of some instruments, in order."""
    found = [(one.item_code(item), item.scale.minimum) for one in instruments for item in one.items]
    return Columns(tuple(code for code, _low in found), tuple(low for _code, low in found))


def columns_under_key(instrument: Instrument) -> Columns:
    """An instrument's items in the order of their codes: the same for all that is pooled under one
    measurement key, whatever the order in which a version asks them."""
    whole = columns_of([instrument])
    pairs = sorted(zip(whole.codes, whole.lowest, strict=True))
    return Columns(tuple(code for code, _low in pairs), tuple(low for _code, low in pairs))


@lru_cache(maxsize=256)
def _of_content(digest: str, version_pk: int) -> Columns:
    version = Version.objects.get(pk=version_pk)
    return columns_of(version.content.instruments.values())


def columns_of_version(version: Version) -> Columns:
    """Of a version, which never changes: what its digest tells is read once."""
    return _of_content(version.digest, version.pk)
