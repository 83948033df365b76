"""Maximum likelihood for a structural model, from moments and, where answers are missing, their patterns."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from scoring.arrays import Floats
from scoring.full_information import PatternLikelihood
from scoring.likelihood import CompleteLikelihood, Likelihood
from scoring.ml_newton import polish, projected_gradient
from scoring.ml_semopy import optimise
from scoring.ml_start import starting_values
from scoring.model import StructuralModel
from scoring.moments import Moments
from scoring.patterns import Patterns
from scoring.ram import Structure, implied, specify

Verdict = Literal["ok", "not_identified", "not_converged", "improper"]

GRADIENT_TOLERANCE = 1e-6  # largest projected gradient of F, on standardised items
LEAST_EIGENVALUE = 1e-6  # of the construct correlations; below it the fit is improper
LEAST_VARIANCE = 1e-6  # share of a variable's variance; at or below it the fit is improper
LEAST_INFORMATION = 1e-10  # smallest eigenvalue of the information, scaled to a unit diagonal


@dataclass(frozen=True)
class Solution:
    """Where the search ended and what may be said of it.

    `theta` (q,) belongs to standardised items; `units` (q,) carries it to the items' own units. `cause` names
    what made the solution unusable (variable positions in `ram` order), empty when the verdict is ok.
    """

    likelihood: CompleteLikelihood | PatternLikelihood
    theta: Floats
    units: Floats
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
    start = starting_values(model, structure, correlation)
    complete = CompleteLikelihood(structure, correlation)
    if _is_singular(complete.point(start).reported):
        return Solution(complete, start, units, "not_identified")
    found = optimise(structure, start, correlation)
    likelihood = complete if patterns is None else PatternLikelihood(structure, patterns)
    theta = polish(likelihood, found)
    verdict, cause = _judge(likelihood, theta)
    return Solution(likelihood, theta, units, verdict, cause)


def _judge(likelihood: Likelihood, theta: Floats) -> tuple[Verdict, tuple[int, ...]]:
    if not np.isfinite(likelihood.value(theta)):
        return "not_converged", ()
    at = likelihood.point(theta)
    if np.abs(projected_gradient(likelihood.structure, theta, at.slope)).max() > GRADIENT_TOLERANCE:
        return "not_converged", ()
    if cause := improper_variables(likelihood.structure, theta):
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
