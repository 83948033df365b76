"""Kano's method with numbers instead of categories."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.classical.answer_checks import on_scale
from scoring.classical.means import Mean, mean_of
from scoring.errors import DataError

FUNCTIONAL = (4.0, 2.0, 0.0, -1.0, -2.0)  # like, must-be, neutral, live with, dislike
DYSFUNCTIONAL = (-2.0, -1.0, 0.0, 2.0, 4.0)
CROSSLINE = 2.0


@dataclass(frozen=True)
class Position:
    """Where an attribute lies: mean dysfunctional score across, mean functional score up, and its
    quadrant."""

    functional: Mean
    dysfunctional: Mean
    category: str


def position(functional: ArrayLike, dysfunctional: ArrayLike) -> Position:
    """Mean scores of whole pairs and the quadrant they lie in, lines at 2 (DuMouchel in Berger et al. 1993,
    CQM J. 2(4):20). A score on a line counts as above it.

    The German coding 1, .5, 0, −.25, −.5 is another one; its means cannot stand beside these.
    """
    first, second = on_scale(functional, 1, 5, "functional"), on_scale(dysfunctional, 1, 5, "dysfunctional")
    if first.shape != second.shape:
        raise DataError(f"{len(second)} answers to {len(first)} of the functional question", "dysfunctional")
    answered = ~(np.isnan(first) | np.isnan(second))
    up = mean_of(_scores(first[answered], FUNCTIONAL))
    across = mean_of(_scores(second[answered], DYSFUNCTIONAL))
    return Position(up, across, _quadrant(up.mean, across.mean))


def _scores(answers: NDArray[np.float64], coding: Sequence[float]) -> NDArray[np.float64]:
    return np.array(coding, dtype=np.float64)[answers.astype(np.intp) - 1]


def _quadrant(functional: float, dysfunctional: float) -> str:
    if np.isnan(functional):
        return ""
    if functional >= CROSSLINE:
        return "O" if dysfunctional >= CROSSLINE else "A"
    return "M" if dysfunctional >= CROSSLINE else "I"
