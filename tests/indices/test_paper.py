"""What a PDF is set from: drawings without a style sheet, letters that are there, and text that is text."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from indices.drawing.interval_bar import interval_bar
from indices.drawing.path_diagram import Edge, Node, path_diagram
from indices.drawing.series_chart import Point, Series, series_chart
from indices.paper import fonts, typesetting
from indices.paper.lettering import UNBROKEN, plain
from indices.paper.print_styles import KEPT, drawings, palette, resolved, rules

pytestmark = pytest.mark.words
POINTS = [Point("2026-01", 70.0, 68.0, 72.0, 100), Point("2026-02", 72.0, None, None, 90, signal="beyond")]


def chart() -> str:
    return series_chart([Series("A", POINTS), Series("B", POINTS, target=75)], "Title", "Said")


def diagram() -> str:
    nodes = [Node("a", "Image", "70.0", None), Node("b", "Loyalty", "60.0", "R² 0.50")]
    edges = [Edge("a", "b", "−0.30", 0.3, certain=False, negative=True)]
    return path_diagram(nodes, edges, "Title", "Said")


def printed(html: str) -> str:
    (found,) = drawings(html, ["Noto Sans"])
    return found.svg


def elements(svg: str) -> dict[str, list[ElementTree.Element]]:
    found: dict[str, list[ElementTree.Element]] = {}
    for one in ElementTree.fromstring(svg).iter():
        found.setdefault(one.tag.rpartition("}")[2], []).append(one)
    return found


@pytest.mark.parametrize("html", [chart(), diagram(), interval_bar(50, 40, 60)])
def test_a_drawing_in_print_needs_no_style_sheet(html: str) -> None:
    svg = printed(html)
    assert "var(" not in svg and "class=" not in svg and "<title" not in svg and "transparent" not in svg
    for one in ElementTree.fromstring(svg).iter():
        assert one.attrib.keys() <= KEPT | {"font-family"}


def test_the_widest_drawing_that_there_is_room_for_is_taken() -> None:
    assert [drawings(chart(), [], room)[0].width for room in (9e9, 640)] == [900, 560]
    assert [one.words for one in drawings(chart() + diagram(), [])] == ["Title Said", "Title Said"]


def test_a_legend_is_what_stands_below_the_drawings_of_the_page() -> None:
    with translation.override("en"):
        (found,) = drawings(diagram(), ["Noto Sans"])
    words = [said for _sample, said in found.legend]
    assert words == [
        "Thicker: a stronger effect",
        "Dashed: uncertain, the interval contains 0",
        "Framed, open arrow: a negative effect",
    ]
    for sample, _said in found.legend:
        assert "var(" not in sample and ElementTree.fromstring(sample).tag.endswith("}svg")


def test_each_mark_has_the_colour_that_the_page_gives_it() -> None:
    colours = palette()
    svg = printed(chart())
    lines = [one for one in elements(svg)["path"] if one.get("stroke-width") == "2.25"]
    assert {one.get("stroke") for one in lines} == {colours["--accent"], colours["--second"]}
    second = [one for one in lines if one.get("stroke") == colours["--second"]]
    assert all(one.get("stroke-dasharray") == "6 4" for one in second)
    svg = printed(diagram())
    negative = next(one for one in elements(svg)["text"] if one.text == "−0.30")
    assert negative.get("fill") == colours["--warn"]
    index = next(one for one in elements(svg)["text"] if one.text == "70.0")
    assert (index.get("fill"), index.get("font-weight")) == (colours["--accent"], "bold")


def test_rules_of_the_style_sheet_are_read_and_those_for_screens_are_not() -> None:
    names = {name for rule in rules() for part in rule.parts for name in part.classes}
    assert {"series-line", "path-head", "bar-interval", "construct-index"} <= names
    assert not names & {"from-640", "from-900"}


def test_what_stands_for_an_unknown_name_is_taken_and_a_circle_ends() -> None:
    known = {"--a": "var(--b)", "--b": "#123456", "--c": "var(--c)"}
    assert resolved("var(--a)", known) == "#123456"
    assert resolved("var(--path, var(--accent, #14595f))", {}) == "#14595f"
    resolved("var(--c)", known)


def test_a_language_is_set_in_its_own_letters_and_chinese_never_without() -> None:
    there = {"DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK TC", "WenQuanYi Micro Hei", "Inter"}
    assert fonts.families("en", there)[0] == "Inter"
    assert fonts.families("zh-hans", there)[0] == "Noto Sans CJK SC"
    assert fonts.families("zh-hant", there)[0] == "Noto Sans CJK TC"
    assert fonts.families("zh-hant", {"WenQuanYi Micro Hei"})[0] == "WenQuanYi Micro Hei"
    assert fonts.families("en", {"DejaVu Sans", "Noto Sans CJK SC"}) == ["DejaVu Sans", "Noto Sans CJK SC"]
    for language in ("zh-hans", "zh-hant"):
        with pytest.raises(fonts.NoFont):
            fonts.families(language, {"Inter", "Libertinus Serif"})


@given(st.text(st.characters(codec=None)))
def test_text_for_paper_is_on_one_line_and_breaks_somewhere(said: str) -> None:
    kept = plain(said)
    kept.encode("utf-8")
    assert not re.search(r"[\x00-\x1f\u202a-\u202e\u2066-\u2069]", kept)
    assert not re.search(rf"[A-Za-z0-9]{{{UNBROKEN + 1}}}", kept)


def test_the_template_fetches_nothing_and_builds_no_source() -> None:
    source = Path(typesetting.TEMPLATE).read_text(encoding="utf-8")
    assert not re.search(r"#?\b(import|include|eval|read|plugin)\b\s*[(\"@]", source)
    assert "sys.inputs.data" in source
