"""Standard errors of a maximum likelihood solution: ordinary ones, and the robust sandwich."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scoring.arrays import Floats
from scoring.classical.calibration import calibrated_covariance
from scoring.structural.answers import Answers
from scoring.structural.full_information import PatternPoint
from scoring.structural.group_sums import GroupMoments
from scoring.structural.likelihood import CompletePoint
from scoring.structural.ml import Solution
from scoring.structural.ml_derivatives import case_scores, group_scores
from scoring.structural.ram import Implied, Structure, implied
from scoring.structural.saturated import case_pulls

ROWS = 20_000  # whose influence values are held at once


@dataclass(frozen=True)
class Inference:
    """A proper solution in the items' own units.

    `theta` (q,), `se` (q,) by the information, and `joint` (q + p, q + p), the robust covariance of the
    parameters and the items' means: A⁻¹BA⁻¹/n with A the observed information and B the mean product of
    case scores (Huber 1967; White 1982, Econometrica 50:1; lavaan's MLR), or of what raking leaves of them
    (see `Calibration.adjustment`); from sums over random groups of rows B is their mean product over the
    groups (Wolter 2007, Introduction to Variance Estimation, ch. 2); NaN without either.
    """

    structure: Structure
    state: Implied
    theta: Floats
    se: Floats
    joint: Floats

    @property
    def covariance(self) -> Floats:
        """(q, q) robust covariance of the parameters."""
        return self.joint[: len(self.theta), : len(self.theta)]

    @property
    def robust_se(self) -> Floats:
        """(q,) robust standard errors."""
        return np.sqrt(np.diag(self.covariance))


def infer(solution: Solution, answers: Answers) -> Inference:
    """Standard errors at a proper solution, from the answers it was fitted to."""
    structure, units = solution.structure, solution.units
    point = solution.likelihood.point(solution.theta)
    basis = solution.basis
    inverse = np.linalg.inv(basis.T @ point.reported @ basis)
    variances = np.einsum("qf,fg,qg->q", basis, inverse, basis, optimize=True) / answers.n_used
    theta = solution.theta * units
    both = np.concatenate([units, answers.moments.sd])
    joint = _products(solution, answers, len(both))
    return Inference(
        structure=structure,
        state=implied(structure, theta),
        theta=theta,
        se=np.sqrt(variances) * units,
        joint=joint * np.outer(both, both) / answers.n_used**2,
    )


def _products(solution: Solution, answers: Answers, size: int) -> Floats:
    """Summed products (size, size) of the weighted influence of cases, or of groups of them."""
    raked = answers.calibration
    known = answers.has_rows or answers.groups is not None
    joint = np.full((size, size), 0.0 if known else np.nan)
    sums = np.zeros((0 if raked is None else len(raked.sizes), size))
    for part, weights, influence in _influences(solution, answers):
        own = influence if weights is None else influence * weights[:, None]
        joint += own.T @ own
        if raked is not None:
            np.add.at(sums, raked.place[part], influence)
    if raked is None:
        return joint
    scale = raked.row_weights.mean()  # the answers' own weights have mean 1, those of the sample need not
    return np.asarray(calibrated_covariance(raked, joint * scale**2, sums) / scale**2)


def _influences(solution: Solution, answers: Answers) -> Iterator[tuple[slice, Floats | None, Floats]]:
    """Weights (c,) and influence (c, q + p) of cases, or of groups of them, on the parameters and means of
    standardised items."""
    point = solution.likelihood.point(solution.theta)
    information = solution.basis.T @ point.observed @ solution.basis
    for part, scores, means in _scored(point, answers):
        moved = np.linalg.solve(information, (scores @ solution.basis).T).T @ solution.basis.T
        weights = None if answers.weights is None else answers.weights[part]
        yield part, weights, np.hstack([moved, means])


def _scored(point: CompletePoint | PatternPoint, answers: Answers) -> Iterator[tuple[slice, Floats, Floats]]:
    if isinstance(point, PatternPoint):
        return _with_gaps(point, answers)
    return _complete(point, answers) if answers.groups is None else _grouped(point, answers, answers.groups)


def _grouped(
    point: CompletePoint, answers: Answers, groups: GroupMoments
) -> Iterator[tuple[slice, Floats, Floats]]:
    """Scores and deviations summed over each group, times √(G/(G − 1)) for the mean they are taken from."""
    size = len(groups.weight)
    standardised = groups.times(1.0 / answers.moments.sd)
    scores = group_scores(point.at, standardised.second, standardised.weight)
    enlarged = np.sqrt(size / (size - 1))
    yield slice(0, size), scores * enlarged, standardised.first * enlarged


def _complete(point: CompletePoint, answers: Answers) -> Iterator[tuple[slice, Floats, Floats]]:
    """Scores and deviations of complete cases, a slice at a time."""
    for first in range(0, answers.n_used, ROWS):
        part = slice(first, first + ROWS)
        centred = (answers.rows[part] - answers.moments.mean) / answers.moments.sd
        yield part, case_scores(point.at, centred), centred


def _with_gaps(point: PatternPoint, answers: Answers) -> Iterator[tuple[slice, Floats, Floats]]:
    """Scores by pattern, and influence on EM's means, of cases with gaps."""
    member = answers.patterns.member
    standardised = (answers.rows - answers.moments.mean) / answers.moments.sd
    moved = answers.saturated.of_cases(answers.rows, member)
    pulled = case_pulls(point.state, standardised, member)
    for (part, pulls), (_, means, _) in zip(pulled, moved, strict=True):
        yield part, point.case_scores(pulls, member[part]), means / answers.moments.sd
