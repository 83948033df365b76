"""Whether fewer answers come in than before, by more than chance and the usual ups and downs explain."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scoring.errors import DataError

LEAST_WEEKS: Final = 4  # fewer say too little of how much weeks differ
Z: Final = 2.58  # one chance in 200 for a week like the others


@dataclass(frozen=True)
class Usual:
    """What earlier weeks let expect: their mean count, their dispersion φ (1 for chance alone), and the
    count below which a week is out of the ordinary; 0 where no count would be."""

    mean: float
    dispersion: float
    least: float


def usual(earlier: Sequence[int], z: float = Z) -> Usual:
    """The lower threshold for the count of one more week, from the counts of `earlier` weeks.

    μ{1 − ⅔ z √(φ(1 + 1/k)/μ)}^(3/2) with the mean μ of k weeks and φ = max(1, Σ(y − μ)²/((k − 1)μ)): counts
    raised to the power ⅔ are nearly normal (Farrington, Andrews, Beale & Catchpole 1996, J. R. Statist. Soc.
    A 159:547, eq. 2 to 4, with a constant mean and turned downwards). Raises `DataError` for fewer than
    `LEAST_WEEKS` weeks or a count below zero.
    """
    k = len(earlier)
    if k < LEAST_WEEKS or min(earlier) < 0:
        raise DataError(f"the counts of {LEAST_WEEKS} weeks or more are needed, none below zero")
    mean = sum(earlier) / k
    if mean == 0:
        return Usual(0.0, 1.0, 0.0)
    dispersion = max(1.0, sum((count - mean) ** 2 for count in earlier) / ((k - 1) * mean))
    reach = z * 2.0 / 3.0 * math.sqrt(dispersion * (1.0 + 1.0 / k) / mean)
    return Usual(mean, dispersion, mean * max(1.0 - reach, 0.0) ** 1.5)


def has_fallen(earlier: Sequence[int], last: int, z: float = Z) -> bool:
    """The last week's count lies below what the earlier weeks let expect; never told from too few weeks."""
    return len(earlier) >= LEAST_WEEKS and last < usual(earlier, z).least
