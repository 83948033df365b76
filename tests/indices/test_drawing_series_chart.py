"""Indices over the periods: gaps stay gaps, one period is enough, many are still legible."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indices.drawing.axes import gridlines, tens, thinned
from indices.drawing.series_chart import Limits, Point, Series, series_chart

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert('x')</script>&<!--]]>"


def points(*values: float | None, label: str = "P{}") -> list[Point]:
    return [
        Point(label.format(i + 1), v, None if v is None else v - 2, None if v is None else v + 2, 250)
        for i, v in enumerate(values)
    ]


def drawn(*series: Series, **options: object) -> ElementTree.Element:
    """The narrowest drawing."""
    page = series_chart(series, "Satisfaction", "Index with its interval", **options)  # type: ignore[arg-type]
    return list(ElementTree.fromstring(page).iter(f"{SVG}svg"))[-1]


def of_class(picture: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in picture.iter() if name in (element.get("class") or "").split()]


def texts(picture: ElementTree.Element, name: str) -> list[str]:
    return [element.text or "" for element in of_class(picture, name)]


@pytest.mark.parametrize("count", [0, 1, 2, 6, 36])
def test_any_number_of_periods_is_drawn_within_the_picture(count: int) -> None:
    picture = drawn(Series("Satisfaction", points(*[70.0 + i % 5 for i in range(count)])))
    width = float(picture.get("width") or 0)
    places = [float(dot.get("cx") or 0) for dot in picture.iter(f"{SVG}circle")]
    assert all(30 < x < width - 40 for x in places)
    assert places == sorted(places)
    assert len([g for g in picture.iter(f"{SVG}g") if g.find(f"{SVG}title") is not None]) == count
    assert texts(picture, "series-value") == ([f"{70 + (count - 1) % 5}.0"] if count else [])


def test_a_period_without_a_value_breaks_the_line_and_the_band() -> None:
    picture = drawn(Series("Satisfaction", points(70, 71, None, 73, 74, None, 75)))
    assert len(of_class(picture, "series-line")) == 2
    assert len(of_class(picture, "series-band")) == 2
    assert len(of_class(picture, "series-dot")) == 5
    assert len(of_class(picture, "series-whisker")) == 1


def test_a_period_that_cannot_be_compared_breaks_the_line_and_the_band_and_is_marked() -> None:
    found = points(70, 71, 72, 73, 74)
    found[2] = replace(found[2], broken=True)
    picture = drawn(Series("Satisfaction", found))
    assert [len(of_class(picture, name)) for name in ("series-line", "series-band", "series-break")] == [
        2,
        2,
        1,
    ]
    (line,) = of_class(picture, "series-break")
    before, after = (float(of_class(picture, "series-dot")[i].get("cx") or 0) for i in (1, 2))
    assert before < float((line.get("d") or "M0,").split(",")[0][1:]) < after


def test_limits_and_a_target_lie_within_the_picture_and_begin_where_they_hold() -> None:
    found = [replace(point, signal="beyond the limits") if i == 3 else point
             for i, point in enumerate(points(70, 71, 72, 79))]  # fmt: skip
    picture = drawn(Series("Satisfaction", found, target=91.0, limits=Limits(64.0, 78.0, first=1)))
    places = [line.get("d") or "" for line in of_class(picture, "series-limit")]
    begins = {float(place.split(",")[0][1:]) for place in places}
    dots = [float(dot.get("cx") or 0) for dot in of_class(picture, "series-dot")]
    assert len(places) == 2 and dots[0] < min(begins) == max(begins) < dots[1]
    assert len(of_class(picture, "series-target")) == 1
    assert texts(picture, "series-note")[:4] == ["60", "70", "80", "90"]
    (ring,) = of_class(picture, "series-signal")
    assert float(ring.get("cx") or 0) == dots[3]
    assert "beyond the limits" in ElementTree.tostring(picture, "unicode")


def test_notes_are_numbered_above_their_periods() -> None:
    picture = drawn(Series("Satisfaction", points(70, 71, 72)), notes=((0, "1"), (2, "2")))
    marks = of_class(picture, "series-note-mark")
    dots = [dot.get("cx") for dot in of_class(picture, "series-dot")]
    assert [mark.get("cx") for mark in marks] == [dots[0], dots[2]]
    assert texts(picture, "series-name") == ["1", "2"]
    assert all(float(mark.get("cy") or 0) - 9 > 0 for mark in marks)


def test_no_value_at_all_leaves_the_scale() -> None:
    picture = drawn(Series("Satisfaction", points(None, None)))
    assert texts(picture, "series-note")[:2] == ["0", "20"]
    assert of_class(picture, "series-line") == of_class(picture, "series-dot") == []


def test_a_value_without_an_interval_is_drawn_without_one() -> None:
    bare = [Point(f"P{i}", 70.0 + i, None, None, 40) for i in range(5)]
    picture = drawn(Series("Satisfaction", bare))
    assert of_class(picture, "series-band") == of_class(picture, "series-whisker") == []
    assert len(of_class(picture, "series-line")) == 1


def test_few_periods_have_whiskers_many_a_band() -> None:
    assert len(of_class(drawn(Series("S", points(70, 72))), "series-whisker")) == 2
    assert of_class(drawn(Series("S", points(70, 72, 74, 75))), "series-whisker") == []


def test_crowded_points_are_shown_by_their_line_but_for_the_last_and_those_alone() -> None:
    picture = drawn(Series("S", points(70, None, *[71.0] * 34)))
    assert len(of_class(picture, "series-dot")) == 2


def test_the_last_value_stands_beside_its_point_also_before_a_gap_at_the_end() -> None:
    picture = drawn(Series("A", points(70, 71, None)), Series("B", points(70, 71.2, 71.1)))
    assert sorted(texts(picture, "series-value")) == ["71.0", "71.1"]


def test_two_last_values_do_not_overlap() -> None:
    picture = drawn(Series("A", points(70, 71, 72, 73)), Series("B", points(70, 71, 72, 73.1)))
    first, second = (float(element.get("y") or 0) for element in of_class(picture, "series-value"))
    assert abs(first - second) >= 14


def test_names_stand_in_a_legend_where_there_are_two() -> None:
    assert texts(drawn(Series("Only", points(70))), "series-name") == []
    both = drawn(Series("Satisfaction", points(70)), Series("Loyalty", points(60)))
    assert texts(both, "series-name") == ["Satisfaction", "Loyalty"]


def test_many_labels_thin_out_and_the_last_stays() -> None:
    picture = drawn(Series("S", points(*[70.0] * 36, label="2024-{}")))
    labels = [text for text in texts(picture, "series-note") if text.startswith("2024")]
    assert 2 <= len(labels) <= 6
    assert labels[-1] == "2024-36"


def test_more_than_two_series_or_different_periods_are_refused() -> None:
    with pytest.raises(ValueError, match="two"):
        drawn(*[Series("S", points(70))] * 3)
    with pytest.raises(ValueError, match="periods"):
        drawn(Series("A", points(70)), Series("B", points(70, 71)))


def test_hostile_names_are_text() -> None:
    page = series_chart(
        [
            Series(HOSTILE, points(70, 71, label=HOSTILE + "{}")),
            Series(HOSTILE, points(1, 2, label=HOSTILE + "{}")),
        ],
        HOSTILE,
        HOSTILE,
    )
    assert "<script" not in page
    assert " style=" not in page
    ElementTree.fromstring(page)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.none() | st.floats(-50, 150), max_size=12),
    st.text(),
)
def test_any_values_and_names_are_sound_xml_within_the_plot(values: list[float | None], name: str) -> None:
    picture = drawn(Series(name, points(*values)))
    bottom = float(picture.get("height") or 0) - 30
    assert all(0 < float(dot.get("cy") or 0) <= bottom for dot in picture.iter(f"{SVG}circle"))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9))
def test_the_scale_holds_every_value_at_tens(values: list[float]) -> None:
    low, high = tens(values)
    assert 0 <= low <= min(values) and max(values) <= high <= 100
    assert low % 10 == high % 10 == 0
    assert high - low >= 20
    assert 3 <= len(gridlines(low, high)) <= 6


def test_a_scale_may_go_below_zero() -> None:
    assert tens([-32.0, 41.0], -100, 100) == (-40, 50)
    assert 0 in gridlines(-40, 50)


def test_every_label_is_shown_where_there_is_room() -> None:
    assert thinned(6, room=100, needed=60) == [0, 1, 2, 3, 4, 5]
    assert thinned(12, room=10, needed=25) == [2, 5, 8, 11]
    assert thinned(3, room=1, needed=900) == [2]
    assert thinned(0, room=1, needed=1) == []
