"""The partial least squares result: estimates, a bootstrap on request, jackknife errors for the indices
without."""

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np

from scoring.arrays import Floats, Ints
from scoring.structural.answers import Answers
from scoring.structural.bca import bca_shares
from scoring.structural.collinearity import collinearity, separable
from scoring.structural.htmt import construct_htmt
from scoring.structural.index import improper_weights, items_against
from scoring.structural.issues import Issue, issue
from scoring.structural.model import StructuralModel
from scoring.structural.pls import Design, construct_correlations, design, path_coefficients
from scoring.structural.pls_cases import Cases, cases
from scoring.structural.pls_fit import composite_srmr, implied_constructs
from scoring.structural.pls_report import (
    Shares,
    Uncertainty,
    effects,
    indices,
    loadings,
    paths,
    reliabilities,
    weights,
)
from scoring.structural.pls_resampling import (
    LARGEST_DELETE_ONE,
    bootstrap_moments,
    group_jackknife_moments,
    jackknife_moments,
    jackknife_se,
)
from scoring.structural.pls_statistics import Statistics, statistics
from scoring.structural.result import Bootstrap, Fit, Intervals, Scheme

Progress = Callable[[float], None]
LARGEST_WORK = 5e9  # rows × items² × constructs of a delete-one jackknife, some ten seconds
STATISTICS = [field.name for field in fields(Statistics)]
LEAST_EIGENVALUE = 1e-10  # of the correlations among an outcome's drivers


def fit_pls(
    model: StructuralModel,
    answers: Answers,
    scheme: Scheme = "path",
    resamples: int = 0,
    seed: int | None = None,
    progress: Progress | None = None,
    intervals: Intervals = "percentile",
) -> Fit:
    """Fit by PLS; with `resamples`, intervals for everything, drawn again by the same `seed`.

    Percentile intervals are the ones shown: they hold the truth as often as they should (tests/bench), BCa
    does so no better and costs a fit for every row. Above 20,000 rows the intervals come from leaving out
    groups of rows instead.
    """
    _refuse_restrictions(model)
    plan = design(model, scheme)
    place = {name: j for j, name in enumerate(model.names)}
    pairs = np.array([(place[a], place[b]) for a, b in model.connected()], dtype=np.intp)
    slope = 100.0 / answers.widths
    covariance = answers.moments.covariance * np.outer(slope, slope)
    one = statistics(plan, pairs, answers.mean_on_100[None], covariance[None])
    if not np.isfinite(one.outer).all():
        return Fit("not_converged", "pls", answers.n, answers.n_used, (issue("not_converged"),))
    between = construct_correlations(plan, answers.moments.correlation[None], one.outer)[0]
    if same := _same_constructs(model, plan, between):
        return Fit(
            "not_identified", "pls", answers.n, answers.n_used, (issue("same_constructs", names=same),)
        )
    sampling = _Sampling(plan, pairs, answers, one, intervals)
    drawn = seed if seed is not None else secrets.randbits(32)
    spread = sampling.spread(resamples, drawn, progress)
    bootstrap = Bootstrap(resamples, spread.failed, drawn) if spread.resamples else None
    return replace(_report(model, answers, plan, between, one, spread), bootstrap=bootstrap)


def _refuse_restrictions(model: StructuralModel) -> None:
    """Raise where a loading or a path is fixed or equal to another; covariances have no place in PLS anyway,
    and a label of its own ties nothing."""
    shared = Counter(one.label for one in model.restrictions)
    for one in model.restrictions:
        if one.operator != "~~" and (one.value is not None or shared[one.label] > 1):
            one.refuse("pls cannot hold a loading or a path at a value or equal to another; ml can")


def _same_constructs(model: StructuralModel, plan: Design, between: Floats) -> list[str]:
    """Drivers of one outcome that follow exactly from one another."""
    for drivers in plan.drivers.values():
        if np.linalg.eigvalsh(between[np.ix_(drivers, drivers)])[0] < LEAST_EIGENVALUE:
            return [model.names[j] for j in drivers]
    return []


