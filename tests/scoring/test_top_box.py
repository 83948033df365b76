"""CSAT, CES and other shares; means and their differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.classical.effort import effort_score
from scoring.classical.means import mean_of, welch
from scoring.classical.multinomial import goodman_difference
from scoring.classical.proportions import newcombe_difference, wilson
from scoring.classical.top_box import box_difference, top_box
from scoring.errors import DataError, OptionError
from scoring.scale import Scale

shares = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(shares)
def test_wilson_contains_the_share_and_mirrors(share):
    count, n = share
    low, high = wilson(count, n)
    assert 0 <= low <= count / n <= high <= 1
    assert wilson(n - count, n) == pytest.approx((1 - high, 1 - low))


@given(shares, shares)
def test_newcombe_turns_round_and_stays_within_1(first, second):
    difference, low, high = newcombe_difference(*first, *second)
    assert -1 - 1e-12 <= low <= difference <= high <= 1 + 1e-12
    assert newcombe_difference(*second, *first) == pytest.approx((-difference, -high, -low))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_csat_does_not_depend_on_order_nor_on_reversing_twice(answers, random):
    first = top_box(answers, Scale(1, 5), 2)
    assert first.share == np.mean(np.array(answers) >= 4)
    random.shuffle(answers)
    assert top_box(answers, Scale(1, 5), 2) == first
    turned = [6 - answer for answer in answers]
    assert top_box(turned, Scale(1, 5, reverse=True), 2) == first
    assert top_box([6 - answer for answer in turned], Scale(1, 5), 2) == first


def test_missing_answers_are_no_answers():
    result = top_box([5, np.nan, 1], Scale(1, 5), 2)
    assert (result.n, result.count, result.share) == (2, 1, 0.5)
    assert np.isnan(top_box([np.nan], Scale(1, 5), 2).share)
    assert np.isnan(newcombe_difference(0, 0, 1, 2)).all()


def test_boxes_are_named_and_only_like_is_compared():
    assert top_box([7, 6, 5, 4], Scale(1, 7), 3).share == 0.75
    assert top_box([0, 10], Scale(0, 10), 1).count == 1
    first, second = top_box([5] * 56 + [1] * 14, Scale(1, 5), 2), top_box([5] * 48 + [1] * 32, Scale(1, 5), 2)
    assert box_difference(first, second).low == pytest.approx(0.0524, abs=5e-5)
    with pytest.raises(OptionError, match="top-2 box cannot be compared with a top-1"):
        box_difference(first, top_box([5], Scale(1, 5), 1))
    for boxes in (0, 5):
        with pytest.raises(OptionError, match="does not fit a scale of 5 points"):
            top_box([5], Scale(1, 5), boxes)
    with pytest.raises(DataError, match="row 2: 6 is off the scale"):
        top_box([5, 6], Scale(1, 5), 2)


def test_the_two_versions_of_effort_run_in_opposite_directions():
    first, second = effort_score([1, 2, 5], 1), effort_score([7, 5, 4], 2)
    assert (first.mean.mean, first.easy.count) == (pytest.approx(8 / 3), 2)
    assert (second.mean.mean, second.easy.count) == (pytest.approx(16 / 3), 2)
    assert (first.version, second.version) == (1, 2)
    with pytest.raises(DataError, match="1 to 5"):
        effort_score([6], 1)


def test_student_and_welch():
    """Student's sleep data (1908): differences of ten patients, mean 1.58, t = 4.0621, p = .00283; the same
    two columns as independent groups, t = −1.8608 on 17.776 degrees of freedom, p = .0794 (R's help of
    t.test)."""
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    pair = mean_of(second - first)
    assert (pair.mean, pair.t, pair.p) == pytest.approx((1.58, 4.0621, 0.002833), abs=5e-5)
    apart = welch(first, second)
    assert (apart.t, apart.df, apart.p) == pytest.approx((-1.8608, 17.776, 0.07939), abs=5e-4)
    assert (apart.low, apart.high) == pytest.approx((-3.3654832, 0.2054832), abs=1e-6)


def test_too_few_answers_have_no_error():
    assert mean_of([]).n == 0
    assert np.isnan([mean_of([]).mean, mean_of([3]).se, mean_of([3, 3]).t, mean_of([3, 3]).p]).all()
    assert np.isnan(welch([3], [4, 5]).t)


def test_answers_that_do_not_vary_have_no_t_even_where_rounding_varies():
    """The mean of three times .1 is not .1, and its variance not 0: t would be 10¹⁶."""
    for values in ([0.1] * 3, [-0.4] * 7, [1e9 / 3] * 11):
        one = mean_of(values)
        assert (one.sd, one.se) == (0, 0)
        assert np.isnan([one.t, one.p]).all()
    assert np.isnan(welch([0.1] * 3, [0.7] * 3).t)
    assert mean_of([1e-9, 2e-9]).sd > 0


def test_nobody_and_one_answer_in_every_share():
    for version in (1, 2):
        nobody, one = effort_score([np.nan], version), effort_score([3], version)
        assert (nobody.mean.n, nobody.easy.n) == (0, 0) and np.isnan(
            [nobody.mean.mean, nobody.easy.share]
        ).all()
        assert (one.mean.mean, one.easy.share) == (3, 0) and np.isnan(one.mean.se)
    assert top_box([5], Scale(1, 5), 2).high == 1
    assert np.isnan(goodman_difference([0, 0, 0], 0, 1)).all()
    assert np.isnan(goodman_difference([5], 0, 0)).all()


def test_goodman_is_wider_for_more_pairs():
    two, three = goodman_difference([50, 50], 0, 1), goodman_difference([50, 50, 0], 0, 1)
    assert two[0] == three[0] == 0
    assert three[2] > two[2]
