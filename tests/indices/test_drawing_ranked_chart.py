"""Segments in the order of their index: every one in a row of its own, however many and however named."""

import itertools
import re
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from indices.drawing.lettering import width
from indices.drawing.ranked_chart import RankedUnit, ranked_chart

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert('x')</script>&<!--]]>"
LONG = "The very first shop on the corner of the long street beside the old market"
CJK = "上海市浦东新区世纪大道旗舰店与体验中心以及售后服务中心"


def unit(label: str, value: float, reach: float | None, n: int = 40, clear: bool = False) -> RankedUnit:
    low, high = (None, None) if reach is None else (max(0.0, value - reach), min(100.0, value + reach))
    return RankedUnit(label, n, value, low, high, clear, f"{label}: {value}")


def drawings(units: list[RankedUnit], mean: float = 70.0) -> list[ElementTree.Element]:
    page = ranked_chart(units, mean, "Satisfaction by shop", "Highest first")
    return [one for one in ElementTree.fromstring(page).iter(f"{SVG}svg") if one.get("role") == "img"]


def of_class(picture: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in picture.iter() if name in (element.get("class") or "").split()]


def number(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name) or "nan")


def span(element: ElementTree.Element) -> tuple[float, float]:
    across = width(element.text or "", number(element, "font-size"))
    x = number(element, "x")
    left = x - {"end": across, "middle": across / 2}.get(element.get("text-anchor") or "", 0)
    return left, left + across


UNITS = st.lists(
    st.builds(
        unit,
        st.sampled_from(["North", LONG, CJK, HOSTILE, "", "W" * 90]),
        st.floats(0, 100),
        st.none() | st.floats(0, 30),
        st.integers(30, 10_000_000),
        st.booleans(),
    ),
    min_size=2,
    max_size=60,
)


@settings(max_examples=50, deadline=None)
@given(units=UNITS, mean=st.floats(0, 100))
def test_every_unit_has_its_row_and_nothing_overlaps_or_leaves_the_picture(
    units: list[RankedUnit], mean: float
) -> None:
    for picture in drawings(units, mean):
        across, height = number(picture, "width"), number(picture, "height")
        labels, dots = of_class(picture, "rank-label"), of_class(picture, "rank-dot")
        bases = [one for one in of_class(picture, "series-note") if (one.text or "").startswith("n =")]
        assert len(labels) == len(dots) == len(bases) == len(units)
        rows = [number(one, "cy") for one in dots]
        assert all(later - earlier >= 20 for earlier, later in itertools.pairwise(rows))
        assert rows[-1] < height
        for label, base, dot in zip(labels, bases, dots, strict=True):
            assert span(label)[0] >= 0 and span(base)[1] <= across + 0.1
            beside = abs(number(label, "y") - number(dot, "cy")) < 10
            end = number(dot, "cx") if beside else span(base)[0]
            assert span(label)[1] <= end
        for line in of_class(picture, "rank-interval"):
            begin, end = re.findall(r"M([\d.]+),|H([\d.]+)", line.get("d") or "")
            assert 0 <= float(begin[0]) <= float(end[1]) <= across


def test_the_mean_and_what_is_clear_of_it_are_told_apart() -> None:
    for picture in drawings([unit("North", 80, 3, clear=True), unit("South", 60, 8)]):
        first, second = of_class(picture, "rank-dot")
        (mean,) = of_class(picture, "rank-mean")
        at = float((mean.get("d") or "M0,")[1:].split(",")[0])
        assert number(second, "cx") < at < number(first, "cx")
        assert (first.get("fill"), second.get("fill")) == ("currentColor", "white")


def test_a_unit_without_an_interval_is_a_dot_alone() -> None:
    (wide, _tall) = drawings([unit("North", 80, None), unit("South", 60, 8)])
    assert len(of_class(wide, "rank-interval")) == 1
    assert not list(wide.iter(f"{SVG}script"))
