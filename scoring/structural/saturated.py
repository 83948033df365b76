"""How far every case moves means and covariances that were estimated from answers with gaps.

The saturated model has μ and the triangle of Σ for parameters. With A its observed information and s_r the
score of case r, the influence of the case is A⁻¹ s_r (Yuan & Bentler 2000, Sociol. Methodol. 30:165). With
complete answers it is d_r and d_r d_r' − S.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.arrays import Floats, Ints
from scoring.structural.em import EmMoments
from scoring.structural.pattern_likelihood import PatternState
from scoring.structural.patterns import CHUNK


def information(state: PatternState) -> Floats:
    """Observed information of one case on (μ, upper triangle of Σ), shape (p + p*, p + p*)."""
    p = len(state.mean)
    expected, mixed = np.zeros((p * p, p * p)), np.zeros((p * p, p * p))
    for part, m, w in state.products(1):
        flat = (m * state.patterns.share[part, None, None]).reshape(-1, p * p).T
        expected += flat @ m.reshape(-1, p * p)
        mixed += flat @ w.reshape(-1, p * p)
    # tr(M A N B) = Σ M_ab A_bc N_cd B_da
    fourth = (expected / 2 - mixed).reshape(p, p, p, p).transpose(1, 2, 3, 0).reshape(p * p, p * p)
    covariances = _folded(_folded(fourth).T)
    drawn = state.patterns.share[:, None] * _drawn(state.precision, state.deviation)
    cross = np.tensordot(state.precision, drawn, axes=(0, 0)).reshape(p, p * p)
    cross = _folded(cross.T).T
    whole = np.block([[state.mean_information, cross], [cross.T, covariances]])
    return np.asarray((whole + whole.T) / 2)


def _drawn(precision: Floats, deviation: Floats) -> Floats:
    """M_g d (g, p) for every pattern or row."""
    return np.asarray((precision @ deviation[:, :, None])[:, :, 0])


def _folded(entries: Floats) -> Floats:
    """Derivatives by every entry of Σ (p·p, r) as those by its upper triangle (p*, r)."""
    p = round(len(entries) ** 0.5)
    square = entries.reshape(p, p, -1)
    upper, lower = np.triu_indices(p)
    halved = np.where(upper == lower, 0.5, 1.0)[:, None]
    return np.asarray((square[upper, lower] + square[lower, upper]) * halved)


def case_pulls(state: PatternState, rows: Floats, member: Ints) -> Iterator[tuple[slice, Floats]]:
    """y_r = M_g (x_r − μ) (c, p) for standardised rows (n, p; NaN missing) of patterns `member` (n,), a slice
    at a time."""
    size = max(1, CHUNK // state.weight.size)
    for first in range(0, len(rows), size):
        part = slice(first, first + size)
        deviation = np.where(np.isnan(rows[part]), 0.0, rows[part] - state.mean)
        yield part, _drawn(state.precision[member[part]], deviation)


@dataclass(frozen=True)
class Saturated:
    """Influence values on EM's moments."""

    em: EmMoments

    @cached_property
    def _carried(self) -> Floats:
        """A⁻¹, carried to the items' units (p + p*, p + p*)."""
        upper, lower = np.triu_indices(len(self.em.mean))
        sd = self.em.sd
        inverse = np.linalg.inv(information(self.em.state))
        return np.asarray(inverse * np.concatenate([sd, sd[upper] * sd[lower]]))

    def of_cases(self, rows: Floats, member: Ints) -> Iterator[tuple[slice, Floats, Floats]]:
        """Influence of every case on the means (c, p) and the upper triangle of the covariance (c, p*), in
        the items' units, a slice of the rows (n, p; NaN missing) at a time."""
        state, p = self.em.state, len(self.em.mean)
        upper, lower = np.triu_indices(p)
        halved = np.where(upper == lower, 0.5, 1.0)
        constant = state.precision[:, upper, lower]
        for part, y in case_pulls(state, self._standardised(rows), member):
            scores = (y[:, upper] * y[:, lower] - constant[member[part]]) * halved
            moved = np.hstack([y, scores]) @ self._carried
            yield part, moved[:, :p], moved[:, p:]

    def of_all(self, rows: Floats, member: Ints, weights: Floats) -> tuple[Floats, Floats]:
        """The same summed over cases with weights (n,), without a row for every case: (p,) and (p*,)."""
        state, p = self.em.state, len(self.em.mean)
        pulled, products = np.zeros(p), np.zeros((p, p))
        for part, y in case_pulls(state, self._standardised(rows), member):
            pulled += weights[part] @ y
            products += (y * weights[part][:, None]).T @ y
        shares = np.bincount(member, weights, len(state.precision))
        products -= np.tensordot(shares, state.precision, axes=1)
        scores = _folded(products.reshape(-1, 1))[:, 0] / 2
        moved = np.concatenate([pulled, scores]) @ self._carried
        return moved[:p], moved[p:]

    def _standardised(self, rows: Floats) -> Floats:
        return (rows - self.em.mean) / self.em.sd
