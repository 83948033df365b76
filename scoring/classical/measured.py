"""What the answers to one instrument come to, kind by kind: the whole result, and the figures that are
compared later."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.classical import written
from scoring.classical.counting import ALIKE, Counting
from scoring.classical.kano_classes import combined_class, evaluate
from scoring.classical.means import Mean
from scoring.classical.nps import score_of
from scoring.classical.score import Score, kano_scores, mean_score, net_score, percent_score
from scoring.classical.servqual import DIMENSIONS, ITEMS, Gap, servperf, servqual, usable_points
from scoring.classical.servqual_zone import Zone, zone_of_tolerance
from scoring.classical.top_box import box_share
from scoring.instrument import Instrument

MEAN = "answer.mean"  # no construct's code has a dot
PAIR = ("functional", "dysfunctional")
POINTS = [f"w_{name}" for name in DIMENSIONS]
# How the figures of each kind are made, kept with every result.
METHODS: Mapping[str, Mapping[str, Any]] = {
    "nps": {"interval": "adjusted_wald"},
    "csat": {"interval": "wilson", "mean_interval": "student"},
    "ces": {"interval": "wilson", "mean_interval": "student"},
    "servqual": {"interval": "student"},
    "servperf": {"interval": "student"},
    "servqual_zone": {"interval": "student"},
    "kano": {"table": "berger", "rule": "mode", "near_tie": 0.0, "interval": "wilson"},
}


@dataclass(frozen=True)
class Answers:
    """Answers (n, k) as numbers, NaN where there is none, in columns named by the items' codes."""

    items: tuple[str, ...]
    values: NDArray[np.float64]

    def column(self, code: str) -> NDArray[np.float64]:
        """(n,) answers to one item."""
        return self.values[:, self.items.index(code)]

    def block(self, codes: Sequence[str]) -> NDArray[np.float64]:
        """(n, k) answers to several."""
        return self.values[:, [self.items.index(code) for code in codes]]


@dataclass(frozen=True)
class Measured:
    """`values` in the form commands print; `scores` those that there are; `n_used` the largest base among
    them; `issues` what a reader should know, each a code with its figures."""

    values: dict[str, Any]
    scores: list[Score]
    n_used: int
    issues: list[dict[str, Any]] = field(default_factory=list)
    is_weightable: bool = True

    @property
    def status(self) -> str:
        """`too_few` where nobody answered, `not_weighted` where answers cannot be weighted as was asked."""
        if not self.is_weightable:
            return "not_weighted"
        return "ok" if self.n_used else "too_few"


def refused(issue: dict[str, Any]) -> Measured:
    """No figure, because the answers cannot be weighted, and why."""
    return Measured({}, [], 0, [issue], is_weightable=False)


def measure(instrument: Instrument, answers: Answers, counting: Counting = ALIKE) -> Measured:
    """Score the answers by the instrument's kind; each figure over those who answered what it needs
    (Reichheld 2003; Parasuraman, Zeithaml & Berry 1988, 1994; Cronin & Taylor 1992; Berger et al. 1993).

    Weighted, every figure is that of the weighted answers with its calibrated error; bases and counts stay
    those of the answers. Raises `DataError` for answers off their scales.
    """
    found = KINDS[instrument.kind](instrument, answers, counting)
    return Measured(
        written.plain(found.values), [one for one in found.scores if one.n], found.n_used, found.issues
    )


def _nps(instrument: Instrument, answers: Answers, counting: Counting) -> Measured:
    construct = instrument.constructs[0]
    given = answers.column(construct.items[0].code)
    score = score_of(given, counting)
    values = {**written.counted(score), **written.groups(score), **_distribution(instrument, given, counting)}
    return Measured(values, [net_score(construct.code, score)], score.n)


def _box(instrument: Instrument, answers: Answers, counting: Counting) -> Measured:
    construct = instrument.constructs[0]
    code = construct.items[0].code
    given = answers.column(code)
    low, high = instrument.box or (0, 0)
    share = box_share(given, instrument.scales()[code], low, high, counting=counting)
    mean = counting.mean(given)
    values = {**written.counted(share), "box": [low, high], "mean": written.counted(mean)}
    values |= _distribution(instrument, given, counting)
    return Measured(values, [percent_score(construct.code, share), mean_score(MEAN, mean)], share.n)


def _distribution(
    instrument: Instrument, given: NDArray[np.float64], counting: Counting
) -> dict[str, dict[str, Any]]:
    """How many chose each point of the scale; where they are weighted, with the weighted shares."""
    points = instrument.constructs[0].items[0].scale.points
    found = counting.tally(given, points)
    counts = dict(zip(map(str, points), found.counts, strict=True))
    if found.n_effective is None:
        return {"answers": counts}
    shares = (one / found.base for one in found.effective)
    return {"answers": counts, "answer_shares": dict(zip(map(str, points), shares, strict=True))}


