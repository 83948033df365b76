"""Weights by which a sample agrees with what is known of its population, or why there are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.arrays import Floats, Ints
from scoring.classical.calibration import Calibration
from scoring.classical.design_effect import design_effect
from scoring.classical.rake import Trim, rake
from scoring.errors import ScoringError

SAME = 1e-9  # weights that differ by less than this from their mean are equal
TRIM_ROUNDS, TRIM_SLACK = 200, 1e-4  # of the mean weight; raking moves a weight off its bound each time


class NotWeighted(ScoringError):
    """Why a sample cannot be weighted; `code` names the reason, `params` the margin and value at fault."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(f"{code}: {params}")
        self.code = code
        self.params = params


@dataclass(frozen=True)
class MarginTable:
    """One value of a margin: its share of the population, and of the sample before and after weighting, both
    among those who gave any value; `n` rows have it."""

    margin: str
    value: str
    population: float
    sample: float
    weighted: float
    n: int


@dataclass(frozen=True)
class Weighted:
    """A sample with its weights; the mean weight is 1. `lacking` counts the rows without a known value of
    each margin."""

    calibration: Calibration
    iterations: int
    lacking: Mapping[str, int]
    margins: tuple[MarginTable, ...]

    @property
    def n(self) -> int:
        return self.calibration.n

    @property
    def row_weights(self) -> Floats:
        return self.calibration.row_weights

    @property
    def deff(self) -> float:
        """Of the whole sample (Kish)."""
        return design_effect(self.row_weights)


def weigh(
    given: Mapping[str, NDArray[np.str_]],
    n: int,
    margins: Mapping[str, Mapping[str, float]],
    trim: Trim | None = None,
) -> Weighted:
    """Rake a sample of n rows to the `margins`, population shares by value (Deming & Stephan 1940).

    `given` holds for each margin the value that every row has, empty for none. A row without a value, or
    with one that the margins do not name, keeps its share of the sample for that margin. Raises
    `NotWeighted` for a value that nobody has, and where no weights agree with all margins, or none within
    the bounds of `trim`.
    """
    codes = _all_codes(given, n, margins)
    shares = [_normalised(list(own.values())) for own in margins.values()]
    _refuse_empty(codes, margins)
    cells, place, sizes = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    targets = _targets(codes, shares)
    weights, iterations = _raked(cells, sizes.astype(np.float64), targets, list(margins), trim)
    if np.abs(weights - 1.0).max() < SAME:
        weights = np.ones(len(cells))
    rows = place.ravel().astype(np.intp)
    calibration = Calibration(cells, sizes.astype(np.float64), weights, tuple(shares), rows)
    return _weighted(calibration, iterations, codes, margins)


def placed(
    calibration: Calibration,
    given: Mapping[str, NDArray[np.str_]],
    n: int,
    margins: Mapping[str, Mapping[str, float]],
) -> Calibration:
    """The same sample with n other rows of it to rest on, told by the values they have. Raises `LookupError`
    where the sample does not hold so many of such rows."""
    codes = _all_codes(given, n, margins)
    known = {tuple(cell): place for place, cell in enumerate(calibration.cells.tolist())}
    found = replace(calibration, place=np.array([known[tuple(row)] for row in codes.tolist()], dtype=np.intp))
    if (found.outside < 0).any():
        raise LookupError("the sample has fewer of these rows")
    return found


def _all_codes(
    given: Mapping[str, NDArray[np.str_]], n: int, margins: Mapping[str, Mapping[str, float]]
) -> Ints:
    nobody = np.full(n, "", dtype=np.str_)
    return np.column_stack([_codes(given.get(name, nobody), list(own)) for name, own in margins.items()])


def _codes(column: NDArray[np.str_], values: Sequence[str]) -> Ints:
    """(n,) the place of every row's value; the number of values for any other."""
    present, place = np.unique(column, return_inverse=True)
    known = {value: code for code, value in enumerate(values)}
    codes = np.array([known.get(str(one), len(values)) for one in present], dtype=np.intp)
    return np.asarray(codes[place.ravel()], dtype=np.intp)


def _normalised(numbers: Sequence[float]) -> NDArray[np.float64]:
    """Shares that sum to 1, whatever they were counted in."""
    parts = np.asarray(numbers, dtype=np.float64)
    scaled = parts / parts.max()  # first, since the sum of very large counts would be infinite
    return np.asarray(scaled / scaled.sum())


def _refuse_empty(codes: Ints, margins: Mapping[str, Mapping[str, float]]) -> None:
    for (name, own), column in zip(margins.items(), codes.T, strict=True):
        counts = np.bincount(column, minlength=len(own) + 1)
        for value, count in zip(own, counts, strict=False):
            if not count:
                raise NotWeighted("nobody_has_option", margin=name, value=value)


def _targets(codes: Ints, shares: Sequence[Floats]) -> list[Floats]:
    """In rows of the sample; a margin on which nobody is silent has no target for silence."""
    targets = []
    for column, own in zip(codes.T, shares, strict=True):
        silent = int(np.sum(column == len(own)))
        known = own * (len(codes) - silent)
        targets.append(np.append(known, silent) if silent else known)
    return targets


def _raked(
    cells: Ints, sizes: Floats, targets: Sequence[Floats], names: Sequence[str], trim: Trim | None
) -> tuple[Floats, int]:
    """(c,) the weight of each row of a cell, mean 1 over the rows, and how many cycles it took.

    With `trim`, weights are cut to its bounds and raked again until both hold (Kalton & Flores-Cervantes
    2003, J. Off. Stat. 19:81), which with `rake` would take every row instead of every cell.
    """
    raked = rake(sizes, cells, targets, names)
    if not raked.converged:
        raise NotWeighted("margins_contradict")
    weights, iterations = raked.weights / sizes, raked.iterations
    for _ in range(TRIM_ROUNDS):
        if trim is None or (
            weights.min() >= trim.least - TRIM_SLACK and weights.max() <= trim.largest + TRIM_SLACK
        ):
            return weights, iterations
        raked = rake(np.clip(weights, trim.least, trim.largest) * sizes, cells, targets, names)
        weights, iterations = raked.weights / sizes, iterations + raked.iterations
    raise NotWeighted("bounds_too_narrow")


def _weighted(
    calibration: Calibration, iterations: int, codes: Ints, margins: Mapping[str, Mapping[str, float]]
) -> Weighted:
    rows: list[MarginTable] = []
    for name, column, own in zip(margins, codes.T, calibration.shares, strict=True):
        rows += _table(name, list(margins[name]), column, own, calibration.row_weights)
    lacking = {
        name: int(np.sum(column == len(own)))
        for name, column, own in zip(margins, codes.T, calibration.shares, strict=True)
    }
    return Weighted(calibration, iterations, lacking, tuple(rows))


def _table(
    name: str, values: Sequence[str], column: Ints, shares: Floats, weights: Floats
) -> list[MarginTable]:
    counts = np.bincount(column, minlength=len(values) + 1)[:-1]
    sums = np.bincount(column, weights, minlength=len(values) + 1)[:-1]
    return [
        MarginTable(
            name, value, float(shares[k]), float(counts[k] / counts.sum()), float(sums[k] / sums.sum()),
            int(counts[k]),
        )
        for k, value in enumerate(values)
    ]  # fmt: skip
