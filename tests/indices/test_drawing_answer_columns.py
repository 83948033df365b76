"""Columns of answers: as high as their shares, in groups told apart by their pattern."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indices.drawing.answer_columns import Column, Group, answer_columns

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert('x')</script>&<!--]]>"
GROUPS = [
    Group("Detractors", "20.0 %", "hatched"),
    Group("Passives", "", "dotted"),
    Group("Promoters", "", "full"),
]


def columns(counts: list[int], groups: list[int]) -> list[Column]:
    n = sum(counts) or 1
    return [
        Column(str(i), f"{i}: {count}", 100 * count / n, count, group)
        for i, (count, group) in enumerate(zip(counts, groups, strict=True))
    ]


def drawn(found: list[Column], groups: list[Group] = GROUPS) -> list[ElementTree.Element]:
    page = answer_columns(found, groups, "The answers", "Said")
    return [one for one in ElementTree.fromstring(page).iter(f"{SVG}svg") if one.get("role") == "img"]


def bars(picture: ElementTree.Element) -> list[ElementTree.Element]:
    return [one for one in picture.iter(f"{SVG}rect") if one.get("class") == "answers-bar"]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=11, max_size=11))
def test_columns_are_as_high_as_their_shares_and_stand_on_one_line(counts: list[int]) -> None:
    for picture in drawn(columns(counts, [0] * 7 + [1] * 2 + [2] * 2)):
        found = bars(picture)
        heights = [float(one.get("height") or 0) for one in found]
        feet = {round(float(one.get("y") or 0) + high, 1) for one, high in zip(found, heights, strict=True)}
        assert len(feet) == 1
        highest = max(counts)
        for high, count in zip(heights, counts, strict=True):
            assert high == pytest.approx(max(heights) * count / (highest or 1), abs=0.1)
        places = [float(one.get("x") or 0) for one in found]
        widths = [float(one.get("width") or 0) for one in found]
        assert all(a + wide < b for a, wide, b in zip(places, widths, places[1:], strict=False))


def test_groups_differ_by_what_they_are_filled_with_and_each_has_its_line_below() -> None:
    for picture in drawn(columns([1, 2, 3, 4], [0, 0, 1, 2])):
        fills = [(one.get("fill") or "").rpartition("-")[2] for one in bars(picture)]
        assert fills == ["hatched)", "hatched)", "dotted)", "currentColor"]
        lines = [one for one in picture.iter() if one.get("class") == "answers-bracket"]
        assert len(lines) == 3
        ids = {one.get("id") for one in picture.iter(f"{SVG}pattern")}
        assert {(one.get("fill") or "")[5:-1] for one in bars(picture)[:3]} <= ids


def test_a_long_scale_has_fewer_labels_and_no_figures_that_touch() -> None:
    tall = drawn(columns([3] * 41, [0] * 41), [Group("", "", "full")])[-1]
    labels = [one for one in tall.iter() if one.get("class") == "series-name"]
    assert 3 <= len(labels) < 41 and labels[-1].text == "40"
    assert not [one for one in tall.iter() if one.get("class") == "series-note"]


def test_no_answers_are_no_picture_and_none_of_a_kind_no_height() -> None:
    assert answer_columns([], GROUPS, "The answers", "Said") == ""
    assert {one.get("height") for one in bars(drawn(columns([0, 0], [0, 1]))[0])} == {"0.0"}


def test_hostile_names_are_text() -> None:
    page = answer_columns(
        [Column(HOSTILE, HOSTILE, 100, 3, 0)], [Group(HOSTILE, HOSTILE, "full")], HOSTILE, HOSTILE
    )
    assert "<script" not in page and " style=" not in page
    ElementTree.fromstring(page)
