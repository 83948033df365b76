"""What must hold before anything is estimated."""

import numpy as np

from scoring.answers import Answers
from scoring.issues import Issue, issue
from scoring.model import StructuralModel
from scoring.moments import Moments
from scoring.result import Status

LEAST_BASE = 30
LEAST_EIGENVALUE = 1e-10  # of the item correlations; below it items repeat one another


def check(model: StructuralModel, answers: Answers) -> tuple[Status, Issue] | None:
    """Why these answers cannot carry this model, or None.

    too_few: fewer than 30 usable answers, or not more than items. not_identified: an item nobody varies
    on, or items that follow exactly from one another.
    """
    needed = max(LEAST_BASE, len(model.items) + 1)
    if answers.n_used < needed:
        return "too_few", issue("too_few", n_used=answers.n_used, items=len(model.items), needed=needed)
    if constant := constant_items(model, answers):
        return "not_identified", issue("constant_item", names=constant)
    if repeated := repeated_items(model, answers.moments):
        return "not_identified", issue("repeated_items", names=repeated)
    return None


def constant_items(model: StructuralModel, answers: Answers) -> list[str]:
    """Items with the same answer in every row (compared exactly: a variance is never exactly zero)."""
    same = np.all(answers.rows == answers.rows[0], axis=0)
    return [item for item, flat in zip(model.items, same, strict=True) if flat]


def repeated_items(model: StructuralModel, moments: Moments) -> list[str]:
    """Items with a part in an exact linear dependence; empty if there is none."""
    values, vectors = np.linalg.eigh(moments.correlation)
    null = vectors[:, values < LEAST_EIGENVALUE]
    involved = np.any(np.abs(null) > 1e-6, axis=1)
    return [item for item, found in zip(model.items, involved, strict=True) if found]
