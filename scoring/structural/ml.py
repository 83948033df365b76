"""Maximum likelihood for a structural model, from moments and, where answers are missing, their patterns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scoring.arrays import Floats
from scoring.structural.full_information import PatternLikelihood
from scoring.structural.likelihood import CompleteLikelihood, Likelihood
from scoring.structural.ml_newton import polish, projected_gradient
from scoring.structural.ml_semopy import optimise
from scoring.structural.ml_start import starting_values
from scoring.structural.model import StructuralModel
from scoring.structural.moments import Moments
from scoring.structural.patterns import Patterns
from scoring.structural.ram import Structure, implied, specify
from scoring.structural.ties import Ties, tied, ties

Verdict = Literal["ok", "not_identified", "not_converged", "improper"]

GRADIENT_TOLERANCE = 1e-6  # largest projected gradient of F, on standardised items
LARGEST_FOR_SEMOPY = 300  # parameters
LEAST_EIGENVALUE = 1e-6  # of the construct correlations; below it the fit is improper
LEAST_VARIANCE = 1e-6  # share of a variable's variance; at or below it the fit is improper
LEAST_INFORMATION = 1e-10  # smallest eigenvalue of the information, scaled to a unit diagonal


@dataclass(frozen=True)
class Solution:
    """Where the search ended and what may be said of it.

    `theta` (q,) belongs to standardised items; `units` (q,) carries it to the items' own units; `basis`
    (q, f) says how it moves with the f values that are free. `cause` names what made the solution unusable
    (variable positions in `ram` order), empty when the verdict is ok.
    """

    likelihood: CompleteLikelihood | PatternLikelihood
    theta: Floats
    units: Floats
    basis: Floats
    verdict: Verdict
    cause: tuple[int, ...] = ()

    @property
    def structure(self) -> Structure:
        """Where the parameters stand."""
        return self.likelihood.structure


def estimate(model: StructuralModel, moments: Moments, patterns: Patterns | None = None) -> Solution:
    """Minimise F for a model and the moments of items that all vary, and judge the result.

    The search runs on standardised items (ML does not depend on the units), by semopy from the moments and
    then by a few Newton steps of our own that bring the gradient to rounding error. With `patterns`, answers
    with gaps standardised by these moments (which are then EM's), those steps lead to the optimum of their
    likelihood by full information.
    """
    structure = specify(model)
    correlation = moments.correlation
    sd = moments.sd
    markers = sd[structure.markers[:, 0]]
    units = structure.in_units(np.concatenate([sd, markers]))
    own = ties(model, structure, units)
    complete = CompleteLikelihood(structure, correlation)
    whole = starting_values(model, structure, correlation)
    start = own.nearest(whole)
    searched = tied(complete, own)
    if not np.isfinite(searched.value(start)):
        return Solution(complete, own.all(start), units, own.basis, "not_converged")
    if _is_singular(searched.point(start).reported):
        return Solution(complete, own.all(start), units, own.basis, "not_identified")
    found = optimise(structure, whole, correlation) if _suits_semopy(own) else polish(searched, start)
    likelihood = complete if patterns is None else PatternLikelihood(structure, patterns)
    searched = tied(likelihood, own)
    free = polish(searched, found)
    verdict, cause = _judge(searched, free, lambda: improper_variables(structure, own.all(free)))
    return Solution(likelihood, own.all(free), units, own.basis, verdict, cause)


def _suits_semopy(own: Ties) -> bool:
    """semopy knows no ties between parameters of standardised items, and a step of its search takes time and
    memory that grow with their number cubed; Newton's steps alone find the same optimum."""
    return own.is_free and len(own.basis) <= LARGEST_FOR_SEMOPY


def _judge(
    likelihood: Likelihood, free: Floats, improper: Callable[[], tuple[int, ...]]
) -> tuple[Verdict, tuple[int, ...]]:
    if not np.isfinite(likelihood.value(free)):
        return "not_converged", ()
    at = likelihood.point(free)
    if np.abs(projected_gradient(likelihood.is_variance, free, at.slope)).max() > GRADIENT_TOLERANCE:
        return "not_converged", ()
    if cause := improper():
        return "improper", cause
    if _is_singular(at.reported) or _is_singular(at.observed):
        return "not_identified", ()
    return "ok", ()


def improper_variables(structure: Structure, theta: Floats) -> tuple[int, ...]:
    """Variables whose residual variance is not positive, or all constructs whose correlations are singular.

    A single item has no residual by definition and is not looked at.
    """
    state = implied(structure, theta)
    total = np.diag(state.covariance)
    variances = structure.symmetric[structure.is_variance[len(structure.directed) :], 0]
    share = np.diag(state.residuals)[variances] / np.where(total[variances] > 0, total[variances], 1.0)
    bad = variances[(share <= LEAST_VARIANCE) | (total[variances] <= 0)]
    if bad.size:
        return tuple(bad.tolist())
    between = construct_correlation(structure, theta)
    values, vectors = np.linalg.eigh(between)
    if values[0] > LEAST_EIGENVALUE:
        return ()
    involved = np.flatnonzero(np.abs(vectors[:, 0]) > 0.3)
    return tuple((involved + structure.items).tolist())


def construct_correlation(structure: Structure, theta: Floats) -> Floats:
    """Implied correlations of the constructs (m, m)."""
    block = implied(structure, theta).covariance[structure.items :, structure.items :]
    sd = np.sqrt(np.diag(block))
    return np.asarray(block / np.outer(sd, sd))


def _is_singular(information: Floats) -> bool:
    diagonal = np.diag(information)
    if not np.all(np.isfinite(information)) or np.any(diagonal <= 0):
        return True
    scale = np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(information / np.outer(scale, scale))[0] < LEAST_INFORMATION)
