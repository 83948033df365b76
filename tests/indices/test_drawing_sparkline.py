"""A small trend: the same figures as in the series chart, whole where it is broken or empty."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indices.drawing.series_chart import Point
from indices.drawing.sparkline import HEIGHT, WIDTH, sparkline

SVG = "{http://www.w3.org/2000/svg}"


def point(value: float | None, broken: bool = False, label: str = "2026-01") -> Point:
    if value is None:
        return Point(label, None, None, None, 0, broken)
    return Point(label, value, value - 2, value + 2, 100, broken)


def drawn(points: list[Point], span: float = 10) -> ElementTree.Element:
    return ElementTree.fromstring(sparkline(points, "Satisfaction by period", span))


def of_class(svg: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [one for one in svg.iter() if one.get("class") == name]


def test_it_has_a_title_and_tells_every_figure_in_words() -> None:
    svg = drawn([point(70), point(None), point(72.25, label="2026-03")])
    names = {one.get("id"): one.text or "" for one in svg if one.get("id")}
    assert set((svg.get("aria-labelledby") or "").split()) == set(names) and svg.get("role") == "img"
    title, description = names.values()
    assert title == "Satisfaction by period" and "2026-03: 72.3 (70.3 – 74.3), n = 100" in description


def test_a_gap_and_a_break_part_the_line_and_its_band() -> None:
    whole = [point(70), point(71), point(72), point(73)]
    assert len(of_class(drawn(whole), "series-line")) == len(of_class(drawn(whole), "series-band")) == 1
    gap = drawn([point(70), point(71), point(None), point(72), point(73)])
    assert len(of_class(gap, "series-line")) == 2 and not of_class(gap, "series-break")
    broken = drawn([point(70), point(71), point(72, broken=True), point(73)])
    assert len(of_class(broken, "series-line")) == 2 and len(of_class(broken, "series-break")) == 1
    assert "Not comparable with the period before: 2026-01" in "".join(broken.itertext())


def test_a_small_ripple_does_not_fill_the_height() -> None:
    flat = [Point("a", 70.0, None, None, 9), Point("b", 70.5, None, None, 9)]
    assert _spread(drawn(flat, span=10)) < 0.1 * HEIGHT < 0.5 * HEIGHT < _spread(drawn(flat, span=0.5))


def _spread(svg: ElementTree.Element) -> float:
    (line,) = of_class(svg, "series-line")
    heights = [float(y) for y in re.findall(r",([0-9.]+)", line.get("d") or "")]
    return max(heights) - min(heights)


@pytest.mark.parametrize("label", ["<b>&\"'", "\0\x0b", "名" * 300, "\ud800"])
def test_hostile_names_leave_well_formed_xml(label: str) -> None:
    drawn([point(70, label=label), point(71, broken=True, label=label)])


values = st.none() | st.floats(-100, 100)


@given(st.lists(st.tuples(values, st.booleans()), max_size=14), st.floats(0.1, 20))
def test_everything_is_drawn_within_its_box(rows: list[tuple[float | None, bool]], span: float) -> None:
    svg = drawn([point(value, broken) for value, broken in rows], span)
    for one in svg.iter(f"{SVG}path"):
        for x, y in re.findall(r"(-?[0-9.]+),(-?[0-9.]+)", one.get("d") or ""):
            assert 0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT
    shown = [value for value, _broken in rows if value is not None]
    assert bool(of_class(svg, "series-dot")) == bool(shown)
