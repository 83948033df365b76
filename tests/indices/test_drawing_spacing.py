"""Things on a line, near where they would like to be: apart, in order, within bounds."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indices.drawing.spacing import spread


def test_what_is_apart_already_stays() -> None:
    assert spread([10, 40, 90], apart=20, low=0, high=100) == [10, 40, 90]


def test_what_is_too_near_moves_apart_evenly() -> None:
    assert spread([50, 50], apart=20, low=0, high=100) == [40, 60]


def test_what_weighs_more_moves_less() -> None:
    assert spread([50, 50], apart=20, low=0, high=100, weights=[3, 1]) == [45, 65]


def test_nothing_leaves_the_bounds() -> None:
    assert spread([-30, -30, 5], apart=10, low=0, high=100) == [0, 10, 20]


def test_too_many_share_the_room_there_is() -> None:
    assert spread([0] * 5, apart=50, low=0, high=100) == pytest.approx([0, 25, 50, 75, 100])


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=12))
def test_places_are_in_order_apart_and_within_bounds(wanted: list[float]) -> None:
    places = spread(sorted(wanted), apart=10, low=-200, high=200)
    assert all(b - a >= 10 - 1e-6 for a, b in pairwise(places))
    assert places[0] >= -200 - 1e-6
    assert places[-1] <= 200 + 1e-6
