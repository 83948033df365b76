"""The path diagram as it is written: sound XML, hostile labels as text, meaning by more than colour."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indices.drawing.path_diagram import Edge, Node, path_diagram

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert('x')</script>&amp;<!--]]>"


def node(code: str, label: str = "Image", index: str | None = "72.4", r2: str | None = "R² 0.41") -> Node:
    return Node(code, label, index, r2)


def edge(source: str = "a", target: str = "b", label: str = "0.42", **changes: float | bool) -> Edge:
    told = {"strength": 0.42, "certain": True, "negative": False} | changes
    return Edge(source, target, label, float(told["strength"]), bool(told["certain"]), bool(told["negative"]))


def drawn(nodes: list[Node], edges: list[Edge], title: str = "Model", key: str = "") -> ElementTree.Element:
    return ElementTree.fromstring(path_diagram(nodes, edges, title, "What leads to what", key))


def pictures(root: ElementTree.Element) -> list[ElementTree.Element]:
    return [svg for svg in root.iter(f"{SVG}svg") if svg.get("role") == "img"]


def words(element: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def test_both_directions_show_every_figure() -> None:
    root = drawn([node("a"), node("b", "Loyalty", "65.0")], [edge()])
    assert len(pictures(root)) == 2
    for picture in pictures(root):
        assert set(words(picture)) == {"Image", "Loyalty", "72.4", "65.0", "R² 0.41", "0.42"}


def test_titles_and_descriptions_are_named_by_ids_that_occur_once() -> None:
    both = [drawn([node("a")], [], key=key) for key in ("first", "second")]
    ids = [element.get("id") for root in both for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) == 8
    for picture in (picture for root in both for picture in pictures(root)):
        assert all(name in ids for name in (picture.get("aria-labelledby") or "").split())


def test_the_same_model_is_written_the_same_way() -> None:
    assert path_diagram([node("a")], [], "t", "d") == path_diagram([node("a")], [], "t", "d")


def test_hostile_labels_are_text() -> None:
    nodes = [node("a", HOSTILE, HOSTILE, HOSTILE), node("b\"'<", HOSTILE)]
    page = path_diagram(nodes, [edge("a", "b\"'<", HOSTILE)], HOSTILE, HOSTILE)
    root = ElementTree.fromstring(page)
    assert "<script" not in page
    assert {element.tag for element in root.iter()} <= {
        *("div", "p", "span"),
        *(f"{SVG}{name}" for name in ("svg", "title", "desc", "g", "path", "rect", "text")),
        *("svg", "path", "rect"),
    }
    assert root.find(f".//{SVG}title").text == HOSTILE  # type: ignore[union-attr]


@settings(max_examples=30, deadline=None)
@given(st.text(), st.text(), st.text())
def test_any_text_is_sound_xml(label: str, coefficient: str, title: str) -> None:
    ElementTree.fromstring(
        path_diagram([node("a", label), node("b")], [edge(label=coefficient)], title, label)
    )


def test_no_style_attribute_and_no_script_meets_the_content_policy() -> None:
    page = path_diagram([node("a"), node("b")], [edge(negative=True, certain=False)], "t", "d")
    assert " style=" not in page
    assert " on" not in page.replace(" one", "")


def test_stronger_paths_are_thicker() -> None:
    edges = [edge("a", "b", "0.10", strength=0.1), edge("b", "c", "0.90", strength=0.9)]
    root = drawn([node(code) for code in "abc"], edges)
    lines = {
        group.find(f"{SVG}title").text: float(line.get("stroke-width") or 0)  # type: ignore[union-attr]
        for group in pictures(root)[0].iter(f"{SVG}g")
        if (line := group.find(f"{SVG}path[@class='path-line']")) is not None
    }
    assert lines["Image → Image: 0.10"] < lines["Image → Image: 0.90"]


@pytest.mark.parametrize("strength", [-1.0, 5.0])
def test_a_strength_beyond_its_bounds_is_drawn_at_the_bound(strength: float) -> None:
    root = drawn([node("a"), node("b")], [edge(strength=strength)])
    thickness = float(root.find(f".//{SVG}g/{SVG}path[@class='path-line']").get("stroke-width"))  # type: ignore
    assert thickness in {1.25, 5.5}


def test_uncertain_paths_are_dashed_and_negative_ones_framed_with_an_open_arrow() -> None:
    plain = path_diagram([node("a"), node("b")], [edge()], "t", "d")
    assert "dasharray" not in plain
    assert 'class="path negative"' not in plain
    marked = drawn([node("a"), node("b")], [edge(label="−0.05", certain=False, negative=True)])
    picture = pictures(marked)[0]
    assert picture.find(f".//{SVG}path[@class='path-line']").get("stroke-dasharray")  # type: ignore[union-attr]
    assert picture.find(f".//{SVG}path[@class='path-head']").get("fill") == "none"  # type: ignore[union-attr]
    assert picture.find(f".//{SVG}rect[@class='path-pill']").get("stroke")  # type: ignore[union-attr]


def test_a_construct_without_figures_shows_its_label_only() -> None:
    root = drawn([node("a", index=None, r2=None)], [])
    assert words(pictures(root)[0]) == ["Image"]
    assert root.find("p") is None


def test_the_arrowhead_meets_the_border_of_its_target() -> None:
    picture = pictures(drawn([node("a"), node("b", "Loyalty")], [edge()]))[0]
    boxes = [float(box.get("x") or 0) for box in picture.iterfind(f".//{SVG}rect[@class='construct-box']")]
    head = picture.find(f".//{SVG}path[@class='path-head']").get("d")  # type: ignore[union-attr]
    tip = str(head).removeprefix("M").split("L")[1]
    assert float(tip.split(",")[0]) == max(boxes)


def test_a_model_that_is_not_estimated_has_plain_arrows_and_no_legend() -> None:
    root = drawn([node("a", index=None, r2=None), node("b", "Loyalty", None, None)], [edge(label="")])
    picture = pictures(root)[0]
    assert picture.find(f".//{SVG}path[@class='path-head']") is not None
    assert picture.find(f".//{SVG}rect[@class='path-pill']") is None and root.find("p") is None
    assert picture.findtext(f".//{SVG}g[@class='path']/{SVG}title") == "Image → Loyalty"
