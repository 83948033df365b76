"""Answers checked against the model and its scales, and the complete rows an estimation uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scoring.arrays import Floats
from scoring.errors import DataError
from scoring.model import StructuralModel
from scoring.moments import Moments, from_rows
from scoring.scale import Scale


@dataclass(frozen=True)
class Answers:
    """Complete rows (n_used, p) in the order of `model.items`, reversed items turned round, of `n` rows
    read."""

    n: int
    rows: Floats
    scales: tuple[Scale, ...]

    @property
    def n_used(self) -> int:
        """Rows without a missing item."""
        return len(self.rows)

    @cached_property
    def widths(self) -> Floats:
        """(p,) width of every item's scale."""
        return np.array([scale.width for scale in self.scales])

    @cached_property
    def minima(self) -> Floats:
        """(p,) lower end of every item's scale."""
        return np.array([scale.minimum for scale in self.scales])

    @cached_property
    def moments(self) -> Moments:
        """Means and covariance of the complete rows."""
        return from_rows(self.rows)

    @cached_property
    def on_100(self) -> Floats:
        """(n_used, p) answers on 0..100, high is good."""
        return 100.0 * (self.rows - self.minima) / self.widths


def prepare(
    model: StructuralModel, data: NDArray[np.float64], items: Sequence[str], scales: Mapping[str, Scale]
) -> Answers:
    """Pick the model's columns of `data` (n, columns named `items`; NaN missing) and drop incomplete rows.

    An item whose scale is reversed becomes min + max − x, in its own units, so that its loading is that of
    the turned item. Raises `DataError` for a column that is absent, twice there, without a scale,
    infinite, or off its scale.
    """
    columns = _columns(model, data, items)
    for item in model.items:
        if item not in scales:
            raise DataError("has no scale; say from which number to which it is answered", item)
    chosen = np.asarray(data, dtype=np.float64)[:, columns]
    own = tuple(scales[item] for item in model.items)
    _check_range(model, chosen, own)
    ends = np.array([scale.minimum + scale.maximum for scale in own])
    reverse = np.array([scale.reverse for scale in own])
    turned = np.where(reverse, ends - chosen, chosen)
    complete = ~np.isnan(turned).any(axis=1)
    return Answers(len(chosen), turned[complete], own)


def _columns(model: StructuralModel, data: NDArray[np.float64], items: Sequence[str]) -> list[int]:
    if data.ndim != 2 or data.shape[1] != len(items):
        raise DataError(f"the answers have shape {data.shape}; {len(items)} columns are named")
    places: dict[str, int] = {}
    for place, item in enumerate(items):
        if item in places and item in model.items:
            raise DataError("stands twice among the columns; it may stand once", item)
        places[item] = place
    for item in model.items:
        if item not in places:
            raise DataError("is not among the columns; the model needs it", item)
    return [places[item] for item in model.items]


def _check_range(model: StructuralModel, chosen: Floats, scales: tuple[Scale, ...]) -> None:
    low = np.array([scale.minimum for scale in scales])
    high = np.array([scale.maximum for scale in scales])
    off = (chosen < low) | (chosen > high)  # False for NaN, True for an infinite answer
    if off.any():
        row, column = (int(place) for place in np.argwhere(off)[0])
        scale, value = scales[column], chosen[row, column]
        ends = f"{scale.minimum:g} to {scale.maximum:g}"
        reason = f"{value:g} is off the scale; answers run from {ends}, a missing one is empty"
        raise DataError(reason, model.items[column], row + 1)
