"""SERVQUAL, SERVPERF and the zone of tolerance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scoring.classical.difference_scores import difference_reliability, gap_reliability
from scoring.classical.servqual import DIMENSIONS, servperf, servqual
from scoring.classical.servqual_zone import zone_of_tolerance
from scoring.errors import DataError
from scoring.structural.reliability import alpha

two_columns = arrays(np.float64, st.tuples(st.integers(1, 8), st.just(44)), elements=st.integers(1, 7))


@given(two_columns, st.integers(0, 2**31))
def test_gaps_add_up_and_the_order_of_rows_does_not_matter(data, seed):
    result = servqual(data[:, :22], data[:, 22:])
    for one in result.dimensions.values():
        assert one.gap.mean == pytest.approx(one.perception - one.expectation)
    means = [one.gap.mean for one in result.dimensions.values()]
    assert result.unweighted.mean == pytest.approx(np.mean(means))
    data = np.random.default_rng(seed).permutation(data)
    again = servqual(data[:, :22], data[:, 22:])
    assert again.unweighted.mean == pytest.approx(result.unweighted.mean)


@given(two_columns)
def test_equal_points_reproduce_the_unweighted_score(data):
    result = servqual(data[:, :22], data[:, 22:], np.full((len(data), 5), 20.0))
    assert result.weighted.mean == pytest.approx(result.unweighted.mean)
    alone = servperf(data[:, 22:], np.full((len(data), 5), 20.0))
    assert alone.weighted.mean == pytest.approx(alone.unweighted.mean)
    assert 1 <= alone.unweighted.mean <= 7


@given(two_columns)
def test_reversing_both_columns_turns_the_sign_and_twice_nothing(data):
    turned = 8 - data
    once, twice = (servqual(one[:, :22], one[:, 22:]) for one in (turned, 8 - turned))
    plain = servqual(data[:, :22], data[:, 22:])
    assert once.unweighted.mean == pytest.approx(-plain.unweighted.mean, abs=1e-12)
    assert twice.unweighted.mean == plain.unweighted.mean


def test_the_overall_score_is_a_mean_of_dimensions_not_of_items():
    perceived = np.full((1, 22), 4.0)
    perceived[0, list(DIMENSIONS["reliability"])] = 7
    result = servqual(np.full((1, 22), 4.0), perceived)
    assert result.unweighted.mean == pytest.approx(3 / 5)
    assert [len(places) for places in DIMENSIONS.values()] == [4, 5, 4, 4, 5]


def test_a_gap_needs_both_answers_and_n_says_how_many():
    expected, perceived = np.full((3, 22), 6.0), np.full((3, 22), 5.0)
    expected[0, 0] = np.nan
    perceived[1, :4] = np.nan
    result = servqual(expected, perceived, [[20] * 5, [np.nan] * 5, [30, 10, 20, 20, 20]])
    assert [one.n for one in result.items[:2]] == [1, 2]
    assert result.dimensions["tangibles"].n == 2
    assert (result.unweighted.n, result.weighted.n) == (2, 2)
    assert result.dimensions["tangibles"].weight == 25


def test_the_paired_t_of_a_dimension():
    """Gaps −1, 0, −2: mean −1, standard error 1/√3, t = −√3 on 2 degrees of freedom, p = .2254."""
    perceived = np.repeat([[4.0], [5.0], [3.0]], 22, axis=1)
    gap = servqual(np.full((3, 22), 5.0), perceived).dimensions["empathy"].gap
    assert (gap.mean, gap.se, gap.t) == pytest.approx((-1, 1 / np.sqrt(3), -np.sqrt(3)))
    assert gap.p == pytest.approx(0.2254033)


def test_gaps_that_do_not_vary_have_no_t():
    """Fifths are not exact in binary: their variance is rounding, not evidence."""
    perceived = np.full((3, 22), 5.0)
    perceived[:, list(DIMENSIONS["reliability"])[:2]] = 4
    gap = servqual(np.full((3, 22), 5.0), perceived).dimensions["reliability"].gap
    assert (gap.mean, gap.se) == (pytest.approx(-0.4), 0)
    assert np.isnan([gap.t, gap.p]).all()


def test_servperf_by_hand():
    """Perceptions 2, 4, 6 throughout: mean 4, standard error 2/√3, t(2, .975) = 4.3027. All points on
    tangibles, raised to 7, make the weighted score the tangibles'."""
    perceived = np.repeat([[2.0], [4.0], [6.0]], 22, axis=1)
    plain = servperf(perceived)
    for one in (plain.unweighted, plain.dimensions["empathy"], plain.items[21]):
        reach = 4.30265273 * 2 / np.sqrt(3)
        assert (one.n, one.mean, one.low, one.high) == pytest.approx((3, 4, 4 - reach, 4 + reach))
    assert plain.weighted.n == 0
    perceived[:, list(DIMENSIONS["tangibles"])] = 7
    points = np.array([[100.0, 0, 0, 0, 0], [100, 0, 0, 0, 0], [50, 20, 10, 10, 10]])
    found = servperf(perceived, points)
    assert found.weighted.mean == pytest.approx((7 + 7 + (0.5 * 7 + 0.5 * 6)) / 3)
    assert found.unweighted.mean == pytest.approx((7 + 4 * 4) / 5)


