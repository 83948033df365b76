"""The figures that a period of classical answers comes to, each in a form that can be compared later."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from scoring.classical.kano_classes import Coefficient, Feature
from scoring.classical.means import Mean
from scoring.classical.nps import Counts, NetPromoterScore, net_promoter_score
from scoring.classical.top_box import TopBox

Kind = Literal["nps", "percent", "better", "worse", "mean"]

# What a share is multiplied by to be the figure of its kind.
UNITS: Mapping[str, float] = {"percent": 100.0, "better": 1.0, "worse": -1.0}


@dataclass(frozen=True)
class Score:
    """One figure in the units it is shown in, with its interval and the `n` answers it rests on.

    `counts` is what a net score or a share was counted from: promoters, passives and detractors, or those
    who count. `se` is NaN for a share, whose interval is no multiple of one; what n does not allow is NaN.
    Where the answers are weighted, `n_effective` of equal weight tell as much (Kish 1965, Survey Sampling,
    sec. 11.7), and `counts` are those at the effective base of the interval, of a share with the others
    (see `counting.Tally`).
    """

    code: str
    kind: Kind
    value: float
    se: float
    low: float
    high: float
    n: int
    counts: tuple[float, ...] = ()
    n_effective: float | None = None

    @property
    def base(self) -> float:
        """How many answers of equal weight a net score or a share has the interval of."""
        return float(self.n) if self.n_effective is None else math.fsum(self.counts)


def nps_score(code: str, counts: Counts) -> Score:
    """The net promoter score, −100..100, with its adjusted Wald interval (Rocks 2016, Am. Stat. 70:365)."""
    return net_score(code, net_promoter_score(counts))


def net_score(code: str, one: NetPromoterScore) -> Score:
    """The same of a score as it was found, weighted or not."""
    counts = one.effective or (one.promoters, one.passives, one.detractors)
    return Score(code, "nps", one.nps, one.se, one.low, one.high, one.n, counts, one.n_effective)


def percent_score(code: str, share: TopBox) -> Score:
    """A top-box share in percent, with Wilson's interval (Wilson 1927, J. Am. Stat. Assoc. 22:209)."""
    ends = 100.0 * share.share, math.nan, 100.0 * share.low, 100.0 * share.high
    return Score(code, "percent", *ends, share.n, share.effective or (share.count,), share.n_effective)


def mean_score(code: str, mean: Mean) -> Score:
    """A mean in points of its scale, with Student's interval (Student 1908, Biometrika 6:1)."""
    return Score(code, "mean", mean.mean, mean.se, mean.low, mean.high, mean.n, n_effective=mean.n_effective)


def kano_scores(better: str, worse: str, feature: Feature) -> list[Score]:
    """Both of a feature's coefficients under these codes, over the answers that are M, O, A or I (Timko in
    Berger et al. 1993, CQM J. 2(4):17)."""
    return [
        _coefficient(better, "better", feature.better, feature, "AO"),
        _coefficient(worse, "worse", feature.worse, feature, "OM"),
    ]


def _coefficient(code: str, kind: Kind, one: Coefficient, feature: Feature, letters: str) -> Score:
    counts = one.effective or (sum(feature.counts[letter] for letter in letters),)
    ends = one.value, math.nan, one.low, one.high
    return Score(code, kind, *ends, feature.telling, counts, one.n_effective)
