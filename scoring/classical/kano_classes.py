"""Kano's method: which category an attribute belongs to, how clearly, and what it does to satisfaction."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.classical.answer_checks import on_scale
from scoring.classical.counting import ALIKE, Counting
from scoring.classical.kano import CATEGORIES, Counts, Table, classify, count
from scoring.classical.proportions import wilson

Rule = Literal["mode", "blauth"]

WANTED, UNWANTED, TELLING = "MOA", "IRQ", "AOMI"
FONG_Z = 1.65  # as Fong printed it: 10 %, two-sided


@dataclass(frozen=True)
class Coefficient:
    """Better (0..1) or Worse (−1..0) with its interval; NaN when nobody answered M, O, A or I.

    `effective`: where answers are weighted, the counts of those who count and who do not at the effective
    base that the interval has, `n_effective` Kish's base (see `counting.Tally`).
    """

    value: float
    low: float
    high: float
    n_effective: float | None = None
    effective: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Feature:
    """What the answers say about one attribute; `category` is None and shares are NaN without a whole
    pair.

    `counts` are those of the answers. Where they are weighted, `effective` are the weighted counts, of as
    many answers of equal weight as tell as much, by which all else is found; None else.
    """

    n: int
    counts: Mapping[str, int]
    category: str | None
    significant: bool
    better: Coefficient
    worse: Coefficient
    category_strength: float
    total_strength: float
    importance: float
    effective: Counts | None = None

    @property
    def telling(self) -> int:
        """Answers that are M, O, A or I, the base of both coefficients."""
        return sum(self.counts[one] for one in TELLING)


def evaluate(
    functional: ArrayLike,
    dysfunctional: ArrayLike,
    importance: ArrayLike | None = None,
    table: Table = "berger",
    rule: Rule = "mode",
    near_tie: float = 0.0,
    counting: Counting = ALIKE,
) -> Feature:
    """All of an attribute's figures from answers 1..5 and self-stated importance 1..9 (Berger et al. 1993,
    CQM J. 2(4):3); NaN is missing. Weighted, class and strengths are those of the weighted shares."""
    letters = classify(functional, dysfunctional, table)
    counts, effective = count(letters), counting.by_category(letters, CATEGORIES)
    stated = np.array([]) if importance is None else on_scale(importance, 1, 9, "importance")
    is_weighted = counting.calibration is not None
    return Feature(
        sum(counts.values()),
        counts,
        category(effective, rule, near_tie),
        significant(effective),
        _calibrated(letters, "AO", counting) if is_weighted else better(counts),
        _turned(_calibrated(letters, "OM", counting)) if is_weighted else worse(counts),
        category_strength(effective),
        total_strength(effective),
        counting.mean(stated).mean,
        effective if is_weighted else None,
    )


def favourable(letters: NDArray[np.str_], wanted: str) -> NDArray[np.float64]:
    """(n,) 1 where a category is one of `wanted`, 0 where it is another of M, O, A and I, NaN else: what a
    respondent adds to Better (A, O) or to −Worse (O, M)."""
    return np.where(np.isin(letters, list(TELLING)), np.isin(letters, list(wanted)), np.nan)


def _calibrated(letters: NDArray[np.str_], wanted: str, counting: Counting) -> Coefficient:
    """Wilson's interval at the effective base."""
    found = counting.tally(favourable(letters, wanted), (1, 0))
    share = found.effective[0] / found.base if found.n else math.nan
    ends = wilson(found.effective[0], found.base)
    return Coefficient(share, *ends, found.n_effective, found.effective)


def category(counts: Counts, rule: Rule = "mode", near_tie: float = 0.0) -> str | None:
    """The attribute's class: the most frequent category, or by Blauth's rule the most frequent of O, A, M
    where together they outnumber I, R, Q, else of I, R, Q (Berger et al. 1993, CQM J. 2(4):12 and 33).

    Categories within `near_tie` percentage points (of all n, Q among them) of the largest count as tied;
    of tied ones the first of M > O > A > I > R > Q is taken (Matzler & Hinterhuber 1998, Technovation
    18:25). 0 breaks exact ties only.
    """
    n = sum(counts.values())
    if n == 0:
        return None
    letters = CATEGORIES
    if rule == "blauth":
        more = sum(counts[one] for one in WANTED) > sum(counts[one] for one in UNWANTED)
        letters = WANTED if more else UNWANTED
    most = max(counts[one] for one in letters)
    return next(one for one in letters if 100 * (most - counts[one]) <= near_tie * n)


def significant(counts: Counts) -> bool:
    """Fong's test: a − b ≥ 1.65 √((a + b)(2n − a − b)/2n) for the two largest counts a, b without Q and n
    with it (Fong 1996, CQM J. 5:21). Where False, `combined_class` names both."""
    n = sum(counts.values())
    a, b = sorted((counts[one] for one in CATEGORIES if one != "Q"), reverse=True)[:2]
    return a > b and a - b >= FONG_Z * math.sqrt((a + b) * (2 * n - a - b) / (2 * n))


def combined_class(counts: Counts) -> str:
    """The two largest categories without Q, as in "O/A", for an attribute without a significant class (Fong
    1996, CQM J. 5:21)."""
    ranked = sorted((one for one in CATEGORIES if one != "Q"), key=lambda one: -counts[one])
    return f"{ranked[0]}/{ranked[1]}"


def better(counts: Counts, level: float = 0.95) -> Coefficient:
    """(A + O)/(A + O + M + I): satisfaction if the attribute is there (Timko in Berger et al. 1993, CQM J.
    2(4):17), with Wilson's interval."""
    return _coefficient(counts, "AO", level)


def worse(counts: Counts, level: float = 0.95) -> Coefficient:
    """−(O + M)/(A + O + M + I): dissatisfaction if it is not (Timko in Berger et al. 1993), with Wilson's
    interval."""
    return _turned(_coefficient(counts, "OM", level))


def _turned(share: Coefficient) -> Coefficient:
    ends = 0.0 - share.value, 0.0 - share.high, 0.0 - share.low  # 0 − x: no negative zero
    return replace(share, value=ends[0], low=ends[1], high=ends[2])


def category_strength(counts: Counts) -> float:
    """Share of the largest category minus that of the second (Lee & Newcomb 1997, QMJ 4(3):95); below .06 the
    attribute is mixed."""
    n = sum(counts.values())
    first, second = sorted(counts.values(), reverse=True)[:2]
    return (first - second) / n if n else math.nan


def total_strength(counts: Counts) -> float:
    """Share of M, O and A together (Lee & Newcomb 1997, QMJ 4(3):95); below .6 the attribute is weak."""
    n = sum(counts.values())
    return sum(counts[one] for one in WANTED) / n if n else math.nan


def _coefficient(counts: Counts, letters: str, level: float) -> Coefficient:
    n = sum(counts[one] for one in TELLING)
    favourable = sum(counts[one] for one in letters)
    return Coefficient(favourable / n if n else math.nan, *wilson(favourable, n, level))
