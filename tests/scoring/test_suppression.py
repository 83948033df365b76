"""No sum or difference of what is told is of a small group, whatever the bases."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.classical.suppression import suppressed, windows_suppressed

LEAST = 10
SIZES = st.one_of(st.integers(0, 12), st.integers(0, 60))


def isolated(told: list[list[int]], sizes: list[int]) -> list[tuple[float, ...]]:
    """The groups of atoms of 1 to k - 1 respondents whose sum follows from the sums told."""
    vectors = np.array(told, dtype=float).reshape(len(told), len(sizes))
    onto = np.linalg.pinv(vectors) @ vectors if len(told) else np.zeros((len(sizes),) * 2)
    groups = np.array(list(product((0.0, 1.0), repeat=len(sizes))))
    follows = np.abs(groups @ onto - groups).max(axis=1, initial=0.0) < 1e-9
    bases = groups @ np.array(sizes, dtype=float)
    return [tuple(one) for one in groups[follows & (bases > 0) & (bases < LEAST)]]


FINE = settings(deadline=None, max_examples=150)


@FINE
@given(sizes=st.lists(SIZES, min_size=1, max_size=6), skipped=SIZES)
def test_no_sum_or_difference_of_a_questions_groups_is_of_a_small_one(sizes: list[int], skipped: int) -> None:
    bases = {str(place): base for place, base in enumerate(sizes)}
    total = sum(sizes) + skipped
    away = suppressed(bases, total, LEAST)
    there = [place for place, base in enumerate([*sizes, skipped]) if base]  # nobody is no group
    told = [[int(one == place) for one in there] for place in range(len(sizes)) if str(place) not in away]
    if not 0 < total < LEAST:
        told.append([1] * len(there))
    assert not isolated([row for row in told if any(row)], [[*sizes, skipped][one] for one in there])


@FINE
@given(
    sizes=st.lists(SIZES, min_size=2, max_size=7),
    length=st.integers(2, 4),
    told_alone=st.integers(LEAST, 25),
)
def test_no_windows_taken_together_tell_a_small_period(
    sizes: list[int], length: int, told_alone: int
) -> None:
    hidden = [base if base < told_alone else 0 for base in sizes]  # also some that are large enough
    windows = [(end - length, end) for end in range(length, len(sizes) + 1)]
    away = windows_suppressed(hidden, windows, LEAST)
    there = [place for place, base in enumerate(sizes) if base]
    told = [[int(one == place) for one in there] for place in there if not hidden[place]]
    told += [
        [int(first <= one < end) for one in there]
        for place, (first, end) in enumerate(windows)
        if place not in away
    ]
    assert not isolated([row for row in told if any(row)], [sizes[one] for one in there])


def test_what_is_withheld_is_no_more_than_is_needed() -> None:
    """Hand-worked: 4 skipped, so that North, the smallest, is withheld with them; without them nobody is."""
    assert suppressed({"north": 20, "south": 30, "west": 40}, 94, LEAST) == {"north"}
    assert suppressed({"north": 20, "south": 30, "west": 40}, 90, LEAST) == set()
    assert suppressed({"north": 20, "south": 30, "west": 40}, 100, LEAST) == set()
    assert suppressed({"north": 3, "south": 30, "west": 40}, 73, LEAST) == {"north", "south"}
    assert suppressed({"north": 3, "south": 8, "west": 40}, 51, LEAST) == {"north", "south"}
    assert suppressed({"north": 3, "south": 30}, None, LEAST) == {"north"}
    assert suppressed({"north": 0, "south": 30}, 30, LEAST) == set()


def test_figures_of_two_moments_are_not_subtracted_either() -> None:
    """The groups were computed again with three answers more than everybody was, or three fewer."""
    assert suppressed({"north": 23, "south": 30}, 50, LEAST) == {"north"}
    assert suppressed({"north": 20, "south": 30}, 53, LEAST) == {"north"}


def test_every_other_window_of_small_periods_is_told() -> None:
    windows = [(0, 4), (1, 5), (2, 6), (3, 7)]
    assert windows_suppressed([6] * 7, windows, LEAST) == {1, 3}
    assert windows_suppressed([0, 0, 6, 0, 0, 0, 0], windows, LEAST) == {0, 1, 2}
    assert windows_suppressed([0] * 7, windows, LEAST) == set()
