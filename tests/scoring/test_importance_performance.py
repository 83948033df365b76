"""Importance against performance, and customer value."""

import numpy as np
import pytest

from scoring.classical.customer_value import customer_value, relative_score, weighted_score
from scoring.classical.importance_performance import (
    Crosshairs,
    centre,
    derived_importance,
    midpoint,
    priority,
    quadrants,
    ranked,
)
from scoring.errors import DataError
from scoring.scale import Scale


def test_frozen_lines_do_not_move_with_the_data():
    importance, performance = [4.0, 2.0], [2.0, 4.0]
    lines = centre(importance, performance)
    assert lines == Crosshairs(3, 3)
    assert quadrants(importance, performance, lines) == ["concentrate", "possible overkill"]
    assert quadrants(importance, [4.5, 5.0], lines) == ["keep up", "possible overkill"]
    assert quadrants(importance, [4.5, 5.0], centre(importance, [4.5, 5.0]))[0] == "concentrate"
    assert centre([1, 2, 9], [1, 1, 4], "median") == Crosshairs(2, 1)
    assert midpoint(Scale(1, 5), Scale(0, 10)) == Crosshairs(3, 5)


def test_on_a_line_counts_as_high():
    assert quadrants([3], [3], Crosshairs(3, 3)) == ["keep up"]
    assert quadrants([2], [2], Crosshairs(3, 3)) == ["low priority"]


def test_the_iso_line_ranks_by_distance():
    assert priority([5, 3], [3, 4]).tolist() == [2, -1]
    assert ranked(["price", "speed", "staff"], [3, 5, 4], [4, 3, 4]) == ["speed", "staff", "price"]


def test_derived_importance_is_partial():
    """y depends on a alone; b correlates with y only through a."""
    rng = np.random.default_rng(3)
    a = rng.normal(size=4000)
    b = a + rng.normal(size=4000)
    y = a + rng.normal(size=4000)
    found = derived_importance(np.column_stack([a, b]), y)
    assert found[0] > 0.5
    assert abs(found[1]) < 0.05


def test_attributes_that_cannot_be_told_apart_have_no_derived_importance():
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(50, 2))
    y = rows.sum(axis=1) + rng.normal(size=50)
    for other in (rows[:, 0], np.full(50, 0.1), 2 - rows[:, 1]):
        assert np.isnan(derived_importance(np.column_stack([rows, other]), y)).all()
    assert np.isnan(derived_importance(rows[:2], y[:2])).all()
    holes = rows.copy()
    holes[7, 0] = np.nan
    left = np.delete(np.arange(50), 7)
    assert derived_importance(holes, y) == pytest.approx(derived_importance(rows[left], y[left]))


def test_parity_is_100():
    assert relative_score([60, 40], [8, 5], [8, 5]) == pytest.approx(100)
    assert customer_value(100, 100, 0.6) == pytest.approx(100)
    assert customer_value(100, 80, 0.6) == pytest.approx(60 + 0.4 * 125)
    with pytest.raises(DataError, match="sum to 90; they must sum to 100"):
        weighted_score([60, 30], [8, 5])
    with pytest.raises(DataError, match="above 0"):
        relative_score([60, 40], [8, 5], [8, 0])
    with pytest.raises(DataError, match="a price ratio of 0"):
        customer_value(100, 0, 0.6)
