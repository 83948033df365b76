"""The parts of a PLS result."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from scoring.arrays import Bools, Floats, Ints
from scoring.structural.intervals import LEVEL, normal, normal_on_100
from scoring.structural.model import StructuralModel
from scoring.structural.pls_resampling import jackknife_se
from scoring.structural.pls_statistics import Statistics
from scoring.structural.reliability import (
    Reliability,
    alpha,
    average_variance_extracted,
    composite_reliability,
    rho_a,
)
from scoring.structural.result import Index, Loading, PathEstimate, TotalEffect, Weight

# For every statistic where its interval's ends lie in the sorted resamples: two arrays (r,).
Shares = Mapping[str, tuple[Floats, Floats]]


@dataclass(frozen=True)
class Uncertainty:
    """Standard errors and interval ends of every statistic (batch axis 1), NaN where unknown.

    `resamples` drawn, `failed` ones without any estimate, `improper` (m,) further ones without an index;
    `groups` of rows left out in their stead.
    """

    se: Statistics
    low: Statistics
    high: Statistics
    resamples: int
    failed: int
    improper: Ints
    groups: int = 0

    @classmethod
    def from_resamples(
        cls, drawn: Statistics, succeeded: Bools, shares: Shares | None = None
    ) -> "Uncertainty":
        """Standard deviations and intervals over resamples: percentiles (Efron & Tibshirani 1993, ch. 13), or
        what lies at the `shares` given for every statistic."""
        names = [field.name for field in fields(Statistics)]
        kept = {name: getattr(drawn, name)[succeeded] for name in names}
        improper = np.isnan(kept["indices"]).sum(axis=0)
        ends = shares or {name: _percentiles(kept[name].shape[1]) for name in names}
        return cls(
            se=Statistics(*(_deviation(kept[name]) for name in names)),
            low=Statistics(*(_quantile(kept[name], ends[name][0]) for name in names)),
            high=Statistics(*(_quantile(kept[name], ends[name][1]) for name in names)),
            resamples=len(succeeded),
            failed=int(np.sum(~succeeded)),
            improper=improper,
        )

    @classmethod
    def for_indices(cls, whole: Statistics, se: Floats) -> "Uncertainty":
        """Normal intervals for the indices from their standard errors (m,); nothing for the rest."""
        ends = [
            normal_on_100(float(value), float(error))
            for value, error in zip(whole.indices[0], se, strict=True)
        ]
        low, high = np.array(ends).T
        blank = {field.name: np.full_like(getattr(whole, field.name), np.nan) for field in fields(Statistics)}
        return cls(
            se=Statistics(**{**blank, "indices": se[None]}),
            low=Statistics(**{**blank, "indices": low[None]}),
            high=Statistics(**{**blank, "indices": high[None]}),
            resamples=0,
            failed=0,
            improper=np.zeros(len(se), dtype=np.intp),
        )

    @classmethod
    def from_groups(cls, whole: Statistics, drawn: Statistics, for_all: bool) -> "Uncertainty":
        """Normal intervals from estimates with one group of rows left out at a time, of the indices or of
        all."""
        indices = cls.for_indices(whole, jackknife_se(drawn.indices))
        if not for_all:
            return indices
        names = [field.name for field in fields(Statistics)]
        se = Statistics(*(jackknife_se(getattr(drawn, name))[None] for name in names))
        ends = {name: normal(getattr(whole, name), getattr(se, name)) for name in names}
        low = Statistics(**{name: pair[0] for name, pair in ends.items()})
        high = Statistics(**{name: pair[1] for name, pair in ends.items()})
        return cls(
            se=se,
            low=replace(low, indices=indices.low.indices),
            high=replace(high, indices=indices.high.indices),
            resamples=0,
            failed=0,
            improper=indices.improper,
            groups=len(drawn.indices),
        )


def _deviation(values: Floats) -> Floats:
    """Standard deviation (1, r) of the finite values of every column; NaN with fewer than two."""
    return np.array([[np.std(own, ddof=1) if len(own) > 1 else np.nan for own in _finite_columns(values)]])


def _percentiles(columns: int) -> tuple[Floats, Floats]:
    tail = (1.0 - LEVEL) / 2
    return np.full(columns, tail), np.full(columns, 1.0 - tail)


def _quantile(values: Floats, shares: Floats) -> Floats:
    """What lies at a share (r,) of the finite values of every column (1, r)."""
    pairs = zip(_finite_columns(values), shares, strict=True)
    return np.array([[np.quantile(own, share) if len(own) > 1 else np.nan for own, share in pairs]])


def _finite_columns(values: Floats) -> list[Floats]:
    return [column[np.isfinite(column)] for column in values.T]


def _rows(name: str, one: Statistics, spread: Uncertainty) -> list[tuple[float, float, float, float]]:
    """(estimate, se, low, high) of every entry of a statistic."""
    parts = [getattr(source, name)[0] for source in (one, spread.se, spread.low, spread.high)]
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in zip(*parts, strict=True)]


def loadings(model: StructuralModel, one: Statistics, spread: Uncertainty) -> tuple[Loading, ...]:
    """Correlations of the items with their constructs."""
    rows = zip(_owners(model), model.items, _rows("loadings", one, spread), strict=True)
    return tuple(
        Loading(owner, item, value, se, se, value, low, high) for owner, item, (value, se, low, high) in rows
    )


def weights(model: StructuralModel, one: Statistics, spread: Uncertainty) -> tuple[Weight, ...]:
    """Weights of the items in the indices."""
    rows = zip(_owners(model), model.items, _rows("weights", one, spread), strict=True)
    return tuple(Weight(owner, item, value, se) for owner, item, (value, se, _, _) in rows)


def paths(model: StructuralModel, one: Statistics, spread: Uncertainty) -> tuple[PathEstimate, ...]:
    """Path coefficients, standardised as everything in PLS."""
    rows = zip(model.paths, _rows("paths", one, spread), strict=True)
    return tuple(
        PathEstimate(path.source, path.target, value, se, se, value, low, high)
        for path, (value, se, low, high) in rows
    )


def effects(model: StructuralModel, one: Statistics, spread: Uncertainty) -> tuple[TotalEffect, ...]:
    """Total effects of every construct on those it leads to."""
    rows = zip(model.connected(), _rows("effects", one, spread), strict=True)
    return tuple(TotalEffect(*pair, *row) for pair, row in rows)


def indices(model: StructuralModel, one: Statistics, spread: Uncertainty) -> tuple[Index, ...]:
    """The indices of the constructs whose weights are all positive."""
    rows = zip(model.names, _rows("indices", one, spread), strict=True)
    return tuple(Index(name, *row) for name, row in rows if not np.isnan(row[0]))


def reliabilities(model: StructuralModel, correlation: Floats, one: Statistics) -> dict[str, Reliability]:
    """α, ρ_C, ρ_A and AVE from the items' correlations (p, p), loadings and outer weights; ω has no
    meaning here."""
    found = {}
    for name, block in zip(model.names, model.blocks, strict=True):
        own = list(block)
        loading, inside = one.loadings[0][own], correlation[np.ix_(own, own)]
        found[name] = Reliability(
            alpha=alpha(inside),
            omega=np.nan,
            rho_c=composite_reliability(loading, 1.0 - loading**2),
            ave=average_variance_extracted(loading),
            rho_a=rho_a(one.outer[0][own], inside),
        )
    return found


def _owners(model: StructuralModel) -> list[str]:
    return [construct.name for construct in model.constructs for _ in construct.items]