@dataclass(frozen=True)
class _Sampling:
    """What is drawn from, and the estimates of the whole sample."""

    plan: Design
    pairs: Ints
    answers: Answers
    whole: Statistics
    intervals: Intervals

    def spread(self, resamples: int, seed: int, progress: Progress | None) -> Uncertainty:
        """Standard errors and intervals by the way that suits the number of rows."""
        if self.answers.groups is not None:
            return self._groups(resamples)
        if not self.answers.has_rows:
            return Uncertainty.for_indices(self.whole, np.full(self.whole.indices.shape[1], np.nan))
        if self.answers.n_used > LARGEST_DELETE_ONE or (not resamples and self._delete_one_takes_long()):
            return self._groups(resamples)
        sample = cases(self.answers)
        return self._bootstrap(sample, resamples, seed, progress) if resamples else self._jackknife(sample)

    def _groups(self, resamples: int) -> Uncertainty:
        drawn = self._estimate(*group_jackknife_moments(self.answers))
        return Uncertainty.from_groups(self.whole, drawn, for_all=resamples > 0)

    def _delete_one_takes_long(self) -> bool:
        items, constructs = self.plan.membership.shape
        return bool(self.answers.n_used * items**2 * constructs > LARGEST_WORK)

    def _bootstrap(self, sample: Cases, resamples: int, seed: int, progress: Progress | None) -> Uncertainty:
        """Standard errors and percentile intervals over the resamples that gave estimates."""
        done, parts = 0, []
        for mean, covariance in bootstrap_moments(sample, resamples, np.random.default_rng(seed)):
            parts.append(self._estimate(mean, covariance))
            done += len(mean)
            if progress is not None:
                progress(done / resamples)
        drawn = _joined(parts)
        shares = self._bca(sample, drawn) if self.intervals == "bca" else None
        return Uncertainty.from_resamples(drawn, drawn.succeeded, shares)

    def _bca(self, sample: Cases, drawn: Statistics) -> Shares:
        left_out = _joined([self._estimate(*moments) for moments in jackknife_moments(sample)])
        return {
            name: bca_shares(getattr(drawn, name), getattr(self.whole, name)[0], getattr(left_out, name))
            for name in STATISTICS
        }

    def _jackknife(self, sample: Cases) -> Uncertainty:
        """Standard errors of the indices only."""
        parts = [self._estimate(*moments).indices for moments in jackknife_moments(sample)]
        return Uncertainty.for_indices(self.whole, jackknife_se(np.vstack(parts)))

    def _estimate(self, mean: Floats, covariance: Floats) -> Statistics:
        centre = self.answers.mean_on_100
        return statistics(self.plan, self.pairs, mean + centre, covariance, self.whole.outer[0])


def _joined(parts: list[Statistics]) -> Statistics:
    return Statistics(*(np.vstack([getattr(part, name) for part in parts]) for name in STATISTICS))


def _report(
    model: StructuralModel,
    answers: Answers,
    plan: Design,
    between: Floats,
    one: Statistics,
    spread: Uncertainty,
) -> Fit:
    solved, explained = (part[0] for part in path_coefficients(plan, between[None]))
    implied = implied_constructs(plan, solved, explained, between)
    correlation = answers.moments.correlation
    vif = collinearity(model, between)
    found = paths(model, one, spread)
    largest = {name: max(one.se for one in found if one.target == name) for name in model.outcomes}
    return Fit(
        status="ok",
        estimator="pls",
        n=answers.n,
        n_used=answers.n_used,
        issues=_issues(model, one, spread, answers.has_rows),
        loadings=loadings(model, one, spread),
        weights=weights(model, one, spread),
        paths=found,
        total_effects=effects(model, one, spread),
        r2={name: float(explained[model.names.index(name)]) for name in model.outcomes},
        collinearity=vif,
        separable=separable(vif, largest),
        fit={"srmr": composite_srmr(plan, correlation, one.loadings[0], implied)},
        reliability=reliabilities(model, correlation, one),
        htmt=construct_htmt(model, correlation),
        indices=indices(model, one, spread),
    )


def _issues(model: StructuralModel, one: Statistics, spread: Uncertainty, known: bool) -> tuple[Issue, ...]:
    """Remarks; `known` says whether the answers themselves are, not only their moments."""
    own = [one.weights[0][list(block)] for block in model.blocks]
    found = items_against(model, one.loadings[0]) + improper_weights(model, own)
    if model.residual_covariances or model.restrictions:
        found.append(issue("covariances_ignored"))
    if spread.groups:
        found.append(issue("groups_left_out", groups=spread.groups))
    elif not spread.resamples and known:
        found.append(issue("no_intervals"))
        if np.any(np.isnan(spread.se.indices) & ~np.isnan(one.indices)):
            found.append(issue("no_index_interval"))
    if spread.failed:
        found.append(issue("resamples_failed", failed=spread.failed, resamples=spread.resamples))
    for name, count, value in zip(model.names, spread.improper, one.indices[0], strict=True):
        if count and not np.isnan(value):
            found.append(
                issue("resamples_improper", construct=name, count=int(count), resamples=spread.resamples)
            )
    return tuple(found)
