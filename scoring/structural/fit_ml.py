"""The maximum likelihood result: the full model, or the measurement model where the full one is improper."""

from dataclasses import asdict, replace

import numpy as np

from scoring.structural.answers import Answers
from scoring.structural.collinearity import collinearity, separable
from scoring.structural.fit_measures import FitMeasures, fit_measures, pattern_measures
from scoring.structural.full_information import PatternLikelihood
from scoring.structural.htmt import construct_htmt
from scoring.structural.index import improper_weights, items_against
from scoring.structural.intervals import Z
from scoring.structural.issues import Issue, issue
from scoring.structural.ml import LEAST_VARIANCE, Solution, construct_correlation, estimate
from scoring.structural.ml_inference import Inference, infer
from scoring.structural.ml_report import (
    effects,
    indices,
    item_weights,
    r_squared,
    reliabilities,
    total_effects,
    weights,
)
from scoring.structural.model import StructuralModel
from scoring.structural.ram import implied
from scoring.structural.result import Fit, PathEstimate

MEASURES = ("chi2", "df", "p", "cfi", "tli", "rmsea", "srmr", "aic", "bic")


def fit_ml(model: StructuralModel, answers: Answers) -> Fit:
    """Fit the full model; where it is improper, the constructs and items alone carry loadings and indices."""
    solution = _estimate(model, answers)
    if solution.verdict == "ok":
        return _full(model, answers, solution)
    cause = _cause(model, solution)
    if solution.verdict != "improper" or not model.paths:
        return Fit(solution.verdict, "ml", answers.n, answers.n_used, (cause,))
    alone = model.measurement()
    solution = _estimate(alone, answers)
    if solution.verdict == "ok":
        return _measurement(model, alone, answers, solution, cause)
    issues = (cause, _cause(alone, solution), issue("measurement_failed"))
    return Fit("improper", "ml", answers.n, answers.n_used, issues)


def _estimate(model: StructuralModel, answers: Answers) -> Solution:
    return estimate(model, answers.moments, None if answers.is_complete else answers.em.state.patterns)


def _full(model: StructuralModel, answers: Answers, solution: Solution) -> Fit:
    inference = infer(solution, answers)
    fit = _parts(model, answers, solution, inference)
    vif = collinearity(model, construct_correlation(solution.structure, solution.theta))
    apart = separable(vif, {name: _largest_se(fit.paths, name) for name in model.outcomes})
    tangled = [issue("not_separable", construct=name) for name, fine in apart.items() if not fine]
    return replace(
        fit,
        issues=(*fit.issues, *tangled),
        total_effects=total_effects(model, inference),
        r2=r_squared(model, inference),
        collinearity=vif,
        separable=apart,
    )


def _measurement(
    model: StructuralModel, alone: StructuralModel, answers: Answers, solution: Solution, cause: Issue
) -> Fit:
    """Loadings and indices from the constructs and items alone; no driver counts as separable."""
    fit = _parts(alone, answers, solution, infer(solution, answers))
    vif = collinearity(model, construct_correlation(solution.structure, solution.theta))
    issues = (cause, issue("measurement_only"), *fit.issues)
    apart = dict.fromkeys(vif, False)
    return replace(fit, structure="measurement", issues=issues, collinearity=vif, separable=apart)


def _parts(model: StructuralModel, answers: Answers, solution: Solution, inference: Inference) -> Fit:
    """What a full and a measurement model have in common."""
    found = item_weights(model, inference, answers)
    loadings, paths = effects(model, inference)
    measures = _measures(solution, inference, answers)
    issues = items_against(model, np.array([one.std for one in loadings]))
    return Fit(
        status="ok",
        estimator="ml",
        n=answers.n,
        n_used=answers.n_used,
        issues=(*issues, *improper_weights(model, [own.values for own in found])),
        loadings=loadings,
        weights=weights(model, found, inference.covariance),
        paths=paths,
        fit={name: value for name, value in asdict(measures).items() if name in MEASURES},
        reliability=reliabilities(model, inference, answers),
        htmt=construct_htmt(model, answers.moments.correlation),
        indices=indices(model, found, inference, answers),
    )


def _measures(solution: Solution, inference: Inference, answers: Answers) -> FitMeasures:
    parameters = solution.basis.shape[1]
    if isinstance(solution.likelihood, PatternLikelihood):
        point = solution.likelihood.point(solution.theta)
        return pattern_measures(point.state, point.model.state.sigma, answers.em, answers.n_told, parameters)
    return fit_measures(inference.state.sigma, answers.moments.covariance, answers.n_told, parameters)


def _largest_se(paths: tuple[PathEstimate, ...], outcome: str) -> float:
    """Largest robust standard error of the standardised paths to an outcome, read back from their
    intervals."""
    return max((one.high - one.low) / (2 * Z) for one in paths if one.target == outcome)


def _cause(model: StructuralModel, solution: Solution) -> Issue:
    """The sentence that belongs to a verdict other than ok."""
    if solution.verdict != "improper":
        return issue(solution.verdict)
    names = [*model.items, *model.names]
    state = implied(solution.structure, solution.theta)
    involved = list(solution.cause)
    total = np.diag(state.covariance)[involved]
    left = np.diag(state.residuals)[involved] / np.where(total != 0, np.abs(total), 1.0)
    code = "improper_variance" if np.any(left <= LEAST_VARIANCE) else "improper_correlation"
    return issue(code, names=[names[variable] for variable in involved])
