"""The layout of path models: any acyclic graph, nothing over anything it should not be over."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indices.drawing.geometry import Box, sampled
from indices.drawing.layout import Direction, Layout, layout

MODELS = {
    "ECSI": "ie is il eq ev es qv qs vs sc sl cl",
    "ACSI": "eq ev es qv qs vs sc sl cl",
    "SCSB": "ev es vs sc sl cl",
    "CCSI": "be bq bv bs bl eq ev qv qs vs sl",
}
DIRECTIONS: tuple[Direction, ...] = ("right", "down")


def edges_of(model: str) -> list[tuple[str, str]]:
    return [(pair[0], pair[1]) for pair in MODELS[model].split()]


def nodes_of(edges: list[tuple[str, str]]) -> list[str]:
    return sorted({node for edge in edges for node in edge})


@st.composite
def path_models(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    """Nodes in any order, edges from the earlier to the later of another order: no cycle is possible."""
    count = draw(st.integers(0, 11))
    names = [f"c{i}" for i in range(count)]
    possible = list(combinations(names, 2))
    edges = draw(st.lists(st.sampled_from(possible), unique=True, max_size=22)) if possible else []
    return draw(st.permutations(names)), edges


def shrunk(box: Box, by: float) -> Box:
    return Box(box.x + by, box.y + by, box.width - 2 * by, box.height - 2 * by)


def assert_sound(drawn: Layout, nodes: list[str], edges: list[tuple[str, str]]) -> None:
    assert list(drawn.boxes) == nodes
    assert [(route.source, route.target) for route in drawn.routes] == edges
    boxes = list(drawn.boxes.values())
    assert not any(a.overlaps(b, 15) for a, b in combinations(boxes, 2))
    whole = Box(0, 0, drawn.width, drawn.height)
    for box in boxes + [route.label for route in drawn.routes]:
        assert box.x >= whole.x and box.y >= whole.y
        assert box.right <= whole.right and box.bottom <= whole.bottom
    for route in drawn.routes:
        assert not any(route.label.overlaps(box) for box in boxes)
        way = list(sampled(route.curves, 5))
        assert not any(shrunk(box, 0.2).contains(position) for box in boxes for position in way)


def assert_leads(drawn: Layout) -> None:
    """From the far border of the source to the near one of the target, never turning back."""
    axis = 0 if drawn.direction == "right" else 1
    for route in drawn.routes:
        source, target = drawn.boxes[route.source], drawn.boxes[route.target]
        leaves, arrives = route.curves[0].start, route.curves[-1].end
        assert leaves[axis] == pytest.approx((source.right, source.bottom)[axis], abs=0.15)
        assert arrives[axis] == pytest.approx((target.x, target.y)[axis], abs=0.15)
        assert (source.y <= leaves.y <= source.bottom) and (target.y <= arrives.y <= target.bottom)
        assert (source.x <= leaves.x <= source.right) and (target.x <= arrives.x <= target.right)
        along = [position[axis] for position in sampled(route.curves, 5)]
        assert along == sorted(along)


@settings(max_examples=60, deadline=None)
@given(path_models(), st.sampled_from(DIRECTIONS))
def test_any_acyclic_model_is_drawn_in_one_direction_with_nothing_over_a_box(
    model: tuple[list[str], list[tuple[str, str]]], direction: Direction
) -> None:
    nodes, edges = model
    drawn = layout(nodes, edges, direction)
    assert_sound(drawn, nodes, edges)
    assert_leads(drawn)
    assert drawn == layout(nodes, edges, direction)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("model", MODELS)
def test_the_models_in_use_have_no_crossing_and_no_label_over_another(
    model: str, direction: Direction
) -> None:
    edges = edges_of(model)
    drawn = layout(nodes_of(edges), edges, direction)
    assert_sound(drawn, nodes_of(edges), edges)
    assert not any(a.label.overlaps(b.label) for a, b in combinations(drawn.routes, 2))
    ways = [list(sampled(route.curves, 2)) for route in drawn.routes]
    for (one, a), (other, b) in combinations(zip(drawn.routes, ways, strict=True), 2):
        if one.source == other.source or one.target == other.target:
            continue  # side by side at a box, they come near to each other
        assert not any(abs(p.x - q.x) + abs(p.y - q.y) < 2 for p in a for q in b)


@pytest.mark.parametrize("model", MODELS)
def test_the_models_in_use_fit_a_phone_downwards(model: str) -> None:
    edges = edges_of(model)
    assert layout(nodes_of(edges), edges, "down").width < 400


def test_the_longest_path_makes_the_layers() -> None:
    drawn = layout(["loyalty", "image", "satisfaction"], [("image", "satisfaction"), ("image", "loyalty")])
    assert drawn.boxes["loyalty"].x == drawn.boxes["satisfaction"].x
    chained = layout(list("abc"), [("a", "b"), ("b", "c"), ("a", "c")])
    assert chained.boxes["a"].x < chained.boxes["b"].x < chained.boxes["c"].x


def test_a_source_stands_just_before_what_it_leads_to() -> None:
    drawn = layout(list("abcx"), [("a", "b"), ("b", "c"), ("x", "c")])
    assert drawn.boxes["x"].x == drawn.boxes["b"].x


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_constructs_without_paths_get_a_place(direction: Direction) -> None:
    assert layout([], [], direction).boxes == {}
    assert set(layout(["a"], [], direction).boxes) == {"a"}
    two = layout(["a", "b"], [], direction)
    assert not two.boxes["a"].overlaps(two.boxes["b"])
    beside = layout(list("abx"), [("a", "b")], direction)
    assert beside.boxes["x"].y > max(beside.boxes["a"].y, beside.boxes["b"].y)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_forty_constructs_are_drawn(direction: Direction) -> None:
    nodes = [f"c{i}" for i in range(40)]
    edges = [(nodes[i], nodes[i + step]) for i in range(40) for step in (1 + i % 3, 7) if i + step < 40]
    drawn = layout(nodes, edges, direction)
    assert_sound(drawn, nodes, edges)
    assert_leads(drawn)


@pytest.mark.parametrize(
    "edges", [[("a", "a")], [("a", "b"), ("b", "a")], [("a", "b"), ("b", "c"), ("c", "b")]]
)
def test_a_cycle_is_refused(edges: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="cycle"):
        layout(list("abc"), edges)


def test_an_edge_to_an_unknown_construct_is_refused() -> None:
    with pytest.raises(KeyError):
        layout(["a"], [("a", "b")])


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("label_width", [20.0, 90.0])
def test_wide_labels_get_their_room(direction: Direction, label_width: float) -> None:
    edges = edges_of("ECSI")
    drawn = layout(nodes_of(edges), edges, direction, label_width)
    assert_sound(drawn, nodes_of(edges), edges)
    assert {route.label.width for route in drawn.routes} == {label_width}
