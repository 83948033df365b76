"""The scale an item is answered on, and its 0..100 form."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.errors import ScoringError


class ScaleError(ScoringError):
    """A scale whose ends are not two different finite numbers in order."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A closed answer scale from `minimum` to `maximum`; `reverse` marks an item whose high answers are
    bad."""

    minimum: float
    maximum: float
    reverse: bool = False

    def __post_init__(self) -> None:
        ends = (self.minimum, self.maximum)
        if not all(math.isfinite(end) for end in ends) or self.minimum >= self.maximum:
            raise ScaleError(f"a scale runs from a lower to a higher number, not from {ends[0]} to {ends[1]}")

    @property
    def width(self) -> float:
        """Distance between the two ends, in points of the scale."""
        return self.maximum - self.minimum

    def to_100(self, values: ArrayLike) -> NDArray[np.float64]:
        """Answers on 0..100 by the ends of the scale, flipped where `reverse`; NaN stays NaN.

        x' = 100 (x − min) / (max − min), as the national indices do (Fornell et al. 1996, J. Marketing 60:7).
        """
        share = (np.asarray(values, dtype=np.float64) - self.minimum) / self.width
        return 100.0 * (1.0 - share if self.reverse else share)
