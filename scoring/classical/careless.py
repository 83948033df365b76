"""Signs of careless answering, one number a respondent. Count several before flagging, and keep the raw
answers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri

from scoring.arrays import Floats
from scoring.classical.means import row_means
from scoring.errors import DataError
from scoring.structural.moments import from_rows


def longstring(answers: ArrayLike) -> NDArray[np.intp]:
    """(n,) longest run of identical answers in a row (Johnson 2005, J. Res. Pers. 39:103). A missing answer
    ends a run; a row of them has 0."""
    rows = np.asarray(answers, dtype=np.float64)
    run = np.zeros(len(rows), dtype=np.intp)
    longest = run.copy()
    for j in range(rows.shape[1]):
        same = rows[:, j] == rows[:, j - 1] if j else np.zeros(len(rows), dtype=bool)
        run = np.where(np.isnan(rows[:, j]), 0, np.where(same, run + 1, 1))
        longest = np.maximum(longest, run)
    return longest


def intra_individual_variability(answers: ArrayLike) -> NDArray[np.float64]:
    """(n,) standard deviation, divisor k − 1, of a row's answers (Dunn et al. 2018, J. Bus. Psychol. 33:105):
    low for straight lines, high for random answers. NaN with fewer than two."""
    rows = np.asarray(answers, dtype=np.float64)
    counts = (~np.isnan(rows)).sum(axis=1)
    squares = np.nansum((rows - row_means(rows)[:, None]) ** 2, axis=1)
    return np.where(counts > 1, np.sqrt(squares / np.maximum(counts - 1, 1)), np.nan)


def straightlined(answers: ArrayLike, grids: Sequence[Sequence[int]]) -> NDArray[np.intp]:
    """(n,) grids answered in full with one and the same answer (Zhang & Conrad 2014, Surv. Res. Methods
    8:127); grids are lists of columns, never the whole form."""
    rows = np.asarray(answers, dtype=np.float64)
    flat = np.zeros(len(rows), dtype=np.intp)
    for grid in grids:
        flat += (rows[:, list(grid)] == rows[:, [grid[0]]]).all(axis=1)
    return flat


def mahalanobis(answers: ArrayLike) -> NDArray[np.float64]:
    """(n,) D² = (x − x̄)'S⁻¹(x − x̄) with S of divisor n − 1 (Mahalanobis 1936); NaN for an incomplete row.

    Raises `DataError` where an item follows from the others. The mean of D² is p(n − 1)/n.
    """
    rows = np.asarray(answers, dtype=np.float64)
    whole = ~np.isnan(rows).any(axis=1)
    if whole.sum() <= rows.shape[1]:
        raise DataError(f"there are {whole.sum()} complete rows; more than {rows.shape[1]} are needed")
    moments = from_rows(rows[whole])
    if np.linalg.cond(moments.covariance) > 1e12:
        raise DataError("the items repeat one another; leave the copies out")
    unbiased = moments.covariance * moments.n / (moments.n - 1)
    centred = rows[whole] - moments.mean
    distance = np.full(len(rows), np.nan)
    distance[whole] = np.einsum("ij,ij->i", centred, np.linalg.solve(unbiased, centred.T).T)
    return distance


def outlying(distance: Floats, items: int, level: float = 0.999) -> NDArray[np.bool_]:
    """D² above the `level` point of χ²(p) (Meade & Craig 2012, Psychol. Methods 17:437); False for NaN."""
    return np.asarray(distance > chdtri(items, 1.0 - level))


def even_odd(answers: ArrayLike, scales: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """(n,) correlation over the scales between the mean of a row's even and of its odd items, stepped up by
    2r/(1 + r) and no lower than −1 (Jackson 1976; Johnson 2005, J. Res. Pers. 39:103). Consistent answers
    come near 1; package careless turns the sign.

    `scales` lists the columns of each scale in order, items turned to one direction. NaN where either half
    does not vary or fewer than three scales are answered.
    """
    rows = np.asarray(answers, dtype=np.float64)
    odd = np.column_stack([row_means(rows[:, list(scale[::2])]) for scale in scales])
    even = np.column_stack([row_means(rows[:, list(scale[1::2])]) for scale in scales])
    both = ~(np.isnan(odd) | np.isnan(even))
    r = _row_correlation(np.where(both, odd, np.nan), np.where(both, even, np.nan))
    with np.errstate(divide="ignore", invalid="ignore"):
        stepped = np.maximum(2.0 * r / (1.0 + r), -1.0)
    return np.where(both.sum(axis=1) >= 3, stepped, np.nan)


def _row_correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> Floats:
    a, b = (np.asarray(one - row_means(one)[:, None]) for one in (first, second))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            np.nansum(a * b, axis=1) / np.sqrt(np.nansum(a**2, axis=1) * np.nansum(b**2, axis=1))
        )
