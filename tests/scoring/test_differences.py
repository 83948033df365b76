"""What a change is worth: its error, what may be said of it, and how often nothing is called something."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.classical.change import Figure, difference, direction, from_the_others
from scoring.classical.rolling import change, periods
from scoring.errors import DataError
from scoring.structural import invariance_constructs
from scoring.structural.moments import from_rows
from tests.bench.change import replication

figures = st.builds(Figure, st.floats(0, 100), st.floats(0.01, 20), st.integers(2, 10_000))


@given(figures, figures)
def test_independent_errors_add_up_and_the_order_only_turns_the_sign(one, other):
    there, back = difference(one, other), difference(other, one)
    assert there.se == pytest.approx(math.hypot(one.se, other.se))
    assert back.difference == -there.difference and back.p == pytest.approx(there.p)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert (there.p < 0.05) == (direction(there.low, there.high) != "unclear")


def test_known_figures():
    found = difference(Figure(73.0, 0.8, 300), Figure(70.9, 0.6, 400))
    assert (found.difference, found.se) == pytest.approx((2.1, 1.0))
    assert (found.low, found.high) == pytest.approx((0.140, 4.060), abs=1e-3)
    assert found.p == pytest.approx(0.0357, abs=1e-4)


def test_windows_that_share_answers_differ_less_than_separate_ones():
    """Neighbouring windows of four equal quarters: as the linear combination of the quarters has it."""
    n, sd = 200, 20.0
    quarters = periods([n] * 5, [70, 71, 72, 73, 75], [sd] * 5)
    known = change(quarters, 3, 4)
    earlier, later = (Figure(mean, sd / math.sqrt(4 * n), 4 * n) for mean in (71.5, 72.75))
    found = difference(later, earlier, shared=3 * n)
    assert (found.difference, found.se) == pytest.approx((known.difference, known.se))
    assert found.se < difference(later, earlier).se


def test_the_same_answers_cannot_differ_and_more_than_all_cannot_be_shared():
    same = Figure(70.0, 1.0, 100)
    found = difference(same, same, shared=100)
    assert (found.difference, found.se, found.low, found.high) == (0, 0, 0, 0) and math.isnan(found.p)
    with pytest.raises(DataError, match="cannot count in both"):
        difference(same, Figure(70.0, 1.0, 50), shared=51)


def test_each_group_is_compared_with_all_the_others_together():
    groups = [Figure(80, 2, 100), Figure(70, 1, 300), Figure(60, 3, 100)]
    first = from_the_others(groups)[0]
    assert first.difference == pytest.approx(80 - (300 * 70 + 100 * 60) / 400)
    assert first.se == pytest.approx(math.hypot(2, math.hypot(300 * 1, 100 * 3) / 400))
    with pytest.raises(DataError, match="only where there are others"):
        from_the_others(groups[:1])


@given(figures, figures)
def test_two_groups_are_compared_with_one_another(one, other):
    first, second = from_the_others([one, other])
    assert first.difference == pytest.approx(-second.difference)
    assert first.se == pytest.approx(second.se) == pytest.approx(difference(one, other).se)


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0.1, 3, "up"), (-3, -0.1, "down"), (-0.1, 3, "unclear"), (0, 3, "unclear")]
)
def test_a_direction_is_named_only_where_the_interval_leaves_out_nothing_at_all(low, high, said):
    assert direction(low, high) == said


def test_nothing_that_changed_is_seldom_called_a_change():
    """A small version of tests/bench/change.py: 5 % are expected, 15 % would be far off."""
    counts = Counter()
    for seed in range(10_000, 10_040):
        counts.update(replication(("normal", 100, seed)))
    cells = [cell for cell, verdict in counts if len(cell) == 4 and verdict == "unclear"]
    assert len(cells) == 4
    for cell in cells:
        assert counts[cell, "clear"] <= 6, cell
    comparable = ("normal", 100, "nothing moved"), ("normal", 100, "one item moved")
    assert counts[comparable[0], "full"] >= 37
    assert counts[comparable[1], "the item"] >= 30 and counts[comparable[1], "another item"] <= 2


def test_a_construct_that_is_measured_differently_does_not_keep_the_others_from_being_compared(
    small, answers
):
    samples = [answers(800, seed=1), answers(800, seed=2)]
    samples[1][:, 6] += 0.9
    samples[1][:, 7] -= 0.9
    found = invariance_constructs.test(small, [from_rows(one) for one in samples])
    assert [one.construct for one in found.lost] == ["C"]
    assert found.invariance.verdict == "scalar" and found.invariance.moved == ()
    assert {one.construct for one in found.invariance.latent_means} == {"A", "B"}


def test_where_most_constructs_moved_none_is_said_to_be_comparable(small, answers):
    samples = [answers(800, seed=1), answers(800, seed=2)]
    for first in (0, 3, 6):
        samples[1][:, first] += 0.9
        samples[1][:, first + 1] -= 0.9
    found = invariance_constructs.test(small, [from_rows(one) for one in samples])
    assert found.lost == () and found.invariance.verdict != "scalar"


def test_rows_in_another_order_are_the_same_group(small, answers):
    sample = answers(400, seed=3)
    shuffled = np.random.default_rng(1).permutation(sample)
    found = invariance_constructs.test(small, [from_rows(sample), from_rows(shuffled)])
    assert found.invariance.verdict == "scalar" and not found.invariance.partial and not found.lost
