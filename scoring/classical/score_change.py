"""By how much a score differs from an earlier one, or from that of other people, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr

from scoring.classical import change as normal
from scoring.classical.means import Mean, welch_means
from scoring.classical.nps import Counts
from scoring.classical.nps_comparison import compare
from scoring.classical.proportions import newcombe_difference, newcombe_z
from scoring.classical.score import UNITS, Score
from scoring.errors import DataError

Test = Literal["adjusted_wald", "newcombe", "welch", "z"]


@dataclass(frozen=True)
class Tested:
    """First score minus second in their units; `se` is NaN for shares, all but the difference where the
    answers do not allow a test."""

    difference: float
    se: float
    low: float
    high: float
    z: float
    p: float
    test: Test


def difference(first: Score, second: Score, shared: int = 0) -> Tested:
    """First minus second, of samples with `shared` answers in common, as overlapping windows have them.

    Net scores by adjusted Wald (Rocks 2016, Am. Stat. 70:365), shares by Newcombe's hybrid score (1998, Stat.
    Med. 17:873), means by Welch (1947, Biometrika 34:28), or where answers are shared by the normal
    difference with their correlation (Kish 1965, Survey Sampling, ch. 12). Raises `DataError` for scores of
    two kinds, and for more shared answers than there are.
    """
    if first.kind != second.kind:
        raise DataError(f"a score of kind {first.kind} cannot be compared with one of kind {second.kind}")
    if not 0 <= shared <= min(first.n, second.n):
        raise DataError(f"{shared} answers cannot count in both of {first.n} and {second.n}")
    if first.kind == "nps":
        return _of_nets(first, second, shared)
    return _of_means(first, second, shared) if first.kind == "mean" else _of_shares(first, second, shared)


def against_the_others(scores: Sequence[Score]) -> list[Tested]:
    """Each of several separate groups against all the others together, their answers pooled; means of the
    others weighted by their answers. Raises `DataError` for one group, or for kinds that differ."""
    if len({one.kind for one in scores}) != 1:
        raise DataError("groups are compared by scores of one kind")
    if scores[0].kind == "mean":
        figures = [normal.Figure(one.value, one.se, one.n) for one in scores]
        return [_by_z(one) for one in normal.from_the_others(figures)]
    if len(scores) < 2:
        raise DataError("a group can be compared with others only where there are others")
    return [
        difference(one, _pooled([*scores[:place], *scores[place + 1 :]])) for place, one in enumerate(scores)
    ]


def _pooled(scores: Sequence[Score]) -> Score:
    """The counts of several groups as those of one; its interval is not needed."""
    n = sum(one.n for one in scores)
    counts = tuple(sum(column) for column in zip(*(one.counts for one in scores), strict=True))
    return Score("", scores[0].kind, math.nan, math.nan, math.nan, math.nan, n, counts)


def _of_nets(first: Score, second: Score, shared: int) -> Tested:
    found = compare(Counts(*first.counts), Counts(*second.counts), shared=shared)
    return Tested(found.difference, found.se, found.low, found.high, found.z, found.p, "adjusted_wald")


def _of_shares(first: Score, second: Score, shared: int) -> Tested:
    """In the unit of the score; a unit below zero turns the interval round."""
    unit, both = UNITS[first.kind], (first.counts[0], first.n, second.counts[0], second.n)
    apart, low, high = (unit * one for one in newcombe_difference(*both, shared=shared))
    z = math.copysign(1.0, unit) * newcombe_z(*both, shared=shared)
    p = float(2.0 * ndtr(-abs(z)))
    return Tested(apart, math.nan, min(low, high), max(low, high), z, p, "newcombe")


def _of_means(first: Score, second: Score, shared: int) -> Tested:
    if shared:
        a, b = (normal.Figure(one.value, one.se, one.n) for one in (first, second))
        return _by_z(normal.difference(a, b, shared))
    found = welch_means(_mean(first), _mean(second))
    return Tested(found.difference, found.se, found.low, found.high, found.t, found.p, "welch")


def _mean(score: Score) -> Mean:
    return Mean(score.n, score.value, score.se * math.sqrt(score.n), score.se, score.low, score.high)


def _by_z(found: normal.Difference) -> Tested:
    return Tested(found.difference, found.se, found.low, found.high, found.z, found.p, "z")
