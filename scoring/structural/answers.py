"""Answers checked against the model and its scales, and the rows an estimation uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scoring.arrays import Bools, Floats, Ints
from scoring.classical.calibration import Calibration
from scoring.classical.design_effect import effective_n
from scoring.errors import DataError
from scoring.scale import Scale
from scoring.structural.blocks import Block, sums
from scoring.structural.em import EmMoments, em_moments
from scoring.structural.group_sums import GroupMoments, GroupSums, group_moments
from scoring.structural.model import StructuralModel
from scoring.structural.moments import Moments, from_rows
from scoring.structural.patterns import Patterns, group
from scoring.structural.saturated import Saturated

Missing = Literal["listwise", "fiml", "mean"]

LARGEST_END = 1e15  # of a scale; beyond it, squares of squares of answers pass what a number can hold
LEAST_WIDTH = 1e-9  # of a scale's larger end; below it, answers differ by little more than rounding


@dataclass(frozen=True)
class Answers:
    """The rows (n_used, p) that are used, in the order of `model.items`, of `n` rows read; reversed items are
    turned round.

    A missing answer is NaN and occurs under full information only. `weights` (n_used,) sum to n_used.
    `gaps` (n_used, p) says which missing answers were replaced by the item's mean. `given` are moments that
    were summed beforehand; where nothing else is known there are no rows (0, p). `groups` are the rows in
    random groups, also summed beforehand, which errors can be told from. `calibration` is of the sample that
    the weights were raked in.
    """

    n: int
    rows: Floats
    scales: tuple[Scale, ...]
    weights: Floats | None = None
    gaps: Bools | None = None
    given: Moments | None = None
    groups: GroupMoments | None = None
    calibration: Calibration | None = None

    @property
    def n_used(self) -> int:
        """Rows that enter the estimation."""
        return len(self.rows) if self.given is None else self.given.n

    @property
    def n_told(self) -> int:
        """The base of χ² tests: raked answers count for as many as they are worth, so that weighting makes no
        test reject by chance."""
        if self.calibration is None or self.weights is None:
            return self.n_used
        return max(2, int(effective_n(self.weights)))

    @property
    def filled(self) -> int:
        """How many missing answers were replaced by the item's mean."""
        return 0 if self.gaps is None else int(self.gaps.sum())

    @property
    def answered(self) -> Ints:
        """(p,) how many of the rows used have an answer to each item."""
        if self.gaps is not None:
            return np.asarray((~self.gaps).sum(axis=0))
        if self.given is not None:
            return np.full(len(self.scales), self.n_used)
        return np.asarray((~np.isnan(self.rows)).sum(axis=0))

    @property
    def has_rows(self) -> bool:
        """Whether the answers themselves are known, not only their moments."""
        return len(self.rows) > 0

    @cached_property
    def is_complete(self) -> bool:
        """Whether no answer is missing."""
        return not np.isnan(self.rows).any()

    @cached_property
    def widths(self) -> Floats:
        """(p,) width of every item's scale."""
        return np.array([scale.width for scale in self.scales])

    @cached_property
    def minima(self) -> Floats:
        """(p,) lower end of every item's scale."""
        return np.array([scale.minimum for scale in self.scales])

    @cached_property
    def patterns(self) -> Patterns:
        """The rows by what is missing in them."""
        return group(self.rows, self.weights)

    @cached_property
    def searched(self) -> EmMoments | None:
        """EM's moments, or None where there are none; `gates.check` looks before anybody uses them."""
        return em_moments(self.patterns)

    @property
    def em(self) -> EmMoments:
        """EM's moments, once they are known to exist."""
        if self.searched is None:
            raise ValueError("these answers have no moments by full information")
        return self.searched

    @cached_property
    def saturated(self) -> Saturated:
        """How far every row moves EM's moments."""
        return Saturated(self.em)

    @cached_property
    def moments(self) -> Moments:
        """Means and covariance of the rows, by EM where answers are missing."""
        if self.given is not None:
            return self.given
        if self.is_complete:
            return from_rows(self.rows, self.weights)
        return Moments(self.n_used, self.em.mean, self.em.covariance)

    @cached_property
    def mean_on_100(self) -> Floats:
        """(p,) means of the items on 0..100, high is good."""
        return 100.0 * (self.moments.mean - self.minima) / self.widths


def prepare(
    model: StructuralModel,
    data: NDArray[np.float64],
    items: Sequence[str],
    scales: Mapping[str, Scale],
    missing: Missing = "listwise",
    weights: NDArray[np.float64] | None = None,
    calibration: Calibration | None = None,
) -> Answers:
    """Pick the model's columns of `data` (n, columns named `items`; NaN missing) and the rows to use.

    `listwise` keeps complete rows, `fiml` all rows with an answer, `mean` the same with the item's mean for
    what is missing; a row of weight 0 is not used. `calibration` gives the weights where they were raked.
    An item whose scale is reversed becomes min + max − x, in its own units, so that its loading is that of
    the turned item. Raises `DataError` for a column that is absent, twice there, without a scale, infinite,
    or off its scale, and for a weight that is not a number from 0 up.
    """
    if data.ndim != 2 or data.shape[1] != len(items):
        raise DataError(f"the answers have shape {data.shape}; {len(items)} columns are named")
    own = _own_scales(model, scales)
    chosen = np.asarray(data, dtype=np.float64)[:, _columns(model, items)]
    _check_range(model, chosen, own)
    ends = np.array([scale.minimum + scale.maximum for scale in own])
    reverse = np.array([scale.reverse for scale in own])
    turned = np.where(reverse, ends - chosen, chosen)
    gaps = np.isnan(turned)
    used = ~gaps.any(axis=1) if missing == "listwise" else ~gaps.all(axis=1)
    if calibration is not None:
        weights = np.asarray(calibration.row_weights, dtype=np.float64)
    if weights is not None:
        check_weights(weights, len(chosen))
        used &= weights > 0
    rows, counted = turned[used], _normalised(None if weights is None else weights[used])
    raked = None if calibration is None else calibration.of(np.asarray(used))
    if missing != "mean":
        return Answers(len(chosen), rows, own, counted, calibration=raked)
    filled = _filled(rows, counted)
    return Answers(len(chosen), filled, own, counted, np.isnan(rows), calibration=raked)


