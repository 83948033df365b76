"""The normal likelihood of answers with gaps, pattern by pattern (Little & Rubin 2002, ch. 11).

For pattern g with precision M_g (the inverse of the observed part of Σ, zero where an item is missing) and
scatter T_g about μ, −2 log L / n is Σ f_g (ln|Σ_g| + tr(M_g T_g)) but for a constant.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scoring.arrays import Floats
from scoring.structural.patterns import Patterns


@dataclass(frozen=True)
class PatternState:
    """The likelihood at a point: `value` of −2 log L / n without its constant, `precision` M_g (g, p, p).

    `mean` μ (p,), `deviation` (g, p) of the patterns' means from it, `weight` W̄ = Σ f_g (M_g − M_g T_g M_g)
    and `pull` Σ f_g M_g (m_g − μ), whose zeros are the optimum of Σ and of μ.
    """

    patterns: Patterns
    value: float
    precision: Floats
    mean: Floats
    deviation: Floats
    weight: Floats
    pull: Floats

    @property
    def mean_information(self) -> Floats:
        """Σ f_g M_g (p, p), information of one case on the means."""
        return np.asarray(np.tensordot(self.patterns.share, self.precision, axes=1))

    def scatter(self, part: slice) -> Floats:
        """T_g (c, p, p) of some patterns."""
        apart = self.deviation[part]
        return self.patterns.scatter[part] + apart[:, :, None] * apart[:, None, :]

    def products(self, width: int) -> Iterator[tuple[slice, Floats, Floats]]:
        """Slices of patterns with f_g M_g and W_g = M_g − M_g T_g M_g, each (c, p, p)."""
        for part in self.patterns.chunks(max(width, self.weight.size)):
            m = self.precision[part]
            yield part, m, m - m @ self.scatter(part) @ m


def at(patterns: Patterns, sigma: Floats, mean: Floats | None = None) -> PatternState | None:
    """The likelihood at Σ (p, p) and μ (p,), by default the best μ for this Σ; None where Σ is not positive
    definite."""
    try:
        np.linalg.cholesky(sigma)
    except np.linalg.LinAlgError:
        return None
    precision, log_determinant = _precisions(patterns, sigma)
    if mean is None:
        pulled = np.einsum("g,gij,gj->i", patterns.share, precision, patterns.mean, optimize=True)
        mean = np.linalg.solve(np.tensordot(patterns.share, precision, axes=1), pulled)
    deviation = np.where(patterns.observed, patterns.mean - mean, 0.0)
    drawn = (precision @ deviation[:, :, None])[:, :, 0]
    blank = PatternState(
        patterns, 0.0, precision, mean, deviation, np.zeros_like(sigma), patterns.share @ drawn
    )
    weight = np.zeros_like(sigma)
    for part, _, own in blank.products(1):
        weight += np.tensordot(patterns.share[part], own, axes=1)
    # tr(M_g T_g) = tr((M_g − W_g) Σ) on the observed items, so its sum needs no product of its own
    trace = float(np.sum(patterns.share * patterns.observed.sum(axis=1)) - np.sum(weight * sigma))
    value = float(patterns.share @ log_determinant) + trace
    return PatternState(patterns, value, precision, mean, deviation, weight, blank.pull)


def _precisions(patterns: Patterns, sigma: Floats) -> tuple[Floats, Floats]:
    """M_g (g, p, p) and ln|Σ_g| (g,): missing items stand apart with variance 1 while Σ is inverted."""
    g, p = patterns.observed.shape
    precision, log_determinant = np.empty((g, p, p)), np.empty(g)
    diagonal = np.arange(p)
    for part in patterns.chunks(p * p):
        seen = patterns.observed[part]
        both = seen[:, :, None] & seen[:, None, :]
        own = np.where(both, sigma, 0.0)
        own[:, diagonal, diagonal] += ~seen
        factor = np.linalg.cholesky(own)
        log_determinant[part] = 2.0 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
        precision[part] = np.where(both, np.linalg.inv(own), 0.0)
    return precision, log_determinant
