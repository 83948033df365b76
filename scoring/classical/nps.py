"""Net Promoter Score: counts, score and interval of one sample."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.classical.answer_checks import on_scale
from scoring.classical.counting import Counting
from scoring.classical.nps_intervals import Limits, adjusted_wald, mover, tango, wald

Method = Literal["adjusted_wald", "wald", "score", "mover"]

LARGEST_DETRACTOR, LEAST_PROMOTER = 6, 9
METHODS: Mapping[str, Limits] = {"adjusted_wald": adjusted_wald, "wald": wald, "score": tango, "mover": mover}


@dataclass(frozen=True)
class Counts:
    """How many answered 9..10, 7..8 and 0..6; fractional for weighted answers."""

    promoters: float
    passives: float
    detractors: float

    @property
    def n(self) -> float:
        """Answers in all."""
        return self.promoters + self.passives + self.detractors

    @property
    def net(self) -> float:
        """pr − d as a share, −1..1, from unrounded counts."""
        return (self.promoters - self.detractors) / self.n if self.n else math.nan

    @property
    def variance(self) -> float:
        """pr + d − (pr − d)² of one answer scored −1, 0, 1 (Rocks 2016, Am. Stat. 70:365)."""
        return (self.promoters + self.detractors) / self.n - self.net**2 if self.n else math.nan

    @property
    def se(self) -> float:
        """√(variance/n), divisor n and not n − 1, of `net`."""
        return math.sqrt(max(self.variance, 0.0) / self.n) if self.n else math.nan

    @property
    def adjusted(self) -> "Counts":
        """The counts with ¾ promoter, 1½ passives and ¾ detractor added (Rocks 2016)."""
        return Counts(self.promoters + 0.75, self.passives + 1.5, self.detractors + 0.75)


@dataclass(frozen=True)
class NetPromoterScore:
    """A score on −100..100 with its standard error and interval; plain `nps`, whatever the interval.

    Where the answers are weighted, the counts are still those of the answers, and `effective` those at the
    effective base that error and interval have (see `counting.Tally`); None else.
    """

    n: int
    promoters: int
    passives: int
    detractors: int
    nps: float
    se: float
    low: float
    high: float
    n_effective: float | None = None
    effective: tuple[float, ...] | None = None


def scored(answers: ArrayLike, column: str = "answers") -> NDArray[np.float64]:
    """(n,) −1, 0 or 1 for answers 0..6, 7..8, 9..10 (Reichheld 2003, HBR 81(12):46); NaN stays NaN.

    Raises `DataError` for an answer that is not a whole number from 0 to 10.
    """
    given = on_scale(answers, 0, 10, column)
    score = (given >= LEAST_PROMOTER).astype(np.float64) - (given <= LARGEST_DETRACTOR)
    return np.where(np.isnan(given), np.nan, score)


def counts_of(answers: ArrayLike, column: str = "answers") -> Counts:
    """Promoters, passives and detractors among the answers that are there."""
    score = scored(answers, column)
    return Counts(int((score == 1).sum()), int((score == 0).sum()), int((score == -1).sum()))


def net_promoter_score(
    counts: Counts, method: Method = "adjusted_wald", level: float = 0.95
) -> NetPromoterScore:
    """NPS = 100 (pr − d), rounded by nobody here (Reichheld 2003, HBR 81(12):46).

    Intervals: adjusted Wald (Rocks 2016, Am. Stat. 70:365, best or tied over the range; it is centred on the
    adjusted score, and `se` is the adjusted one), Wald, Tango's score, MOVER.
    """
    low, high = METHODS[method](counts.promoters, counts.passives, counts.detractors, level)
    adjusts = method == "adjusted_wald" and counts.n > 0  # three answers nobody gave are no evidence
    se = counts.adjusted.se if adjusts else counts.se
    base = (int(counts.n), int(counts.promoters), int(counts.passives), int(counts.detractors))
    return NetPromoterScore(*base, 100.0 * counts.net, 100.0 * se, 100.0 * low, 100.0 * high)


def score_of(answers: ArrayLike, counting: Counting, column: str = "answers") -> NetPromoterScore:
    """The score of answers that may be weighted, with its adjusted Wald interval: 100 Σwx/Σw with x −1, 0 or
    1, and Rocks's rule on the counts at the effective base (Rocks 2016, Am. Stat. 70:365; Korn & Graubard
    1998, Survey Methodology 24:193). Equal weights give what the counts give."""
    found = counting.tally(scored(answers, column), (1, 0, -1))
    one = net_promoter_score(Counts(*found.effective))
    if found.n_effective is None:
        return one
    promoters, passives, detractors = found.counts
    return replace(
        one,
        n=found.n,
        promoters=promoters,
        passives=passives,
        detractors=detractors,
        n_effective=found.n_effective,
        effective=found.effective,
    )
