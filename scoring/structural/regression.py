"""Least squares from correlations, for many data sets at once."""

import numpy as np

from scoring.arrays import Floats


def solve_each(matrices: Floats, right: Floats) -> Floats:
    """Solve (b, k, k) x = (b, k) one by one; NaN (not an exception) for those that are singular."""
    try:
        return np.linalg.solve(matrices, right[..., None])[..., 0]
    except np.linalg.LinAlgError:
        return np.array([_solve_or_nan(matrix, side) for matrix, side in zip(matrices, right, strict=True)])


def _solve_or_nan(matrix: Floats, right: Floats) -> Floats:
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return np.full_like(right, np.nan)
