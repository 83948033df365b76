"""Full information maximum likelihood: a structural model fitted to answers with gaps (Arbuckle 1996; Enders
& Bandalos 2001, Struct. Equ. Modeling 8:430).

The means are free; at every parameter vector they take their best value, so that F is a function of the
parameters of Σ alone (a profile likelihood) and its curvature the information on them with the means
estimated beside them.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from scoring.arrays import Bools, Floats, Ints
from scoring.structural.ml_derivatives import Derivatives, curvature, derivatives_from, gradient
from scoring.structural.pattern_likelihood import PatternState, at
from scoring.structural.patterns import Patterns
from scoring.structural.ram import Structure, implied


@dataclass(frozen=True)
class PatternPoint:
    """The likelihood at a point, by pattern; ordinary standard errors by observed information, as lavaan's
    default for answers with gaps."""

    model: Derivatives
    state: PatternState

    @cached_property
    def slope(self) -> Floats:
        """∂F/∂θ at the best means, where moving them changes nothing."""
        return gradient(self.model)

    @cached_property
    def cross(self) -> Floats:
        """Information (q, p) on the parameters and the means together: Σ f_g M_g ∂Σ_k M_g d_g."""
        left, right = self.model.left, self.model.right
        total = np.zeros((left.shape[1], len(left)))
        for part in self.state.patterns.chunks(left.size):
            m = self.state.precision[part] * self.state.patterns.share[part, None, None]
            y = (self.state.precision[part] @ self.state.deviation[part][:, :, None])[:, :, 0]
            total += np.einsum("gpk,gk->kp", m @ left, y @ right)
            total += np.einsum("gpk,gk->kp", m @ right, y @ left)
        return total

    @cached_property
    def observed(self) -> Floats:
        """½ ∂²F/∂θ², the means eliminated."""
        carried = np.linalg.solve(self.state.mean_information, self.cross.T)
        return np.asarray(self._fixed_means() - self.cross @ carried)

    @property
    def reported(self) -> Floats:
        """Observed information."""
        return self.observed

    def _fixed_means(self) -> Floats:
        """¼ Σ f_g (tr(M ∂Σ_k M ∂Σ_l) − 2 tr(M ∂Σ_l W ∂Σ_k)) + ¼ tr(W̄ ∂²Σ_kl), as for complete answers."""
        factors = np.hstack([self.model.left, self.model.right])
        q = self.model.left.shape[1]
        total = np.zeros((q, q))
        for part, m, w in self.state.products(factors.shape[1] ** 2):
            share = self.state.patterns.share[part]
            zm, zw = factors.T @ m @ factors, factors.T @ w @ factors
            total += _pairs(zm, zm, share, q) - 2.0 * _pairs(zm, zw, share, q)
        hessian = total + curvature(self.model)
        return np.asarray((hessian + hessian.T) / 4)

    def case_scores(self, pulls: Floats, member: Ints) -> Floats:
        """Scores (c, q) of cases with y_r = M_g d_r (c, p) of patterns `member` (c,), the means eliminated.

        ½ (y_r' ∂Σ_k y_r − tr(M_g ∂Σ_k)) less what the best means take up.
        """
        own = (pulls @ self.model.left) * (pulls @ self.model.right) - self._constants[member]
        return np.asarray(own - pulls @ np.linalg.solve(self.state.mean_information, self.cross.T))

    @cached_property
    def _constants(self) -> Floats:
        """½ tr(M_g ∂Σ_k) (g, q)."""
        left, right = self.model.left, self.model.right
        parts = [
            np.einsum("pk,gpk->gk", left, self.state.precision[part] @ right)
            for part in self.state.patterns.chunks(left.size)
        ]
        return np.vstack(parts)


def _pairs(first: Floats, second: Floats, share: Floats, q: int) -> Floats:
    """Σ f_g tr(X_g ∂Σ_k Y_g ∂Σ_l) (q, q) from factors' products (c, 2q, 2q) with X and with Y."""
    a, b = slice(None, q), slice(q, None)
    total = np.zeros((q, q))
    for x, y in (((b, a), (a, b)), ((b, b), (a, a)), ((a, a), (b, b)), ((a, b), (b, a))):
        total += np.einsum("g,gkl,gkl->kl", share, first[:, *x], second[:, *y])
    return (total + total.T) / 2


@dataclass(frozen=True)
class PatternLikelihood:
    """F of answers with gaps, on standardised items, by their patterns."""

    structure: Structure
    patterns: Patterns
    _latest: dict[bytes, PatternPoint | None] = field(default_factory=dict, repr=False)

    @property
    def is_variance(self) -> Bools:
        """(q,) which parameters are variances."""
        return self.structure.is_variance

    def value(self, theta: Floats) -> float:
        """F at the best means; infinite where Σ is not positive definite."""
        found = self._at(theta)
        return float("inf") if found is None else found.state.value

    def point(self, theta: Floats) -> PatternPoint:
        """Slope and informations at `theta`, where Σ must be positive definite."""
        found = self._at(theta)
        if found is None:
            raise np.linalg.LinAlgError("the implied covariance is not positive definite")
        return found

    def _at(self, theta: Floats) -> PatternPoint | None:
        """The latest point is kept: a search asks for its value first and for its slope next."""
        key = theta.tobytes()
        if key not in self._latest:
            self._latest.clear()
            model = implied(self.structure, theta)
            state = at(self.patterns, model.sigma)
            found = None
            if state is not None:
                found = PatternPoint(derivatives_from(self.structure, model, state.weight), state)
            self._latest[key] = found
        return self._latest[key]
