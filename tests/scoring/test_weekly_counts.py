"""When a week brought clearly fewer answers than those before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.classical.weekly_counts import has_fallen, usual
from scoring.errors import DataError

counts = st.lists(st.integers(0, 2000), min_size=4, max_size=12)


def test_the_threshold_is_that_of_farrington_and_others_turned_downwards() -> None:
    found = usual([80] * 8)
    # 80 (1 − ⅔ · 2.58 · √(1.125 / 80))^1.5, by hand
    assert (found.mean, found.dispersion) == (80, 1) and found.least == pytest.approx(56.81, abs=0.01)
    # φ = (4 · 20²)/(3 · 100) = 16/3, so 100 (1 − 1.72 · √(16/3 · 1.25 / 100))^1.5
    uneven = usual([80, 120, 80, 120])
    assert uneven.dispersion == pytest.approx(16 / 3) and uneven.least == pytest.approx(41.45, abs=0.01)


@pytest.mark.parametrize("mean", [15, 60, 400])
def test_weeks_that_differ_by_chance_alone_are_seldom_called_a_fall(mean: int) -> None:
    rng = np.random.default_rng(5)
    weeks = rng.poisson(mean, size=(4000, 9)).tolist()
    assert np.mean([has_fallen(week[:8], week[8]) for week in weeks]) < 0.01


def test_weeks_that_have_always_been_uneven_are_seldom_called_a_fall() -> None:
    rng = np.random.default_rng(6)
    weeks = rng.poisson(rng.gamma(5, 20, size=(4000, 9))).tolist()
    assert np.mean([has_fallen(week[:8], week[8]) for week in weeks]) < 0.02


def test_half_of_what_was_usual_is_a_fall_where_many_answer_and_chance_where_few_do() -> None:
    assert has_fallen([40] * 8, 20) and not has_fallen([6] * 8, 3)


@given(counts, st.integers(0, 3000))
def test_what_is_not_below_the_mean_is_no_fall_and_more_answers_make_none(
    weeks: list[int], last: int
) -> None:
    assert not (last >= sum(weeks) / len(weeks) and has_fallen(weeks, last))
    assert has_fallen(weeks, last) or not has_fallen(weeks, last + 1)


@given(st.lists(st.integers(0, 2000), max_size=3))
def test_nothing_is_told_from_too_few_weeks(weeks: list[int]) -> None:
    assert not has_fallen(weeks, 0)
    with pytest.raises(DataError):
        usual(weeks)


def test_no_answers_ever_is_no_fall() -> None:
    assert not has_fallen([0] * 8, 0) and usual([0] * 8).least == 0
