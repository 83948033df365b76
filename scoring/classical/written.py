"""Results as plain values, in the form in which commands print them and runs store them."""

import dataclasses
import math
from typing import Any

from scoring.classical.kano_classes import Feature
from scoring.classical.means import Mean
from scoring.classical.nps import NetPromoterScore
from scoring.classical.servqual import Gap
from scoring.classical.servqual_zone import Zone


def plain(value: Any) -> Any:
    """The same with dictionaries for dataclasses, and None for what is not a finite number."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def gap(one: Gap) -> dict[str, float]:
    """Means of expectation and perception, their gap with its paired t, and mean points."""
    return {
        "expectation": one.expectation,
        "perception": one.perception,
        "gap": one.gap.mean,
        "se": one.gap.se,
        "t": one.gap.t,
        "p": one.gap.p,
        "weight": one.weight,
        "n": one.n,
        **effective(one.gap),
    }


def zone(one: Zone) -> dict[str, float]:
    """Means of the three columns, the two gaps and the share in the zone of tolerance."""
    return {
        "adequate": one.adequate,
        "desired": one.desired,
        "perceived": one.perceived,
        "msa": one.msa,
        "mss": one.mss,
        "in_zone": one.in_zone,
        **effective(one.adequacy),
    }


def feature(name: str, one: Feature) -> dict[str, Any]:
    """A feature's counts, class, coefficients and strengths."""
    return {
        "feature": name,
        "n": one.n,
        "counts": dict(one.counts),
        "category": one.category,
        "significant": one.significant,
        "better": one.better.value,
        "worse": one.worse.value,
        "category_strength": one.category_strength,
        "total_strength": one.total_strength,
        "importance": one.importance,
        **({} if one.effective is None else _weighted_feature(one)),
    }


def _weighted_feature(one: Feature) -> dict[str, Any]:
    """The weighted share of each class, and the effective number of answers that tell."""
    assert one.effective is not None  # noqa: S101  the caller has looked
    total = sum(one.effective.values())
    shares = {letter: count / total for letter, count in one.effective.items()} if total else {}
    return {"shares": shares, "n_effective": one.better.n_effective}


def groups(one: NetPromoterScore) -> dict[str, Any]:
    """The weighted shares of promoters, passives and detractors, and the effective `base` that error and
    interval have (see `counting.Tally`); empty where they are not weighted."""
    if one.effective is None:
        return {}
    names, total = ("promoters", "passives", "detractors"), sum(one.effective)
    shares = {name: count / total for name, count in zip(names, one.effective, strict=True)}
    return {"shares": shares, "base": total}


def perception(one: Mean) -> dict[str, float]:
    """A mean perception with its interval."""
    ends = {"se": one.se, "low": one.low, "high": one.high, "n": one.n}
    return {"perception": one.mean, **ends, **effective(one)}


def effective(one: Any) -> dict[str, float]:
    """How many answers of equal weight tell as much as those of a mean, a share or a net score; empty where
    they are not weighted."""
    return {} if one.n_effective is None else {"n_effective": one.n_effective}


def counted(one: Any) -> dict[str, Any]:
    """All fields of a mean, a share or a net score but the counts at its effective base."""
    fields = dataclasses.asdict(one)
    return {
        name: value
        for name, value in fields.items()
        if name != "effective" and not (name == "n_effective" and value is None)
    }