def check_weights(weights: Floats, n: int) -> None:
    """Raise `DataError` unless there is one weight, a number from 0 up, for each of n rows."""
    if weights.shape != (n,):
        raise DataError(f"there are {weights.size} weights for {n} rows")
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if wrong.size:
        value = weights[wrong[0]]
        shown = "it is missing" if np.isnan(value) else f"it is {value:g}"
        raise DataError(f"a weight must be a number from 0 up; {shown}", row=int(wrong[0]) + 1)


def _normalised(weights: Floats | None) -> Floats | None:
    """Weights that sum to their number; None where all are the same, which is as good as none."""
    if weights is None or not len(weights) or np.all(weights == weights[0]):
        return None
    shares = weights / weights.max()  # first, since the sum of very large weights would be infinite
    return np.asarray(shares / shares.mean())


def _filled(rows: Floats, weights: Floats | None) -> Floats:
    """The rows with the item's mean for what is missing; an item nobody answered becomes 0 throughout."""
    gaps = np.isnan(rows)
    own = np.ones(len(rows)) if weights is None else weights
    base = own @ ~gaps
    mean = own @ np.where(gaps, 0.0, rows) / np.where(base > 0, base, 1.0)
    return np.where(gaps, mean, rows)


def prepare_block(
    model: StructuralModel,
    block: Block,
    scales: Mapping[str, Scale],
    missing: Missing = "listwise",
    weights: NDArray[np.float64] | None = None,
) -> Answers:
    """The same from a packed block, whose moments are exact sums where the rows used are complete and count
    alike."""
    own = _own_scales(model, scales)
    picked = block.picked(model.items)
    answers = prepare(model, picked.rows(), model.items, scales, missing, weights)
    if not answers.is_complete or answers.filled or weights is not None:
        return answers
    exact = sums(picked, picked.complete()) if answers.n_used < block.n else sums(picked)
    return replace(answers, given=_turned(exact.moments(picked.lowest), own))


def prepare_moments(
    model: StructuralModel, moments: Moments, items: Sequence[str], scales: Mapping[str, Scale]
) -> Answers:
    """Moments of complete rows whose items are named `items`, without the rows themselves."""
    own, columns = _own_scales(model, scales), _columns(model, items)
    picked = Moments(moments.n, moments.mean[columns], moments.covariance[np.ix_(columns, columns)])
    return Answers(moments.n, np.empty((0, len(columns))), own, given=_turned(picked, own))


def prepare_groups(
    model: StructuralModel,
    sums: GroupSums,
    items: Sequence[str],
    lowest: Sequence[int],
    scales: Mapping[str, Scale],
) -> Answers:
    """Complete rows summed in random groups, as codes that start at the items' `lowest` answers."""
    own, columns = _own_scales(model, scales), _columns(model, items)
    square = np.ix_(range(len(sums.n)), columns, columns)
    picked = GroupSums(sums.n, sums.first[:, columns], sums.second[square])
    moments = picked.together.moments([lowest[column] for column in columns])
    groups = group_moments(picked, _signs(own))
    return Answers(moments.n, np.empty((0, len(columns))), own, given=_turned(moments, own), groups=groups)


def _turned(moments: Moments, scales: Sequence[Scale]) -> Moments:
    """Moments with the reversed items turned round."""
    ends = np.array([scale.minimum + scale.maximum for scale in scales])
    sign = _signs(scales)
    mean = np.where(sign < 0, ends - moments.mean, moments.mean)
    return Moments(moments.n, mean, moments.covariance * np.outer(sign, sign))


def _signs(scales: Sequence[Scale]) -> Floats:
    return np.where([scale.reverse for scale in scales], -1.0, 1.0)


def _own_scales(model: StructuralModel, scales: Mapping[str, Scale]) -> tuple[Scale, ...]:
    for item in model.items:
        if item not in scales:
            raise DataError("has no scale; say from which number to which it is answered", item)
    own = tuple(scales[item] for item in model.items)
    for item, scale in zip(model.items, own, strict=True):
        end = max(abs(scale.minimum), abs(scale.maximum))
        if end > LARGEST_END or scale.width < max(LEAST_WIDTH * end, 1.0 / LARGEST_END):
            ends = f"{scale.minimum:g} to {scale.maximum:g}"
            raise DataError(f"a scale from {ends} cannot be computed with; give it common numbers", item)
    return own


def _columns(model: StructuralModel, items: Sequence[str]) -> list[int]:
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
