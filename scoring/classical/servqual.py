"""SERVQUAL, two columns, and SERVPERF: service quality as perception against expectation, or perception
alone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.classical.answer_checks import on_scale
from scoring.classical.counting import ALIKE, Counting
from scoring.classical.means import Mean, row_means
from scoring.errors import DataError

# The items of every dimension, counted from 0 (Parasuraman, Zeithaml & Berry 1988, J. Retailing 64:12).
DIMENSIONS: Mapping[str, range] = {
    "tangibles": range(4),
    "reliability": range(4, 9),
    "responsiveness": range(9, 13),
    "assurance": range(13, 17),
    "empathy": range(17, 22),
}
ITEMS = 22
LOWEST, HIGHEST = 1, 7
POINTS_ERROR = 1e-6  # points are typed numbers: what sums to 100 does so up to rounding in the machine


@dataclass(frozen=True)
class Gap:
    """Mean expectation, perception and perception minus expectation over the `n` who answered both."""

    expectation: float
    perception: float
    gap: Mean
    weight: float = math.nan

    @property
    def n(self) -> int:
        """Respondents with both answers."""
        return self.gap.n


@dataclass(frozen=True)
class Servqual:
    """Gaps by dimension and item, and the overall scores; `weighted` has no answers without points."""

    dimensions: Mapping[str, Gap]
    items: tuple[Gap, ...]
    unweighted: Mean
    weighted: Mean


@dataclass(frozen=True)
class Servperf:
    """Mean perception by dimension and item, each with its n and interval, and the overall scores."""

    dimensions: Mapping[str, Mean]
    items: tuple[Mean, ...]
    unweighted: Mean
    weighted: Mean


def servqual(
    expectations: ArrayLike,
    perceptions: ArrayLike,
    points: ArrayLike | None = None,
    counting: Counting = ALIKE,
) -> Servqual:
    """Scores from two columns (n, 22) on 1..7 and points (n, 5) that sum to 100 (Parasuraman, Zeithaml &
    Berry 1988, J. Retailing 64:12; 1991, 67:420).

    gap = P − E where both are answered; a respondent's dimension is the mean of its gaps, the overall score
    the mean of the five dimensions (not of 22 items: dimensions differ in length), weighted Σ (points/100) ·
    dimension per respondent and then averaged, which is not mean gap × mean points.
    """
    expected = _answers(expectations, "E")
    perceived = _answers(perceptions, "P")
    both = ~np.isnan(expected) & ~np.isnan(perceived)
    expected, perceived = np.where(both, expected, np.nan), np.where(both, perceived, np.nan)
    e, p, gaps = (dimension_scores(one) for one in (expected, perceived, perceived - expected))
    given, mean = None if points is None else checked_points(points), counting.mean
    return Servqual(
        {
            name: Gap(
                mean(e[:, j]).mean, mean(p[:, j]).mean, mean(gaps[:, j]), _mean_points(given, j, counting)
            )
            for j, name in enumerate(DIMENSIONS)
        },
        tuple(
            Gap(mean(expected[:, i]).mean, mean(perceived[:, i]).mean, mean(perceived[:, i] - expected[:, i]))
            for i in range(ITEMS)
        ),
        mean(overall(gaps)),
        mean(overall(gaps, given)) if given is not None else mean([]),
    )


def servperf(perceptions: ArrayLike, points: ArrayLike | None = None, counting: Counting = ALIKE) -> Servperf:
    """Perceptions (n, 22) alone, by dimension, by item and overall, weighted Σ (points/100) · dimension
    (Cronin & Taylor 1992, J. Marketing 56:55)."""
    perceived = _answers(perceptions, "P")
    scores = dimension_scores(perceived)
    given, mean = None if points is None else checked_points(points), counting.mean
    return Servperf(
        {name: mean(scores[:, j]) for j, name in enumerate(DIMENSIONS)},
        tuple(mean(perceived[:, i]) for i in range(ITEMS)),
        mean(overall(scores)),
        mean(overall(scores, given)) if given is not None else mean([]),
    )


def dimension_scores(items: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 5) mean of every dimension's answered items, from (n, 22) (Parasuraman et al. 1988); NaN where none
    is answered."""
    return np.column_stack([row_means(items[:, list(places)]) for places in DIMENSIONS.values()])


def overall(scores: NDArray[np.float64], points: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """(n,) one score a respondent from dimension scores (n, 5): (1/5) Σ G, or Σ (points/100) G (Zeithaml,
    Parasuraman & Berry 1990, Delivering Quality Service, app. A); NaN where a dimension is missing."""
    return np.asarray(scores.mean(axis=1) if points is None else (scores * points).sum(axis=1) / 100.0)


def checked_points(points: ArrayLike) -> NDArray[np.float64]:
    """Points (n, 5), a row of them empty for a respondent who gave none; raises `DataError` for a row that
    does not sum to 100."""
    names = [f"W_{name}" for name in DIMENSIONS]
    given = on_scale(points, 0, 100, names, whole=False)
    some = ~np.isnan(given).all(axis=1)
    wrong = some & ~(np.abs(given.sum(axis=1) - 100.0) <= POINTS_ERROR)
    if wrong.any():
        row = int(np.argmax(wrong))
        empty = [name for name, value in zip(names, given[row], strict=True) if np.isnan(value)]
        if empty:
            raise DataError("is empty; give points to all five dimensions or to none", empty[0], row + 1)
        total = f"{given[row].sum():g}"
        raise DataError(
            f"the points sum to {total}; they must sum to 100", f"{names[0]}..{names[-1][2:]}", row + 1
        )
    return given


def usable_points(points: ArrayLike) -> tuple[NDArray[np.float64], int]:
    """Points (n, 5) with the rows left empty that do not hold five points which sum to 100, and how many of
    these held any: a share of something else than 100 weighs nothing."""
    given = np.array(points, dtype=np.float64)
    some = ~np.isnan(given).all(axis=1)
    whole = (given >= 0).all(axis=1) & (np.abs(given.sum(axis=1) - 100.0) <= POINTS_ERROR)
    given[~whole] = np.nan
    return given, int((some & ~whole).sum())


def _answers(values: ArrayLike, letter: str) -> NDArray[np.float64]:
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] != ITEMS:
        raise DataError(f"the answers have shape {given.shape}; SERVQUAL has {ITEMS} items a column")
    return on_scale(given, LOWEST, HIGHEST, [f"{letter}{i}" for i in range(1, ITEMS + 1)], whole=False)


def _mean_points(points: NDArray[np.float64] | None, dimension: int, counting: Counting) -> float:
    return math.nan if points is None else counting.mean(points[:, dimension]).mean