def test_servperf_says_how_many_answered_an_item():
    perceived = np.full((3, 22), 5.0)
    perceived[0, 0] = perceived[1, :4] = np.nan
    found = servperf(perceived, [[20] * 5, [20] * 5, [np.nan] * 5])
    assert [one.n for one in found.items[:5]] == [1, 2, 2, 2, 3]
    assert found.dimensions["tangibles"].n == 2
    assert (found.unweighted.n, found.weighted.n) == (2, 1)
    with pytest.raises(DataError, match="sum to 110; they must sum to 100"):
        servperf(perceived, [[20] * 5, [30, 20, 20, 20, 20], [20] * 5])


def test_points_must_sum_to_100():
    data = np.full((2, 22), 5.0)
    with pytest.raises(DataError, match="row 2: the points sum to 99; they must sum to 100"):
        servqual(data, data, [[20] * 5, [19, 20, 20, 20, 20]])
    with pytest.raises(DataError, match="'W_empathy', row 1: is empty"):
        servqual(data, data, [[25, 25, 25, 25, np.nan], [20] * 5])
    with pytest.raises(DataError, match="'W_reliability', row 1: -1 is off the scale"):
        servqual(data, data, [[41, -1, 20, 20, 20], [20] * 5])


def test_answers_off_the_scale_and_of_the_wrong_shape():
    data = np.full((1, 22), 5.0)
    with pytest.raises(DataError, match="'P1', row 1: 8 is off the scale; answers run from 1 to 7"):
        servqual(data, np.full((1, 22), 8.0))
    with pytest.raises(DataError, match="22 items"):
        servperf(data[:, :5])
    with pytest.raises(DataError, match=r"'D1', row 1: 0 .* 1 to 9"):
        zone_of_tolerance([[1]], [[0]], [[1]])
    with pytest.raises(DataError, match="must agree"):
        zone_of_tolerance([[1]], [[1, 2]], [[1]])
    with pytest.raises(DataError, match="rows of items"):
        zone_of_tolerance([1], [1], [1])


def test_the_zone_of_tolerance():
    adequate, desired = np.full((2, 22), 5.0), np.full((2, 22), 8.0)
    perceived = np.array([[6.0] * 22, [4.0] * 22])
    desired[0, 0] = 3
    adequate[1, 1] = np.nan
    result = zone_of_tolerance(adequate, desired, perceived)
    one = result.items[2]
    assert (one.msa, one.mss, one.width, one.in_zone) == (0, -3, 3, 0.5)
    assert (result.items[1].n, result.items[1].in_zone) == (1, 1)
    assert (result.inconsistent, result.inconsistent_respondents) == (1, 1)
    assert result.items[0].in_zone == 0
    assert result.dimensions["tangibles"].in_zone == pytest.approx((0.75 + 0) / 2)
    assert zone_of_tolerance([[1]], [[2]], [[2]]).dimensions == {}


def test_the_reliability_of_a_difference_is_below_either():
    assert difference_reliability(0.8, 0.9, 0.5) == pytest.approx((0.85 - 0.5) / 0.5)
    assert np.isnan(difference_reliability(1, 1, 1))
    rng = np.random.default_rng(5)
    true = rng.normal(size=(500, 1))
    expected, perceived = (true + rng.normal(size=(500, 4)) for _ in range(2))
    result = gap_reliability(expected, perceived)
    assert result.difference < min(result.expectation, result.perception)
    assert result.gap == pytest.approx(alpha(np.cov((perceived - expected).T, bias=True)))
    assert np.isnan(gap_reliability(np.ones((5, 2)), np.ones((5, 2)) * 2).correlation)
    assert np.isnan(gap_reliability(np.full((3, 2), np.nan), np.ones((3, 2))).perception)
