"""Results as plain values, in the form in which commands print them and runs store them."""

import dataclasses
import math
from typing import Any

from scoring.classical.kano_classes import Feature
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
    }
