"""First and second moments of complete answers: all that both estimators need of the rows."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.arrays import Floats


@dataclass(frozen=True)
class Moments:
    """Base `n`, means (p,) and covariance (p, p) with divisor n, in the units of the items."""

    n: int
    mean: Floats
    covariance: Floats

    @cached_property
    def sd(self) -> Floats:
        """Standard deviations (p,), divisor n."""
        return np.sqrt(np.diag(self.covariance))

    @cached_property
    def correlation(self) -> Floats:
        """Correlations (p, p); only for items that vary."""
        return correlation(self.covariance)


def from_rows(rows: Floats, weights: Floats | None = None) -> Moments:
    """Moments of complete rows (n, p); the covariance is centred before it is multiplied, for accuracy.

    `weights` (n,), not negative, count a row more or less; `n` stays the number of rows.
    """
    if weights is None:
        mean = rows.mean(axis=0)
        centred = rows - mean
        return Moments(len(rows), mean, centred.T @ centred / len(rows))
    share = weights / weights.sum()
    mean = share @ rows
    centred = rows - mean
    return Moments(len(rows), mean, (centred * share[:, None]).T @ centred)


def correlation(covariance: Floats) -> Floats:
    """R = D⁻¹ S D⁻¹ with an exact unit diagonal, for one matrix (p, p) or a batch (b, p, p)."""
    sd = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    scaled = covariance / (sd[..., :, None] * sd[..., None, :])
    diagonal = np.arange(covariance.shape[-1])
    scaled[..., diagonal, diagonal] = 1.0
    return np.asarray(scaled)
