"""The result of fitting a structural model, and its JSON form."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from scoring.structural.issues import Issue
from scoring.structural.reliability import Reliability

Status = Literal["ok", "improper", "not_converged", "not_identified", "too_few", "not_weighted"]
Estimator = Literal["ml", "pls"]
Scheme = Literal["path", "centroid", "factorial"]
Intervals = Literal["percentile", "bca"]


@dataclass(frozen=True)
class Loading:
    """An item's loading; `low`, `high` are the 95 % interval of `std`."""

    construct: str
    item: str
    estimate: float
    se: float
    robust_se: float
    std: float
    low: float
    high: float


@dataclass(frozen=True)
class Weight:
    """An item's weight in its construct's index, on items from 0 to 100."""

    construct: str
    item: str
    weight: float
    se: float


@dataclass(frozen=True)
class PathEstimate:
    """A path coefficient; `estimate` with `se` (expected information) and `robust_se` in the items' units,
    `low` and `high` the 95 % robust interval of `std`, which is what is shown."""

    source: str
    target: str
    estimate: float
    se: float
    robust_se: float
    std: float
    low: float
    high: float


@dataclass(frozen=True)
class TotalEffect:
    """A standardised total effect (impact) of one construct on another it leads to."""

    source: str
    target: str
    std: float
    se: float
    low: float
    high: float


@dataclass(frozen=True)
class Index:
    """A construct's index on 0..100 with its standard error and 95 % interval."""

    construct: str
    index: float
    se: float
    low: float
    high: float


@dataclass(frozen=True)
class ItemMean:
    """An item's mean on 0..100 with its standard error and 95 % interval, and how many answered it."""

    construct: str
    item: str
    mean: float
    se: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Bootstrap:
    """How many resamples were drawn, how many of them failed, and the seed that draws them again."""

    n: int
    failed: int
    seed: int


@dataclass(frozen=True)
class Fit:
    """All that a fit has to say. Estimates are empty unless `status` is ok; NaN marks what cannot be
    given. `spread` is the standard deviation of each construct in points of its index."""

    status: Status
    estimator: Estimator
    n: int
    n_used: int
    issues: tuple[Issue, ...] = ()
    structure: Literal["full", "measurement"] = "full"
    loadings: tuple[Loading, ...] = ()
    weights: tuple[Weight, ...] = ()
    paths: tuple[PathEstimate, ...] = ()
    total_effects: tuple[TotalEffect, ...] = ()
    r2: Mapping[str, float] = field(default_factory=dict)
    collinearity: Mapping[str, float] = field(default_factory=dict)
    separable: Mapping[str, bool] = field(default_factory=dict)
    fit: Mapping[str, float] = field(default_factory=dict)
    reliability: Mapping[str, Reliability] = field(default_factory=dict)
    htmt: Mapping[tuple[str, str], float] = field(default_factory=dict)
    bootstrap: Bootstrap | None = None
    indices: tuple[Index, ...] = ()
    items: tuple[ItemMean, ...] = ()
    spread: Mapping[str, float] = field(default_factory=dict)

    @property
    def messages(self) -> tuple[str, ...]:
        """The issues as English sentences."""
        return tuple(one.text for one in self.issues)

    def to_json(self) -> dict[str, Any]:
        """The object `python -m scoring fit --json` prints: plain values, None for what cannot be given."""
        shown: dict[str, Any] = {
            "status": self.status,
            "messages": list(self.messages),
            "issues": [one.to_json() for one in self.issues],
            "estimator": self.estimator,
            "n": self.n,
            "n_used": self.n_used,
            "loadings": [asdict(one) for one in self.loadings],
            "weights": [asdict(one) for one in self.weights],
            "paths": [_from_to(asdict(one)) for one in self.paths],
            "total_effects": [_from_to(asdict(one)) for one in self.total_effects],
            "r2": dict(self.r2),
            "structure": self.structure,
            "collinearity": dict(self.collinearity),
            "separable": dict(self.separable),
            "fit": dict(self.fit),
            "reliability": {name: self._reliability(one) for name, one in self.reliability.items()},
            "htmt": [{"a": a, "b": b, "value": value} for (a, b), value in self.htmt.items()],
            "bootstrap": None if self.bootstrap is None else asdict(self.bootstrap),
            "indices": [asdict(one) for one in self.indices],
            "items": [asdict(one) for one in self.items],
            "spread": dict(self.spread),
        }
        finite: dict[str, Any] = _finite(shown)
        return finite

    def _reliability(self, one: Reliability) -> dict[str, float]:
        shown = asdict(one)
        if self.estimator == "ml":
            del shown["rho_a"]
        return shown


def _from_to(entry: dict[str, Any]) -> dict[str, Any]:
    return {"from": entry.pop("source"), "to": entry.pop("target"), **entry}


def _finite(value: Any) -> Any:
    """The same value with None for every NaN and infinity, which JSON has no words for."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
