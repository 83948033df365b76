"""Signs of careless answering."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scoring.classical.careless import (
    even_odd,
    intra_individual_variability,
    longstring,
    mahalanobis,
    outlying,
    straightlined,
)
from scoring.errors import DataError

answers = arrays(
    np.float64, st.tuples(st.integers(1, 8), st.integers(1, 9)), elements=st.sampled_from([1, 2, 3, np.nan])
)


@given(answers)
def test_longstring_is_the_longest_run(rows):
    def longest(row):
        best = run = 0
        for before, now in zip([np.nan, *row], row, strict=False):
            run = 0 if np.isnan(now) else run + 1 if before == now else 1
            best = max(best, run)
        return best

    assert longstring(rows).tolist() == [longest(row) for row in rows]
    assert longstring(rows[:, ::-1]).tolist() == longstring(rows).tolist()


@given(answers)
def test_variability_is_the_standard_deviation_of_what_is_answered(rows):
    for row, found in zip(rows, intra_individual_variability(rows), strict=True):
        there = row[~np.isnan(row)]
        expected = there.std(ddof=1) if len(there) > 1 else np.nan
        assert found == pytest.approx(expected, nan_ok=True)


def test_straight_lines_are_counted_by_grid():
    rows = [[3, 3, 3, 1, 1], [3, 3, 2, 1, 1], [np.nan, 3, 3, 1, 2]]
    assert straightlined(rows, [[0, 1, 2], [3, 4]]).tolist() == [2, 1, 0]
    assert straightlined(rows, []).tolist() == [0, 0, 0]


def test_mahalanobis_has_the_mean_it_must_have():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(200, 5))
    rows[7] = [6, -6, 6, -6, 6]
    distance = mahalanobis(rows)
    assert distance.mean() == pytest.approx(5 * 199 / 200)
    assert outlying(distance, 5)[7]
    assert outlying(distance, 5).sum() < 5
    direct = rows[3] - rows.mean(axis=0)
    assert distance[3] == pytest.approx(direct @ np.linalg.inv(np.cov(rows.T)) @ direct)
    rows[3, 0] = np.nan
    assert np.isnan(mahalanobis(rows)[3])
    assert not outlying(mahalanobis(rows), 5)[3]
    with pytest.raises(DataError, match="repeat one another"):
        mahalanobis(np.column_stack([rows, rows[:, 1]]))
    with pytest.raises(DataError, match="0 complete rows; more than 2 are needed"):
        mahalanobis(np.full((3, 2), np.nan))


def test_even_and_odd_items_agree_for_one_who_reads():
    scales = [[0, 1, 2, 3], [4, 5], [6, 7, 8]]
    careful = [5, 5, 4, 4, 1, 1, 3, 3, 3]
    flat = [3] * 9
    against = [5, 1, 5, 1, 1, 5, 3, 3, 3]
    found = even_odd([careful, flat, against, [np.nan] * 9], scales)
    assert found[0] > 0.95
    assert np.isnan(found[[1, 3]]).all()
    assert found[2] == -1


def test_even_odd_is_spearman_brown_of_the_half_means():
    rng = np.random.default_rng(2)
    row = rng.integers(1, 6, 20).astype(float)
    scales = np.arange(20).reshape(5, 4).tolist()
    r = np.corrcoef([row[s][::2].mean() for s in scales], [row[s][1::2].mean() for s in scales])[0, 1]
    assert even_odd([row], scales)[0] == pytest.approx(max(2 * r / (1 + r), -1))
