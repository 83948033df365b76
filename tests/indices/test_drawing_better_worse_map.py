"""The map of better and worse: points where their figures say, and labels that never cover each other."""

from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indices.drawing.better_worse_map import Spot, better_worse_map
from indices.drawing.geometry import Box, Position
from indices.drawing.point_labels import Labelled, point_labels, straight

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert('x')</script>&<!--]]>"
NAMES = {"attractive": "Attractive", "one_dimensional": "More is better", "indifferent": "I", "must_be": "M"}
AXES = ("Worse →", "↑ Better")
shares = st.floats(0, 1)


def spot(number: int, worse: float, better: float, name: str = "Delivery", is_clear: bool = True) -> Spot:
    around = [(max(0.0, one - 0.1), min(1.0, one + 0.1)) for one in (worse, better)]
    return Spot(str(number), name, worse, better, around[0], around[1], 80, is_clear, "Must-be")


def drawn(spots: list[Spot]) -> list[ElementTree.Element]:
    page = better_worse_map(spots, "Map", "Said", NAMES, AXES)
    return [one for one in ElementTree.fromstring(page).iter(f"{SVG}svg") if one.get("role") == "img"]


def of_class(picture: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in picture.iter() if name in (element.get("class") or "").split()]


def ground(picture: ElementTree.Element) -> Box:
    (rect,) = of_class(picture, "map-ground")
    return Box(*(float(rect.get(name) or 0) for name in ("x", "y", "width", "height")))


def test_a_point_stands_at_its_worse_to_the_right_and_its_better_upwards() -> None:
    for picture in drawn([spot(1, 0.75, 0.25)]):
        box, (dot,) = ground(picture), of_class(picture, "row-mark")
        assert float(dot.get("cx") or 0) == pytest.approx(box.x + 0.75 * box.width, abs=0.1)
        assert float(dot.get("cy") or 0) == pytest.approx(box.bottom - 0.25 * box.height, abs=0.1)
        across, up = (one.get("d") or "" for one in of_class(picture, "map-whisker"))
        left, right = float(across[1:].split(",")[0]), float(across.split("H")[1])
        assert (right - left) / box.width == pytest.approx(0.2, abs=0.01)
        top, low = float(up.split(",")[1].split("V")[0]), float(up.split("V")[1])
        assert (low - top) / box.height == pytest.approx(0.2, abs=0.01)


def test_no_letters_touch_the_axes() -> None:
    for picture in drawn([spot(1, 0.17, 0.14, "Self-checkout"), spot(2, 0.12, 0.1, "Home delivery")]):
        box = ground(picture)
        assert all(float(one.get("x") or 0) >= box.x + 6 for one in of_class(picture, "map-label"))


def test_the_quarters_are_named_in_their_outer_corners() -> None:
    picture = drawn([spot(1, 0.5, 0.5)])[0]
    box = ground(picture)
    places = {
        one.text: (float(one.get("x") or 0), float(one.get("y") or 0))
        for one in of_class(picture, "map-quarter")
    }
    assert places["Attractive"][0] < box.centre.x < places["More is better"][0]
    assert places["Attractive"][1] < box.centre.y < places["I"][1]
    assert places["I"][0] < box.centre.x < places["M"][0]


def test_an_unclear_class_is_an_open_mark_and_names_stand_where_there_is_room() -> None:
    large, wide, tall = drawn([spot(1, 0.2, 0.8, "Chat"), spot(2, 0.8, 0.2, "Refund", is_clear=False)])
    for picture in (large, wide, tall):
        assert len(of_class(picture, "row-mark")) == len(of_class(picture, "row-open")) == 1
    assert [one.text for one in of_class(large, "map-label")] == ["1 Chat", "2 Refund"]
    assert [one.text for one in of_class(tall, "map-label")] == ["1", "2"]


def test_nothing_to_place_is_no_picture() -> None:
    assert better_worse_map([], "Map", "Said", NAMES, AXES) == ""


def test_features_without_an_interval_or_at_the_edges_stay_within() -> None:
    bare = Spot("1", "Gift", 0.0, 1.0, None, None, 40, True, "Attractive")
    for picture in drawn([bare, spot(2, 1.0, 0.0)]):
        box = ground(picture)
        for dot in of_class(picture, "row-mark"):
            x, y = float(dot.get("cx") or 0), float(dot.get("cy") or 0)
            assert box.x <= x <= box.right and box.y <= y <= box.bottom
        assert len(of_class(picture, "map-whisker")) == 2


def test_hostile_names_are_text() -> None:
    page = better_worse_map([spot(1, 0.4, 0.4, HOSTILE)], HOSTILE, HOSTILE, NAMES, (HOSTILE, HOSTILE))
    assert "<script" not in page and " style=" not in page
    ElementTree.fromstring(page)


def test_thirty_features_in_one_place_are_drawn_and_those_without_room_go_unlabelled() -> None:
    for picture in drawn([spot(i, 0.5, 0.5, "A long name of a feature") for i in range(30)]):
        assert len(of_class(picture, "row-mark")) == 30
        places = [(one.get("x"), one.get("y")) for one in of_class(picture, "map-label")]
        assert 0 < len(places) == len(set(places))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(shares, shares, st.floats(10, 200)), min_size=1, max_size=24),
    st.lists(st.tuples(shares, shares), max_size=4),
)
def test_labels_never_overlap_each_other_any_point_or_what_is_taken(
    found: list[tuple[float, float, float]], taken: list[tuple[float, float]]
) -> None:
    within = Box(30, 20, 560, 420)

    def at(x: float, y: float) -> Position:
        return Position(within.x + x * within.width, within.y + y * within.height)

    points = [Labelled(at(x, y), 5, ((12, 15), (wide, 15))) for x, y, wide in found]
    boxes = [Box.around(at(x, y), 60, 16) for x, y in taken]
    lines = [straight(at(x, 0), at(x, 1)) for x, _y, _wide in found]
    labels = [one.box for one in point_labels(points, within, boxes, lines) if one]
    assert not any(a.overlaps(b) for a, b in combinations(labels, 2))
    for label in labels:
        assert not any(label.overlaps(one) for one in [*boxes, *(point.dot for point in points)])
        assert within.x <= label.x and label.right <= within.right
        assert within.y <= label.y and label.bottom <= within.bottom


def test_a_point_alone_has_its_fullest_label_beside_it() -> None:
    point = Labelled(Position(100, 100), 5, ((12, 15), (90, 15)))
    (label,) = point_labels([point], Box(0, 0, 400, 300), [], [])
    assert label and label.form == 1
    assert label.box.x - 105 == pytest.approx(3, abs=0.1) and abs(label.box.centre.y - 100) < 1


def test_a_full_label_that_would_stand_nearer_to_another_point_gives_way_to_its_number() -> None:
    here, there = Position(20, 150), Position(60, 150)
    points = [Labelled(at, 5, ((10, 15), (300, 15))) for at in (here, there)]
    labels = point_labels(points, Box(0, 130, 420, 40), [], [])
    assert all(labels) and {one.form for one in labels if one} == {0, 1}
