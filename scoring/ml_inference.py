"""Standard errors of a maximum likelihood solution: expected information, and the robust sandwich."""

from dataclasses import dataclass

import numpy as np

from scoring.answers import Answers
from scoring.arrays import Floats
from scoring.ml import Solution
from scoring.ml_derivatives import case_scores, derivatives, expected_information, observed_information
from scoring.ram import Implied, Structure, implied


@dataclass(frozen=True)
class Inference:
    """A proper solution in the items' own units.

    `theta` (q,), `se` (q,) by expected information, `influence` (n, q) of every case on every parameter
    and their robust covariance (q, q): A⁻¹BA⁻¹/n with A the observed information and B the mean product of
    case scores (Huber 1967; White 1982, Econometrica 50:1; lavaan's MLR).
    """

    structure: Structure
    state: Implied
    theta: Floats
    se: Floats
    influence: Floats
    covariance: Floats

    @property
    def robust_se(self) -> Floats:
        """(q,) robust standard errors."""
        return np.sqrt(np.diag(self.covariance))


def infer(solution: Solution, answers: Answers) -> Inference:
    """Standard errors and influence values at a proper solution, from the rows it was fitted to."""
    structure, units, moments = solution.structure, solution.units, answers.moments
    at = derivatives(structure, solution.theta, moments.correlation)
    expected = np.linalg.inv(expected_information(at))
    scores = case_scores(at, (answers.rows - moments.mean) / moments.sd)
    influence = np.linalg.solve(observed_information(at), scores.T).T * units
    theta = solution.theta * units
    return Inference(
        structure=structure,
        state=implied(structure, theta),
        theta=theta,
        se=np.sqrt(np.diag(expected) / moments.n) * units,
        influence=influence,
        covariance=influence.T @ influence / moments.n**2,
    )
