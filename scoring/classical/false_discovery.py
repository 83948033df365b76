"""Many comparisons at once: the false discovery rate."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.errors import DataError


def adjusted_p(p: ArrayLike) -> NDArray[np.float64]:
    """min over j ≥ i of m p_(j)/j, at most 1: reject where it is at most q (Benjamini & Hochberg 1995, J. R.
    Stat. Soc. B 57:289, step-up)."""
    given = np.asarray(p, dtype=np.float64)
    if not ((given >= 0) & (given <= 1)).all():
        raise DataError("p values run from 0 to 1; leave out tests without one")
    order = np.argsort(given)
    scaled = given[order] * len(given) / np.arange(1, len(given) + 1)
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def rejected(p: ArrayLike, q: float = 0.05) -> NDArray[np.bool_]:
    """Which tests are rejected at false discovery rate q (Benjamini & Hochberg 1995)."""
    return adjusted_p(p) <= q
