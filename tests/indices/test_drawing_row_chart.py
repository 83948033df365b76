"""Rows on one scale: what is drawn lies where its figures say, and what is missing is not drawn."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indices.drawing.dumbbell import Dumbbell, dumbbells
from indices.drawing.interval_rows import IntervalRow, interval_rows
from indices.drawing.row_chart import Key, Row, row_chart
from indices.drawing.zone_bands import ZoneBand, zone_bands

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert('x')</script>&<!--]]>{{ 7 }}"
KEYS = [Key("open", "Expectation"), Key("mark", "Perception"), Key("interval", "Interval")]
ENDS = (1.0, 7.0)
values = st.floats(1, 7)


def pictures(page: str) -> list[ElementTree.Element]:
    """The drawings, the widest first, without the samples of the legend."""
    return [one for one in ElementTree.fromstring(page).iter(f"{SVG}svg") if one.get("role") == "img"]


def of_class(picture: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in picture.iter() if name in (element.get("class") or "").split()]


def places(picture: ElementTree.Element, name: str) -> list[float]:
    return [float(one.get("cx") or 0) for one in of_class(picture, name)]


def ends_of(picture: ElementTree.Element, name: str) -> list[tuple[float, float]]:
    """The left and the right end of each horizontal line of the class."""
    found = [(one.get("d") or "").replace("H", ",").lstrip("M").split(",") for one in of_class(picture, name)]
    return [(float(one[0]), float(one[2])) for one in found]


def of_scale(picture: ElementTree.Element, value: float) -> float:
    """Where a value stands, by two of the labelled lines of the scale."""
    bottom = max(float(one.get("y") or 0) for one in of_class(picture, "series-note"))
    ticks = [one for one in of_class(picture, "series-note") if float(one.get("y") or 0) == bottom]
    first, last = ticks[0], ticks[-1]
    low, high = (float((one.text or "").replace("−", "-")) for one in (first, last))
    left, right = (float(one.get("x") or 0) for one in (first, last))
    return left + (value - low) / (high - low) * (right - left)


def gap(start: float | None, end: float | None, low: float | None, high: float | None) -> Dumbbell:
    return Dumbbell("Reliability", start, end, low, high, "−1.00", 90)


def test_a_dumbbell_leads_from_the_expectation_and_its_interval_is_laid_off_from_there() -> None:
    page = dumbbells([gap(6.0, 5.0, -1.4, -0.6)], "Gaps", "Said", ENDS, KEYS, "Gap")
    for picture in pictures(page):
        assert places(picture, "row-open") == [pytest.approx(of_scale(picture, 6.0), abs=0.1)]
        assert places(picture, "row-mark") == [pytest.approx(of_scale(picture, 5.0), abs=0.1)]
        ((left, right),) = ends_of(picture, "row-interval")
        assert left == pytest.approx(of_scale(picture, 4.6), abs=0.1)
        assert right == pytest.approx(of_scale(picture, 5.4), abs=0.1)
        assert [one.text for one in of_class(picture, "row-told")] == ["−1.00"]
        assert "6.00 → 5.00, −1.00 (−1.40 – −0.60), n = 90" in ElementTree.tostring(picture, "unicode")


def test_a_gap_that_may_be_nothing_is_quiet_and_a_clear_one_is_not() -> None:
    rows = [gap(6.0, 5.9, -0.3, 0.1), gap(6.0, 5.0, -1.2, -0.8), gap(6.0, 6.0, None, None)]
    picture = pictures(dumbbells(rows, "Gaps", "Said", ENDS, KEYS, "Gap"))[0]
    assert ["quiet-row" in (one.get("class") or "") for one in of_class(picture, "row")] == [
        True,
        False,
        True,
    ]
    assert len(of_class(picture, "row-interval")) == 2


def test_a_row_of_few_answers_keeps_its_name_and_draws_nothing() -> None:
    picture = pictures(dumbbells([gap(None, None, None, None)], "Gaps", "Said", ENDS, KEYS, "Gap"))[0]
    assert [one.text for one in of_class(picture, "row-told")] == ["–"]
    assert not of_class(picture, "row-mark") and not of_class(picture, "row-link")
    assert "Reliability: n = 90" in ElementTree.tostring(picture, "unicode")


def test_no_rows_are_no_picture() -> None:
    assert dumbbells([], "Gaps", "Said", ENDS, KEYS, "Gap") == ""


def band(perceived: float | None, verdict: str = "clearly in the zone") -> ZoneBand:
    return ZoneBand("Empathy", 5.0, 8.0, perceived, (0.4, 0.8), (-2.6, -2.2), 80, verdict)


@pytest.mark.parametrize(("perceived", "ends"), [(5.6, (5.4, 5.8)), (7.4, (5.4, 5.8))])
def test_the_interval_in_a_zone_is_that_of_the_nearer_edge(
    perceived: float, ends: tuple[float, float]
) -> None:
    """Adequate plus its interval, or desired plus its own: here both reach from 5.4 to 5.8."""
    assert band(perceived).interval == pytest.approx(ends)


def test_a_zone_is_a_band_with_what_is_perceived_in_it_and_its_verdict_in_words() -> None:
    for picture in pictures(zone_bands([band(5.6)], "Zones", "Said", (1, 9), KEYS, "Perceived")):
        (drawn,) = of_class(picture, "row-band")
        left, right = of_scale(picture, 5.0), of_scale(picture, 8.0)
        d = drawn.get("d") or ""
        assert float(d[1:].split(",")[0]) == pytest.approx(left, abs=0.1)
        assert float(d.split("H")[1].split("v")[0]) == pytest.approx(right, abs=0.1)
        assert "clearly in the zone" in [one.text for one in of_class(picture, "series-note")]
    hidden = pictures(zone_bands([band(None)], "Zones", "Said", (1, 9), KEYS, "Perceived"))[0]
    assert not of_class(hidden, "row-band")


def test_rows_stand_in_the_order_given_against_a_line_at_their_base() -> None:
    rows = [IntervalRow(name, f"{v:+.1f}", v, v - 4, v + 4, 60) for name, v in (("B", -9.0), ("A", 6.0))]
    page = interval_rows(rows, "By segment", "Said", (-200, 200), KEYS, "Difference", 0.0, 10.0, 1)
    for picture in pictures(page):
        (line,) = of_class(picture, "row-base")
        assert float((line.get("d") or "")[1:].split(",")[0]) == pytest.approx(of_scale(picture, 0), abs=0.1)
        low, high = places(picture, "row-mark")
        assert low < of_scale(picture, 0) < high
        names = [one.text for one in of_class(picture, "series-name")]
        assert names == ["B", "A"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(values, values, st.none() | values, st.text(max_size=80)), min_size=1, max_size=25),
    st.booleans(),
)
def test_whatever_the_figures_all_is_within_the_plot_and_rows_do_not_touch(
    found: list[tuple[float, float, float | None, str]], has_note: bool
) -> None:
    rows = [
        Row(
            name,
            "+0.1",
            name,
            "a note" if has_note else "",
            a,
            b,
            None if c is None else (min(a, c), max(a, c)),
        )
        for a, b, c, name in found
    ]
    for picture in pictures(row_chart(rows, "Title", "Said", ENDS)):
        tracks = of_class(picture, "row-track")
        left, right = ends_of(picture, "row-track")[0]
        drawn = places(picture, "row-mark") + places(picture, "row-open")
        drawn += [end for pair in ends_of(picture, "row-interval") for end in pair]
        assert all(left <= x <= right for x in drawn)
        heights = [float((one.get("d") or "").split(",")[1].split("H")[0]) for one in tracks]
        assert all(b - a >= 24 for a, b in pairwise(heights))
        assert max(heights) < float(picture.get("height") or 0)


def test_hostile_names_are_text() -> None:
    row = Row(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 3.0, 4.0)
    page = row_chart([row], HOSTILE, HOSTILE, ENDS, [Key("mark", HOSTILE)], HOSTILE)
    assert "<script" not in page and " style=" not in page
    ElementTree.fromstring(page)
