"""The partial least squares result: estimates, a bootstrap on request, jackknife errors for the indices
without."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np

from scoring.answers import Answers
from scoring.arrays import Floats, Ints
from scoring.collinearity import collinearity, separable
from scoring.htmt import construct_htmt
from scoring.index import improper_weights, items_against
from scoring.issues import Issue, issue
from scoring.model import StructuralModel
from scoring.pls import Design, construct_correlations, design, path_coefficients
from scoring.pls_fit import composite_srmr, implied_constructs
from scoring.pls_report import Uncertainty, effects, indices, loadings, paths, reliabilities, weights
from scoring.pls_resampling import bootstrap_moments, jackknife_moments, jackknife_se
from scoring.pls_statistics import Statistics, statistics
from scoring.result import Bootstrap, Fit, Scheme

Progress = Callable[[float], None]
LEAST_EIGENVALUE = 1e-10  # of the correlations among an outcome's drivers


def fit_pls(
    model: StructuralModel,
    answers: Answers,
    scheme: Scheme = "path",
    resamples: int = 0,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Fit by PLS; with `resamples`, percentile intervals for everything, drawn again by the same `seed`."""
    plan = design(model, scheme)
    place = {name: j for j, name in enumerate(model.names)}
    pairs = np.array([(place[a], place[b]) for a, b in model.connected()], dtype=np.intp)
    mean = answers.on_100.mean(axis=0)
    rows = answers.on_100 - mean
    covariance = rows.T @ rows / len(rows)
    one = statistics(plan, pairs, mean[None], covariance[None])
    if not np.isfinite(one.outer).all():
        return Fit("not_converged", "pls", answers.n, answers.n_used, (issue("not_converged"),))
    between = construct_correlations(plan, answers.moments.correlation[None], one.outer)[0]
    if same := _same_constructs(model, plan, between):
        return Fit(
            "not_identified", "pls", answers.n, answers.n_used, (issue("same_constructs", names=same),)
        )
    sampling = _Sampling(plan, pairs, mean, rows, one)
    drawn = seed if seed is not None else secrets.randbits(32)
    spread = sampling.bootstrap(resamples, drawn, progress) if resamples else sampling.jackknife()
    bootstrap = Bootstrap(resamples, spread.failed, drawn) if resamples else None
    return replace(_report(model, answers, plan, between, one, spread), bootstrap=bootstrap)


def _same_constructs(model: StructuralModel, plan: Design, between: Floats) -> list[str]:
    """Drivers of one outcome that follow exactly from one another."""
    for drivers in plan.drivers.values():
        if np.linalg.eigvalsh(between[np.ix_(drivers, drivers)])[0] < LEAST_EIGENVALUE:
            return [model.names[j] for j in drivers]
    return []


@dataclass(frozen=True)
class _Sampling:
    """What is drawn from: the centred rows (n, p) on 0..100, and the estimates of the whole sample."""

    plan: Design
    pairs: Ints
    mean: Floats
    rows: Floats
    whole: Statistics

    def bootstrap(self, resamples: int, seed: int, progress: Progress | None) -> Uncertainty:
        """Standard errors and percentile intervals over the resamples that gave estimates."""
        done, parts = 0, []
        for mean, covariance in bootstrap_moments(self.rows, resamples, np.random.default_rng(seed)):
            parts.append(self._estimate(mean, covariance))
            done += len(mean)
            if progress is not None:
                progress(done / resamples)
        drawn = _joined(parts)
        return Uncertainty.from_resamples(drawn, drawn.succeeded)

    def jackknife(self) -> Uncertainty:
        """Standard errors of the indices only."""
        parts = [
            self._estimate(mean, covariance).indices for mean, covariance in jackknife_moments(self.rows)
        ]
        return Uncertainty.for_indices(self.whole, jackknife_se(np.vstack(parts)))

    def _estimate(self, mean: Floats, covariance: Floats) -> Statistics:
        return statistics(self.plan, self.pairs, mean + self.mean, covariance, self.whole.outer[0])


def _joined(parts: list[Statistics]) -> Statistics:
    names = [field.name for field in fields(Statistics)]
    return Statistics(*(np.vstack([getattr(part, name) for part in parts]) for name in names))


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
        issues=_issues(model, one, spread),
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


def _issues(model: StructuralModel, one: Statistics, spread: Uncertainty) -> tuple[Issue, ...]:
    own = [one.weights[0][list(block)] for block in model.blocks]
    found = items_against(model, one.loadings[0]) + improper_weights(model, own)
    if model.residual_covariances:
        found.append(issue("covariances_ignored"))
    if not spread.resamples:
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
