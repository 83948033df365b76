"""Kano's method: from pairs of answers to categories and their counts."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.classical.answer_checks import on_scale
from scoring.errors import DataError

Table = Literal["berger", "pouliot"]

CATEGORIES = "MOAIRQ"  # must-be, one-dimensional, attractive, indifferent, reverse, questionable
ANSWERS = ("like", "must-be", "neutral", "live with", "dislike")  # 1..5

# Rows: the answer to the functional question; columns: to the dysfunctional one.
TABLES: Mapping[Table, tuple[str, ...]] = {
    "berger": ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"),
    "pouliot": ("QAAAO", "RQIIM", "RIIIM", "RIIQM", "RRRRQ"),
}
_PLACES = {
    name: np.array([[CATEGORIES.index(cell) for cell in row] for row in rows])
    for name, rows in TABLES.items()
}

Counts = Mapping[str, float]  # whole numbers but for weighted answers


def classify(
    functional: ArrayLike,
    dysfunctional: ArrayLike,
    table: Table = "berger",
    columns: Sequence[str] = ("functional", "dysfunctional"),
) -> NDArray[np.str_]:
    """(n,) category letter of every pair of answers 1..5, empty where either is missing (Kano et al. 1984,
    Hinshitsu 14(2):147; tables of Berger et al. 1993, CQM J. 2(4):6, and of Pouliot, ibid. 33).

    Exchange the two arguments to look at a reverse attribute the other way round.
    """
    first, second = _pair(functional, dysfunctional, columns)
    answered = ~(np.isnan(first) | np.isnan(second))
    letters = np.full(len(first), "", dtype="<U1")
    rows, places = first[answered].astype(int) - 1, second[answered].astype(int) - 1
    letters[answered] = np.array(list(CATEGORIES))[_PLACES[table][rows, places]]
    return letters


def count(categories: NDArray[np.str_]) -> dict[str, int]:
    """How often each category occurs, in the order M, O, A, I, R, Q; half-answered pairs are not counted."""
    return {letter: int((categories == letter).sum()) for letter in CATEGORIES}


def _pair(
    functional: ArrayLike, dysfunctional: ArrayLike, columns: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first = on_scale(functional, 1, 5, columns[0])
    second = on_scale(dysfunctional, 1, 5, columns[1])
    if first.shape != second.shape:
        raise DataError(f"{len(second)} answers to {len(first)} of the functional question", columns[1])
    return first, second
