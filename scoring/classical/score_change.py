"""By how much a score differs from an earlier one, or from that of other people, and how sure that is."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from scipy.special import ndtr

from scoring.classical import change as normal
from scoring.classical.means import Mean, welch_means
from scoring.classical.nps import Counts
from scoring.classical.nps_comparison import compare
from scoring.classical.proportions import newcombe_difference, newcombe_z
from scoring.classical.score import UNITS, Kind, Score
from scoring.errors import DataError

Test = Literal["adjusted_wald", "newcombe", "welch", "z"]
One = TypeVar("One")
NOTHING: Final = (math.nan,) * 4  # value, error and interval of what is only counted


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


def difference(first: Score, second: Score, shared: int = 0, correlation: float = 0.0) -> Tested:
    """First minus second, of samples with `shared` answers in common, as overlapping windows have them; of
    weighted ones the `correlation` of the two is given instead (see `overlap`).

    Net scores by adjusted Wald (Rocks 2016, Am. Stat. 70:365), shares by Newcombe's hybrid score (1998, Stat.
    Med. 17:873), means by Welch (1947, Biometrika 34:28), or where answers are shared by the normal
    difference with their correlation (Kish 1965, Survey Sampling, ch. 12). Raises `DataError` for scores of
    two kinds, and for more shared answers than there are. Weighted scores enter with the effective bases and
    errors that they have.
    """
    if first.kind != second.kind:
        raise DataError(f"a score of kind {first.kind} cannot be compared with one of kind {second.kind}")
    if not 0 <= shared <= min(first.n, second.n):
        raise DataError(f"{shared} answers cannot count in both of {first.n} and {second.n}")
    if shared and {first.n_effective, second.n_effective} == {None}:
        correlation = shared / math.sqrt(first.n * second.n)
    return TESTS[first.kind](first, second, correlation)


def against_the_others(scores: Sequence[Score], sizes: Sequence[int] | None = None) -> list[Tested]:
    """Each of several separate groups against all the others together, their answers pooled; means of the
    others weighted by their answers. `sizes`: of weighted groups, for how many of all answers each stands.
    Raises `DataError` for one group, or for kinds that differ."""
    stand_for = [one.n for one in scores] if sizes is None else list(sizes)
    if len({one.kind for one in scores}) != 1:
        raise DataError("groups are compared by scores of one kind")
    if scores[0].kind == "mean":
        figures = [
            normal.Figure(one.value, one.se, size) for one, size in zip(scores, stand_for, strict=True)
        ]
        return [_by_z(one) for one in normal.from_the_others(figures)]
    if len(scores) < 2:
        raise DataError("a group can be compared with others only where there are others")
    return [
        difference(one, _pooled(_but(scores, place), _but(stand_for, place)))
        for place, one in enumerate(scores)
    ]


def _but(values: Sequence[One], place: int) -> list[One]:
    return [*values[:place], *values[place + 1 :]]


def _pooled(scores: Sequence[Score], sizes: Sequence[int]) -> Score:
    """The counts of several groups as those of one; its interval is not needed.

    Of weighted groups the shares count by the groups' sizes, at the base (Σ size)²/Σ(size²/base) (Kish 1965,
    Survey Sampling, sec. 11.7); where sizes and bases are the numbers of answers, that is their sum.
    """
    n, total = sum(one.n for one in scores), sum(sizes)
    if all(one.n_effective is None for one in scores):
        counts = tuple(sum(column) for column in zip(*(one.counts for one in scores), strict=True))
        return Score("", scores[0].kind, *NOTHING, n, counts)
    both = list(zip(scores, sizes, strict=True))
    base = total**2 / sum(size**2 / one.base for one, size in both)
    shares = [[size * part / one.base for part in _parts(one)] for one, size in both]
    counts = tuple(base * sum(column) / total for column in zip(*shares, strict=True))
    return Score("", scores[0].kind, *NOTHING, n, counts, base)


def _parts(score: Score) -> tuple[float, ...]:
    """The counts of all that add up to the base."""
    is_alone = score.kind != "nps" and len(score.counts) == 1
    return (score.counts[0], score.n - score.counts[0]) if is_alone else score.counts


def _of_nets(first: Score, second: Score, correlation: float) -> Tested:
    shared = correlation * math.sqrt(first.base * second.base)
    found = compare(Counts(*first.counts), Counts(*second.counts), shared=shared)
    return Tested(found.difference, found.se, found.low, found.high, found.z, found.p, "adjusted_wald")


def _of_shares(first: Score, second: Score, correlation: float) -> Tested:
    """In the unit of the score; a unit below zero turns the interval round."""
    unit, both = UNITS[first.kind], (first.counts[0], first.base, second.counts[0], second.base)
    shared = correlation * math.sqrt(first.base * second.base)
    apart, low, high = (unit * one for one in newcombe_difference(*both, shared=shared))
    z = math.copysign(1.0, unit) * newcombe_z(*both, shared=shared)
    p = float(2.0 * ndtr(-abs(z)))
    return Tested(apart, math.nan, min(low, high), max(low, high), z, p, "newcombe")


def _of_means(first: Score, second: Score, correlation: float) -> Tested:
    if correlation:
        a, b = (normal.Figure(one.value, one.se, one.n) for one in (first, second))
        return _by_z(normal.correlated(a, b, correlation))
    found = welch_means(_mean(first), _mean(second))
    return Tested(found.difference, found.se, found.low, found.high, found.t, found.p, "welch")


def _mean(score: Score) -> Mean:
    sd = score.se * math.sqrt(score.n)
    return Mean(score.n, score.value, sd, score.se, score.low, score.high, score.n_effective)


def _by_z(found: normal.Difference) -> Tested:
    return Tested(found.difference, found.se, found.low, found.high, found.z, found.p, "z")


TESTS: Mapping[Kind, Callable[[Score, Score, float], Tested]] = {
    "nps": _of_nets,
    "percent": _of_shares,
    "better": _of_shares,
    "worse": _of_shares,
    "mean": _of_means,
}
