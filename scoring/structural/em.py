"""Means and covariance of answers with gaps by expectation–maximisation (Dempster, Laird & Rubin 1977, JRSS B
39:1)."""

from dataclasses import dataclass

import numpy as np

from scoring.arrays import Floats
from scoring.structural.moments import correlation
from scoring.structural.pattern_likelihood import PatternState, at
from scoring.structural.patterns import Patterns

TOLERANCE = 1e-9  # of means and covariances, on standardised items
MAX_STEPS = 500


@dataclass(frozen=True)
class EmMoments:
    """The saturated optimum: `mean` (p,) and `covariance` (p, p) in the items' units.

    `state` is the likelihood there for items standardised by these very moments (Σ their correlation, μ 0).
    """

    mean: Floats
    covariance: Floats
    state: PatternState
    converged: bool

    @property
    def sd(self) -> Floats:
        """(p,) standard deviations, divisor n."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


def em_moments(patterns: Patterns) -> EmMoments | None:
    """Iterate from the moments of the available answers until nothing moves by 1e-9; None where the
    covariance becomes singular on the way.

    One step is μ ← μ + δ and Σ ← Σ − Σ W̄ Σ − δδ', with W̄ the weight of the likelihood, b̄ its pull and
    δ = Σ b̄.
    """
    centre, spread = available(patterns)
    scaled = patterns.scaled(centre, spread)
    mean, sigma, converged = np.zeros(len(spread)), np.eye(len(spread)), False
    for _ in range(MAX_STEPS):
        state = at(scaled, sigma, mean)
        if state is None:
            return None
        step, change = sigma @ state.pull, sigma @ state.weight @ sigma
        mean, sigma = mean + step, sigma - change - np.outer(step, step)
        if max(np.abs(step).max(), np.abs(change).max()) < TOLERANCE:
            converged = True
            break
    return _finished(patterns, centre + mean * spread, sigma * np.outer(spread, spread), converged)


def _finished(patterns: Patterns, mean: Floats, covariance: Floats, converged: bool) -> EmMoments | None:
    sd = np.sqrt(np.diag(covariance))
    state = at(patterns.scaled(mean, sd), correlation(covariance), np.zeros(len(sd)))
    return None if state is None else EmMoments(mean, covariance, state, converged)


def available(patterns: Patterns) -> tuple[Floats, Floats]:
    """Mean and standard deviation (p,) of the answers given to every item."""
    base = patterns.share @ patterns.observed
    mean = patterns.share @ patterns.mean / base
    apart = np.where(patterns.observed, patterns.mean - mean, 0.0)
    variance = patterns.share @ (np.diagonal(patterns.scatter, axis1=1, axis2=2) + apart**2) / base
    return mean, np.sqrt(variance)
