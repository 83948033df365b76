"""Net promoter scores: range, symmetry, intervals, comparison, weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.classical.nps import METHODS, Counts, counts_of, net_promoter_score
from scoring.classical.nps_comparison import compare, comparison_sample_size, paired, sample_size, weighted
from scoring.errors import DataError

answers = st.lists(st.integers(0, 10), min_size=1, max_size=80)
counts = st.builds(Counts, st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)).filter(lambda c: c.n)


@given(counts, st.sampled_from(list(METHODS)))
def test_score_and_limits_lie_within_100(one, method):
    result = net_promoter_score(one, method)
    assert -100 <= result.nps <= 100
    assert -100 - 1e-9 <= result.low <= result.high <= 100 + 1e-9
    if method != "adjusted_wald":
        assert result.low - 1e-9 <= result.nps <= result.high + 1e-9


@given(counts, st.sampled_from(list(METHODS)))
def test_exchanging_promoters_and_detractors_turns_the_sign(one, method):
    other = net_promoter_score(Counts(one.detractors, one.passives, one.promoters), method)
    result = net_promoter_score(one, method)
    assert (other.nps, other.low, other.high) == pytest.approx(
        (-result.nps, -result.high, -result.low), abs=1e-9
    )


@given(answers, st.randoms(use_true_random=False))
def test_order_and_missing_answers_do_not_matter(given_answers, random):
    first = net_promoter_score(counts_of(given_answers))
    shuffled = [*given_answers, float("nan")]
    random.shuffle(shuffled)
    assert net_promoter_score(counts_of(shuffled)) == first


@given(answers, st.floats(0.01, 100))
def test_equal_weights_reproduce_the_unweighted_score(given_answers, weight):
    plain = net_promoter_score(counts_of(given_answers))
    result = weighted(given_answers, [weight] * len(given_answers))
    assert result.n_effective == pytest.approx(len(given_answers))
    assert (result.nps, result.low, result.high) == pytest.approx((plain.nps, plain.low, plain.high))
    if plain.n > 1:
        wald = net_promoter_score(counts_of(given_answers), "wald")
        assert result.se == pytest.approx(wald.se * np.sqrt(plain.n / (plain.n - 1)), abs=1e-9)


def test_a_weight_of_two_shifts_like_two_respondents():
    assert weighted([10, 0, 8], [2, 1, 1]).nps == pytest.approx(25)
    assert np.isnan(weighted([10, 0], [0, 0]).nps)
    assert np.isnan(weighted([np.nan], [1]).nps)
    with pytest.raises(DataError, match="row 2: -1 is not a weight"):
        weighted([10, 0], [1, -1])


def test_the_adjusted_interval_is_centred_on_the_adjusted_score():
    result = net_promoter_score(Counts(3, 2, 1))
    adjusted = Counts(3.75, 3.5, 1.75)
    assert (result.low + result.high) / 2 == pytest.approx(100 * adjusted.net)
    assert result.nps == pytest.approx(100 / 3)
    assert result.se == pytest.approx(100 * adjusted.se)


def test_unanimous_answers_still_have_an_interval():
    result = net_promoter_score(Counts(5, 0, 0))
    assert result.nps == 100
    assert result.low < 95
    assert net_promoter_score(Counts(5, 0, 0), "score").high == 100
    assert net_promoter_score(Counts(0, 5, 0), "score").low == pytest.approx(
        -net_promoter_score(Counts(0, 5, 0), "score").high
    )


def test_tango_and_wald_agree_in_large_samples():
    one = Counts(40_000, 35_000, 25_000)
    score, wald = net_promoter_score(one, "score"), net_promoter_score(one, "wald")
    assert (score.low, score.high) == pytest.approx((wald.low, wald.high), abs=0.01)


@given(counts, counts)
def test_a_comparison_turns_round(first, second):
    there, back = compare(first, second), compare(second, first)
    assert (there.difference, there.z, there.low) == pytest.approx((-back.difference, -back.z, -back.high))
    assert 0 <= there.p <= 1
    assert there.p == pytest.approx(back.p)


def test_the_same_people_twice():
    result = paired([0, 7, 9, np.nan, 5], [9, 7, 9, 10, 7])
    assert (result.n, result.mean) == (4, pytest.approx(75.0))
    assert result.se == pytest.approx(100 * np.std([2, 0, 0, 1], ddof=1) / 2)
    with pytest.raises(DataError, match="same people"):
        paired([1], [1, 2])


def test_sample_sizes_for_two_groups_and_for_one():
    assert comparison_sample_size(0.1, 0.66, 0.66) == pytest.approx(
        (1.959964 + 0.8416212) ** 2 * 1.32 / 0.01 - 3, rel=1e-6
    )
    assert sample_size(0.05) > sample_size(0.05, 0.7)


@pytest.mark.parametrize("value", [11, -1, 9.5, np.inf])
def test_what_is_not_0_to_10_is_refused(value):
    with pytest.raises(DataError, match=r"'score', row 2: .* whole numbers from 0 to 10"):
        counts_of([0, value], "score")


def test_nobody_answered():
    result = net_promoter_score(counts_of([np.nan]))
    assert (result.n, np.isnan(result.nps), np.isnan(result.low)) == (0, True, True)
    for method in METHODS:
        nobody = net_promoter_score(Counts(0, 0, 0), method)
        assert np.isnan([nobody.se, nobody.low, nobody.high]).all()
