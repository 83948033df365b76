"""The map of drivers: labels keep off each other and off every dot, whatever they are called."""

from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indices.drawing.driver_map import DOT, LABEL_SIZE, NOTE_SIZE, MapDot, driver_map
from indices.drawing.geometry import Box, Position
from indices.drawing.lettering import width

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert('x')</script>&<!--]]>\u202e\x00"
LONG = "Perceived quality of everything that was ever delivered to anybody at all"
CJK = "对服务质量和价格之间关系的总体评价以及其他方面"
CORNERS = ("act here first", "keep it up", "can wait", "perhaps more than is needed")


def dot(label: str, performance: float, importance: float, short: str = "1", certain: bool = True) -> MapDot:
    return MapDot(
        label, short, performance, performance - 3, performance + 3,
        importance, importance - 0.1, importance + 0.1, certain, f"{label}: said",
    )  # fmt: skip


def drawings(*dots: MapDot, cross: tuple[float, float] | None = (70.0, 0.4)) -> list[ElementTree.Element]:
    page = driver_map(dots, cross, CORNERS, ("Performance", "Importance"), "A map", "Of drivers")
    pictures = [one for one in ElementTree.fromstring(page).iter(f"{SVG}svg") if one.get("role") == "img"]
    assert len(pictures) == 3
    return pictures


def of_class(picture: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in picture.iter() if name in (element.get("class") or "").split()]


def number(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name) or "nan")


def words_box(element: ElementTree.Element) -> Box:
    size = number(element, "font-size")
    across = width(element.text or "", size)
    left = number(element, "x") - {"end": across, "middle": across / 2}.get(
        element.get("text-anchor") or "", 0
    )
    return Box(left, number(element, "y") - size, across, size)


def dot_box(element: ElementTree.Element) -> Box:
    return Box.around(Position(number(element, "cx"), number(element, "cy")), 2 * DOT, 2 * DOT)


NAMES = st.sampled_from(["Image", "Perceived value", LONG, CJK, HOSTILE, "", "W" * 80])
DOTS = st.builds(
    dot,
    NAMES,
    st.floats(0, 100),
    st.floats(-1.5, 1.5),
    st.integers(1, 30).map(str),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(
    dots=st.lists(DOTS, min_size=1, max_size=24),
    cross=st.none() | st.tuples(st.floats(0, 100), st.floats(-1, 1)),
)
def test_labels_overlap_nothing_and_all_stands_within_the_picture(
    dots: list[MapDot], cross: tuple[float, float] | None
) -> None:
    for picture in drawings(*dots, cross=cross):
        labels = [words_box(one) for one in of_class(picture, "map-label")]
        circles = [dot_box(one) for one in of_class(picture, "map-dot")]
        corners = [words_box(one) for one in of_class(picture, "map-corner")]
        assert len(circles) == len(dots)
        assert not any(a.overlaps(b) for a, b in combinations(labels, 2))
        assert not any(a.overlaps(b) for a in labels for b in [*circles, *corners])
        whole = Box(0, 0, number(picture, "width"), number(picture, "height"))
        for box in [*labels, *circles, *corners]:
            assert box.x >= whole.x and box.y >= whole.y
            assert box.right <= whole.right and box.bottom <= whole.bottom


def test_what_matters_more_stands_higher_and_what_does_better_further_right() -> None:
    for picture in drawings(dot("Low", 55, 0.2), dot("High", 80, 0.6)):
        low, high = (dot_box(one).centre for one in of_class(picture, "map-dot"))
        assert high.x > low.x and high.y < low.y
        (cross,) = of_class(picture, "map-cross")
        at = float((cross.get("d") or "M0,")[1:].split(",")[0])
        assert low.x < at < high.x


def test_a_dot_lies_within_its_whiskers_both_ways() -> None:
    (picture, *_narrower) = drawings(dot("Image", 72, 0.5))
    across, upwards = (one.get("d") or "" for one in of_class(picture, "map-whisker"))
    centre = dot_box(of_class(picture, "map-dot")[0]).centre
    left, right = float(across[1:].split(",")[0]), float(across.split("H")[1])
    top, bottom = float(upwards.split(",")[1].split("V")[0]), float(upwards.split("V")[1])
    assert left < centre.x < right and top < centre.y < bottom


def test_what_is_uncertain_is_hollow_and_explained() -> None:
    dots = (dot("Image", 72, 0.5), dot("Handling", 60, 0.05, certain=False))
    page = driver_map(dots, None, CORNERS, ("Performance", "Importance"), "A map", "Of drivers")
    (picture, *_narrower) = drawings(*dots)
    assert [one.get("fill") for one in of_class(picture, "map-dot")] == ["currentColor", "white"]
    assert "Hollow" in page
    assert "Hollow" not in driver_map(dots[:1], None, CORNERS, ("P", "I"), "A map", "Of drivers")


def test_in_a_crowd_the_short_form_stands_where_the_name_has_no_room() -> None:
    crowd = [dot(LONG, 70 + i / 10, 0.5 + i / 500, short=str(i)) for i in range(12)]
    labels = [one.text for one in of_class(drawings(*crowd)[-1], "map-label")]
    assert set(labels) & {str(i) for i in range(12)}


@pytest.mark.parametrize("cross", [(0.0, 1.0), (100.0, -1.0), (70.0, 0.4)])
def test_a_quadrant_too_small_for_its_name_has_none_and_no_other_gets_it(cross: tuple[float, float]) -> None:
    for picture in drawings(dot("Image", 72, 0.5), cross=cross):
        (line,) = of_class(picture, "map-cross")
        path = line.get("d") or ""
        x, y = float(path[1:].split(",")[0]), float(path.split("M")[2].split(",")[1].split("H")[0])
        for one in of_class(picture, "map-corner"):
            box = words_box(one)
            is_left, is_above = box.right <= x, box.bottom <= y
            name = next(name for name in CORNERS if name.startswith((one.text or "").rstrip("…")[:4]))
            assert CORNERS.index(name) == 2 * (not is_above) + (not is_left)


def test_it_is_named_and_described_for_who_does_not_see_it() -> None:
    for picture in drawings(dot(HOSTILE, 72, 0.5)):
        named = (picture.get("aria-labelledby") or "").split()
        ids = {one.get("id"): one.text for one in picture.iter() if one.get("id")}
        assert [ids[one] for one in named] == ["A map", "Of drivers"]
        assert not list(picture.iter(f"{SVG}script"))


def test_sizes_are_those_the_labels_were_measured_with() -> None:
    (picture, *_narrower) = drawings(dot("Image", 72, 0.5))
    assert {number(one, "font-size") for one in of_class(picture, "map-label")} == {LABEL_SIZE}
    assert {number(one, "font-size") for one in of_class(picture, "map-corner")} == {NOTE_SIZE}
