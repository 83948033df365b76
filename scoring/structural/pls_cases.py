"""What every case adds to the moments PLS starts from, so that resamples need the cases once only.

The moments of a resample are weighted means over its cases: z̄ of `first` and Z̄ of `second`, and the
covariance Z̄ − z̄z̄'. For complete answers `first` is the deviation from the mean and `second` its products.
Where answers are missing they are the influence of the case on EM's mean and covariance, the latter added to
the covariance: EM itself is linearised, not run again for every resample (Efron & Tibshirani 1993, ch. 22).
"""

from dataclasses import dataclass

import numpy as np

from scoring.arrays import Bools, Floats
from scoring.classical.calibration import Calibration
from scoring.structural.answers import Answers


@dataclass(frozen=True)
class Cases:
    """`first` (n, p) and the upper triangle of `second` (n, p*), or None for the products of `first`; weights
    (n,), or None for 1 each; `calibration` of the sample that they were raked in."""

    first: Floats
    second: Floats | None = None
    weights: Floats | None = None
    calibration: Calibration | None = None

    def __len__(self) -> int:
        return len(self.first)

    def second_of(self, part: slice) -> Floats:
        """(c, p*) of some cases."""
        if self.second is not None:
            return self.second[part]
        upper, lower = np.triu_indices(self.first.shape[1])
        return np.asarray(self.first[part][:, upper] * self.first[part][:, lower])


def cases(answers: Answers) -> Cases:
    """Every used row, on 0..100."""
    slope = 100.0 / answers.widths
    if answers.is_complete:
        centred = (answers.rows - answers.moments.mean) * slope
        return Cases(centred, None, answers.weights, answers.calibration)
    first, second = [], []
    for _, means, covariances in answers.saturated.of_cases(answers.rows, answers.patterns.member):
        first.append(means)
        second.append(covariances)
    upper, lower = np.triu_indices(len(slope))
    around = np.vstack(second) + answers.moments.covariance[upper, lower]
    scaled = around * (slope[upper] * slope[lower])
    return Cases(np.vstack(first) * slope, scaled, answers.weights, answers.calibration)


def summed(answers: Answers, chosen: Bools) -> tuple[float, Floats, Floats]:
    """Total weight, summed `first` (p,) and `second` (p, p) of chosen rows (n,), on 0..100, for large groups
    of rows."""
    slope = 100.0 / answers.widths
    rows = answers.rows[chosen]
    weights = np.ones(len(rows)) if answers.weights is None else answers.weights[chosen]
    total = float(weights.sum())
    if answers.is_complete:
        centred = (rows - answers.moments.mean) * slope
        return total, weights @ centred, (centred * weights[:, None]).T @ centred
    means, covariances = answers.saturated.of_all(rows, answers.patterns.member[chosen], weights)
    upper, lower = np.triu_indices(len(slope))
    second = total * answers.moments.covariance
    second[upper, lower] += covariances
    second[lower, upper] = second[upper, lower]
    return total, means * slope, second * np.outer(slope, slope)