def _servqual(instrument: Instrument, answers: Answers, counting: Counting) -> Measured:
    points, issues = _points(answers)
    result = servqual(answers.block(_numbered("e")), answers.block(_numbered("p")), points, counting)
    dimensions, items = result.dimensions, dict(enumerate(result.items, start=1))
    scores = [mean_score(f"gap.{name}", one.gap) for name, one in [*dimensions.items(), *items.items()]]
    values = {
        "n": result.unweighted.n,
        "dimensions": {name: _gap(one) for name, one in dimensions.items()},
        "items": {str(number): _gap(one) for number, one in items.items()},
        "unweighted": result.unweighted.mean,
        "weighted": result.weighted.mean,
    }
    n = max(one.n for one in dimensions.values())
    return Measured(values, [*_overall(result.unweighted, result.weighted), *scores], n, issues)


def _servperf(instrument: Instrument, answers: Answers, counting: Counting) -> Measured:
    points, issues = _points(answers)
    result = servperf(answers.block(_numbered("p")), points, counting)
    dimensions, items = result.dimensions, dict(enumerate(result.items, start=1))
    scores = [mean_score(f"perception.{name}", one) for name, one in [*dimensions.items(), *items.items()]]
    values = {
        "n": result.unweighted.n,
        "dimensions": {name: written.perception(one) for name, one in dimensions.items()},
        "items": {str(number): written.perception(one) for number, one in items.items()},
        "unweighted": result.unweighted.mean,
        "weighted": result.weighted.mean,
    }
    n = max(one.n for one in dimensions.values())
    return Measured(values, [*_overall(result.unweighted, result.weighted), *scores], n, issues)


def _overall(unweighted: Mean, weighted: Mean) -> list[Score]:
    return [mean_score("unweighted", unweighted), mean_score("weighted", weighted)]


def _points(answers: Answers) -> tuple[NDArray[np.float64] | None, list[dict[str, Any]]]:
    if not set(POINTS) <= set(answers.items):
        return None, []
    points, left_out = usable_points(answers.block(POINTS))
    said = {"code": "points_left_out", "params": {"count": left_out}}
    return points, [said] if left_out else []


def _zone(instrument: Instrument, answers: Answers, counting: Counting) -> Measured:
    adequate, desired, perceived = (answers.block(_numbered(letter)) for letter in "adp")
    result = zone_of_tolerance(adequate, desired, perceived, counting)
    items = {str(number): one for number, one in enumerate(result.items, start=1)}
    zones = {**result.dimensions, **items}
    values = {
        "n": result.n,
        "dimensions": {name: _zone_of(one) for name, one in result.dimensions.items()},
        "items": {number: _zone_of(one) for number, one in items.items()},
    }
    scores = [one for name, zone in zones.items() for one in _gaps(f".{name}", zone)]
    if result.unweighted:
        values["unweighted"] = _zone_of(result.unweighted)
        scores = [*_gaps("", result.unweighted), *scores]
    params = {"count": result.inconsistent, "respondents": result.inconsistent_respondents}
    issues = [{"code": "inconsistent", "params": params}] if result.inconsistent else []
    return Measured(values, scores, result.n, issues)


def _gaps(ending: str, zone: Zone) -> list[Score]:
    return [mean_score(f"msa{ending}", zone.adequacy), mean_score(f"mss{ending}", zone.superiority)]


def _kano(instrument: Instrument, answers: Answers, counting: Counting) -> Measured:
    method = METHODS["kano"]
    entries, scores = [], []
    for construct in instrument.constructs:
        there, absent = (answers.column(f"{construct.code}_{name}") for name in PAIR)
        stated = f"{construct.code}_importance"  # which a company may leave out
        importance = answers.column(stated) if stated in answers.items else None
        how = method["table"], method["rule"], method["near_tie"], counting
        one = evaluate(there, absent, importance, *how)
        ends = {"better_low": one.better.low, "better_high": one.better.high}
        ends |= {"worse_low": one.worse.low, "worse_high": one.worse.high}
        counts = one.effective or one.counts
        combined = combined_class(counts) if one.n and not one.significant else None
        entries.append({**written.feature(construct.code, one), **ends, "combined": combined})
        entries[-1]["telling"] = one.telling
        scores += kano_scores(f"better.{construct.code}", f"worse.{construct.code}", one)
    return Measured({"features": entries}, scores, max((one["n"] for one in entries), default=0))


def _numbered(letter: str) -> list[str]:
    return [f"{letter}{number}" for number in range(1, ITEMS + 1)]


def _gap(one: Gap) -> dict[str, float]:
    return {**written.gap(one), "low": one.gap.low, "high": one.gap.high}


def _zone_of(one: Zone) -> dict[str, float]:
    ends = {
        f"{name}_{end}": getattr(mean, end)
        for name, mean in (("msa", one.adequacy), ("mss", one.superiority), ("in_zone", one.inside))
        for end in ("low", "high")
    }
    return {**written.zone(one), **ends, "n": one.n}


KINDS: Mapping[str, Callable[[Instrument, Answers, Counting], Measured]] = {
    "nps": _nps,
    "csat": _box,
    "ces": _box,
    "servqual": _servqual,
    "servperf": _servperf,
    "servqual_zone": _zone,
    "kano": _kano,
}
