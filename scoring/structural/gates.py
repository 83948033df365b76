"""What must hold before anything is estimated."""

import numpy as np

from scoring.arrays import Floats
from scoring.structural.answers import Answers
from scoring.structural.issues import Issue, issue
from scoring.structural.model import StructuralModel
from scoring.structural.moments import Moments
from scoring.structural.patterns import too_many
from scoring.structural.result import Status

LEAST_BASE = 30
LEAST_SPREAD = 1e-12  # of the variance on 0..100, relative to the mean's square: a constant's is rounding
LEAST_PAIR = 2  # rows that answered two items both: fewer tell nothing about how the two go together
# Verdicts on the gaps alone: complete answers may still carry the model.
FIML_REFUSALS = ("never_together", "gaps_too_many", "gaps_not_bridged")
LEAST_EIGENVALUE = 1e-10  # of the item correlations; below it items repeat one another


def check(model: StructuralModel, answers: Answers) -> tuple[Status, Issue] | None:
    """Why these answers cannot carry this model, or None.

    too_few: fewer than 30 usable answers, or not more than items. not_identified: an item nobody varies
    on, items hardly ever answered together, or items that follow exactly from one another. not_converged:
    gaps that full information cannot bridge.
    """
    needed = max(LEAST_BASE, len(model.items) + 1)
    if answers.n_used < needed:
        return "too_few", issue("too_few", n_used=answers.n_used, items=len(model.items), needed=needed)
    if constant := constant_items(model, answers):
        return "not_identified", issue("constant_item", names=constant)
    if not answers.is_complete and (found := _gaps(model, answers)) is not None:
        return found
    if repeated := repeated_items(model, answers.moments):
        return "not_identified", issue("repeated_items", names=repeated)
    return None


def constant_items(model: StructuralModel, answers: Answers) -> list[str]:
    """Items without any spread on 0..100: the same answer in every row, or hardly another."""
    mean, variance = _available(answers)
    slope = 100.0 / answers.widths
    least = LEAST_SPREAD * (1.0 + ((mean - answers.minima) * slope) ** 2)
    flat = variance * slope**2 <= least
    return [item for item, found in zip(model.items, flat, strict=True) if found]


def _available(answers: Answers) -> tuple[Floats, Floats]:
    """Mean and variance (p,) of the answers that are there; 0 for an item without any."""
    if not answers.has_rows or answers.is_complete:
        return answers.moments.mean, np.diag(answers.moments.covariance)
    seen = ~np.isnan(answers.rows)
    weights = np.ones(len(seen)) if answers.weights is None else answers.weights
    base = weights @ seen
    share = weights / np.where(base > 0, base, 1.0)[:, None]
    mean = np.einsum("pn,np->p", share, np.where(seen, answers.rows, 0.0))
    apart = np.where(seen, answers.rows - mean, 0.0)
    return mean, np.einsum("pn,np->p", share, apart**2)


def _gaps(model: StructuralModel, answers: Answers) -> tuple[Status, Issue] | None:
    """Why full information cannot bridge the gaps in these answers, or None."""
    seen = (~np.isnan(answers.rows)).astype(np.float64)
    apart = np.any(seen.T @ seen < LEAST_PAIR, axis=1)
    if apart.any():
        names = [item for item, alone in zip(model.items, apart, strict=True) if alone]
        return "not_identified", issue("never_together", names=names)
    if too_many(answers.rows):
        return "not_converged", issue("gaps_too_many")
    if answers.searched is None or not answers.searched.converged:
        return "not_converged", issue("gaps_not_bridged")
    return None


def repeated_items(model: StructuralModel, moments: Moments) -> list[str]:
    """Items with a part in an exact linear dependence; empty if there is none."""
    values, vectors = np.linalg.eigh(moments.correlation)
    null = vectors[:, values < LEAST_EIGENVALUE]
    involved = np.any(np.abs(null) > 1e-6, axis=1)
    return [item for item, found in zip(model.items, involved, strict=True) if found]
