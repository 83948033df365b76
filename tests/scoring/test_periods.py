"""Control charts, rolling windows and many comparisons at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.classical.control_chart import Limits, limits, signals
from scoring.classical.false_discovery import adjusted_p, rejected
from scoring.classical.rolling import change, periods, window
from scoring.errors import DataError

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(p_values)
def test_adjusted_p_keeps_the_order_and_never_helps(p):
    adjusted = adjusted_p(p)
    order = np.argsort(p)
    assert (np.diff(adjusted[order]) >= 0).all()
    assert (adjusted >= np.array(p) - 1e-15).all()
    assert (adjusted <= 1).all()


@given(p_values, st.floats(0.001, 0.5))
def test_rejection_is_the_step_up_rule(p, q):
    """The largest i with p_(i) ≤ iq/m, and all below it."""
    ranked = np.sort(p)
    passed = np.flatnonzero(ranked * len(p) / np.arange(1, len(p) + 1) <= q)
    assert rejected(p, q).sum() == (passed[-1] + 1 if passed.size else 0)


def test_what_is_no_p_value_is_refused():
    for p in ([0.5, 1.2], [np.nan]):
        with pytest.raises(DataError, match="from 0 to 1"):
            adjusted_p(p)
    assert adjusted_p([]).tolist() == []


def test_the_rules_of_the_chart():
    chart = Limits(50.0, 1.128)
    assert (chart.low, chart.high) == (pytest.approx(47), pytest.approx(53))
    found = signals([50, 53.5, 50, 46], chart)
    assert found.beyond.tolist() == [False, True, False, True]
    run = signals([50.5] * 9 + [49.5], chart)
    assert run.run.tolist() == [False] * 7 + [True] * 2 + [False]
    near = signals([52, 52, 50, 52, 50, 48, 48, 48], chart)
    assert near.near.tolist() == [False, False, False, True, False, False, False, True]
    assert not signals([50, 50], chart).beyond.any()


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30), st.floats(-50, 50))
def test_a_chart_moves_with_its_series(values, shift):
    first, second = limits(values), limits(np.array(values) + shift)
    assert second.centre == pytest.approx(first.centre + shift, abs=1e-9)
    assert second.moving_range == pytest.approx(first.moving_range, abs=1e-9)
    assert first.low <= first.centre <= first.high


@given(st.floats(-100, 100), st.integers(2, 30))
def test_a_series_that_stands_still_gives_no_signal(value, count):
    """The mean of equal values need not equal them: eight times a hair above it is no run."""
    series = np.full(count, value)
    found = signals(series, limits(series))
    assert not (found.beyond | found.run | found.near).any()


def test_a_chart_needs_a_series():
    for values in ([1], [1, np.nan]):
        with pytest.raises(DataError, match="two periods or more"):
            limits(values)


@given(st.lists(st.floats(50, 90), min_size=5, max_size=5), st.integers(1, 500))
def test_neighbours_differ_by_what_entered_and_left(means, n):
    sd = np.array([15.0, 16, 17, 18, 19])
    found = change(periods([n] * 5, means, sd), 3, 4)
    assert found.difference == pytest.approx((means[4] - means[0]) / 4)
    assert found.se == pytest.approx(np.sqrt(sd[4] ** 2 / n + sd[0] ** 2 / n) / 4)


@given(st.lists(st.integers(1, 500), min_size=6, max_size=6), st.integers(1, 3))
def test_windows_without_a_period_in_common_are_independent(n, length):
    series = periods(n, [70, 71, 72, 73, 74, 75], [18.0] * 6)
    first, second = window(series, length - 1, length), window(series, 5, length)
    found = change(series, length - 1, 5, length)
    assert found.difference == pytest.approx(second.mean - first.mean)
    assert found.se == pytest.approx(np.hypot(first.se, second.se))
    assert found.low < found.difference < found.high


def test_what_is_unknown_of_a_period_outside_the_window_does_not_matter():
    """One answer has no standard deviation, and a failed period no mean."""
    series = periods([1, 50, 50, 50], [np.nan, 70, 71, 72], [np.nan, 10, 10, 10])
    assert window(series, 2, 2).se == pytest.approx(1)
    assert change(series, 2, 3, 2).se == pytest.approx(np.sqrt(2) * 10 / np.sqrt(50) / 2)
    assert np.isnan(window(series, 1, 2).se)


def test_a_window_lies_in_the_series():
    series = periods([10, 10], [70, 71], [5, 5])
    for last, length in ((0, 2), (2, 1)):
        with pytest.raises(DataError, match="does not lie in the series"):
            window(series, last, length)
    with pytest.raises(DataError, match="base above 0"):
        periods([10, 0], [70, 71], [5, 5])
