"""Whether answers lie on the scale they were asked on, before anything is computed from them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.errors import DataError

LARGEST = 1e15  # beyond it squares and products of answers lose their meaning


def on_scale(
    values: ArrayLike, minimum: float, maximum: float, columns: str | Sequence[str], whole: bool = True
) -> NDArray[np.float64]:
    """The answers (n,) or (n, k) as floats, NaN for missing; `columns` names the one column or all k.

    Raises `DataError` for the first answer, by row, that is off the scale or between its points.
    """
    answers = np.asarray(values, dtype=np.float64)
    off = (answers < minimum) | (answers > maximum)  # False for NaN
    if whole:
        off |= np.isfinite(answers) & (answers != np.round(answers))
    if off.any():
        kind = "whole numbers from" if whole else "from"
        _refuse(answers, off, columns, f"is off the scale; answers run {kind} {minimum:g} to {maximum:g}")
    return answers


def in_range(values: ArrayLike, columns: str | Sequence[str]) -> NDArray[np.float64]:
    """Numbers without a scale of their own; raises `DataError` for one too large to compute with."""
    answers = np.asarray(values, dtype=np.float64)
    off = np.abs(answers) > LARGEST
    if off.any():
        _refuse(answers, off, columns, f"is too large; numbers up to {LARGEST:g} are read")
    return answers


def _refuse(
    answers: NDArray[np.float64], off: NDArray[np.bool_], columns: str | Sequence[str], why: str
) -> None:
    place = tuple(int(one) for one in np.argwhere(off)[0])
    column = columns if isinstance(columns, str) else columns[place[-1]]
    raise DataError(f"{answers[place]:g} {why}, a missing one is empty", column, place[0] + 1)
