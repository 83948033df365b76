"""Kano: counts, classes, tests and the continuous form."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.classical import kano_classes
from scoring.classical.kano import CATEGORIES, classify, count
from scoring.classical.kano_continuous import DYSFUNCTIONAL, FUNCTIONAL, position
from scoring.errors import DataError

answer = st.integers(1, 5)
pairs = st.lists(st.tuples(answer, answer), min_size=1, max_size=60)
counts_of_people = st.lists(st.integers(0, 50), min_size=6, max_size=6).map(
    lambda numbers: dict(zip(CATEGORIES, numbers, strict=True))
)


def of(**counts):
    return dict.fromkeys(CATEGORIES, 0) | counts


def test_half_a_pair_is_not_counted():
    letters = classify([1, np.nan, 2], [np.nan, 1, 5])
    assert letters.tolist() == ["", "", "M"]
    assert count(letters) == of(M=1)


def test_an_exact_tie_goes_to_what_customers_miss_most():
    assert kano_classes.category(of(M=5, O=5, A=5, I=5, R=5, Q=5)) == "M"
    assert kano_classes.category(of(A=5, I=5)) == "A"
    assert kano_classes.category(of(I=5, R=5, Q=5)) == "I"
    assert kano_classes.category(of(R=5, Q=5)) == "R"


def test_a_near_tie_is_measured_in_points_of_all_answers():
    counts = of(I=50, A=45, Q=5)
    assert kano_classes.category(counts, near_tie=4.9) == "I"
    assert kano_classes.category(counts, near_tie=5) == "A"
    assert kano_classes.category(of(Q=50, R=48, I=2), near_tie=5) == "R"


def test_the_mode_and_blauth_differ():
    counts = of(O=20, A=20, M=15, I=30)
    assert kano_classes.category(counts) == "I"
    assert kano_classes.category(counts, "blauth") == "O"
    assert kano_classes.category(of(O=40, I=20, R=21), "blauth") == "R"
    assert kano_classes.category(of(O=30, M=10, I=20, R=10), "blauth", near_tie=30) == "M"


def test_fong_looks_past_the_questionable_and_counts_them():
    assert kano_classes.significant(of(O=60, A=40)) is True
    assert kano_classes.significant(of(O=55, A=45)) is False
    assert kano_classes.significant(of(Q=90, O=6, A=4)) is False
    assert kano_classes.significant(of(Q=9)) is False
    assert kano_classes.combined_class(of(O=55, A=45, Q=99)) == "O/A"


def test_nothing_is_said_of_a_feature_nobody_answered():
    feature = kano_classes.evaluate([np.nan], [1])
    assert (feature.n, feature.category, feature.significant) == (0, None, False)
    assert math.isnan(feature.better.value)
    assert math.isnan(feature.worse.low)
    assert math.isnan(feature.category_strength)
    assert math.isnan(feature.importance)
    assert position([np.nan], [1]).category == ""


@given(pairs)
def test_swapping_the_questions_turns_a_reverse_attribute_round(answered):
    functional, dysfunctional = zip(*answered, strict=True)
    for there, back in zip(
        classify(functional, dysfunctional), classify(dysfunctional, functional), strict=True
    ):
        assert (there in "MOA") == (back == "R")
        assert (there in "IQ") == (back in "IQ")


@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_respondents_does_not_matter(answered, random):
    first = kano_classes.evaluate(*zip(*answered, strict=True))
    random.shuffle(answered)
    assert repr(kano_classes.evaluate(*zip(*answered, strict=True))) == repr(first)


@given(counts_of_people)
def test_shares_and_intervals_keep_their_bounds(counts):
    better, worse = kano_classes.better(counts), kano_classes.worse(counts)
    if any(counts[one] for one in "AOMI"):
        assert 0 <= better.low <= better.value <= better.high <= 1
        assert -1 <= worse.low <= worse.value <= worse.high <= 0
    if sum(counts.values()):
        assert 0 <= kano_classes.category_strength(counts) <= 1
        assert 0 <= kano_classes.total_strength(counts) <= 1
        assert kano_classes.category(counts, near_tie=100) == "M"


def test_the_continuous_codes_and_quadrants():
    for place in range(5):
        one = position([place + 1], [place + 1])
        assert (one.functional.mean, one.dysfunctional.mean) == (FUNCTIONAL[place], DYSFUNCTIONAL[place])
    assert FUNCTIONAL == (4, 2, 0, -1, -2)
    assert FUNCTIONAL[::-1] == DYSFUNCTIONAL
    corners = {"A": (1, 2), "O": (1, 5), "M": (3, 5), "I": (3, 3)}
    assert {position([a], [b]).category: (a, b) for a, b in corners.values()} == corners


@pytest.mark.parametrize(("value", "row"), [(0, 1), (6, 1), (2.5, 1), (np.inf, 1)])
def test_an_answer_off_the_scale_is_named(value, row):
    with pytest.raises(DataError, match=rf"'functional', row {row}: .* whole numbers from 1 to 5"):
        classify([value], [1])
    with pytest.raises(DataError, match=r"'importance', row 2.* 1 to 9"):
        kano_classes.evaluate([1, 1], [1, 1], [9, 10])


def test_columns_of_different_length_are_refused():
    for function in (classify, position):
        with pytest.raises(DataError, match="1 answers to 2"):
            function([1, 2], [1])
