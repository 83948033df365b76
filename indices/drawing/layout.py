"""The layout of any acyclic path model: boxes in layers, curves between them, a spot for each label."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from indices.drawing.alignment import Coordinates, aligned
from indices.drawing.geometry import Box, Curve, Position
from indices.drawing.label_spots import label_spots
from indices.drawing.layering import Layering, Vertex, layered
from indices.drawing.ordering import crossings, orders
from indices.drawing.routing import Measure, layer_starts, routes

Direction = Literal["right", "down"]

NODE_WIDTH, NODE_HEIGHT = 132.0, 70.0
LABEL_WIDTH, LABEL_HEIGHT = 42.0, 20.0
MARGIN = 6.0
APART = 24.0  # between boxes that stand in no path
EXTENT = 4.0  # how much a px of the drawing's breadth weighs against a px of an edge's way across
LONE_COLUMNS = 4  # of such boxes, where there is room and nothing to align with


@dataclass(frozen=True)
class Route:
    """An edge as curves from the border of its source to that of its target, and the spot of its label."""

    source: str
    target: str
    curves: tuple[Curve, ...]
    label: Box


@dataclass(frozen=True)
class Layout:
    direction: Direction
    width: float
    height: float
    boxes: dict[str, Box]
    routes: tuple[Route, ...]


def layout(
    nodes: Sequence[str],
    edges: Sequence[tuple[str, str]],
    direction: Direction = "right",
    label_width: float = LABEL_WIDTH,
) -> Layout:
    """Every edge leads in `direction`. Nodes in no path stand below the others.

    Raises ValueError if the edges form a cycle, KeyError if one names an unknown node.
    """
    number = {node: i for i, node in enumerate(nodes)}
    pairs = [(number[source], number[target]) for source, target in edges]
    layering = layered(len(nodes), pairs)
    measure = _measure(direction, label_width)
    if layering.layers:
        layering, across = _best(layering, measure)
    else:
        across = {}
    starts = layer_starts(layering, across, measure) if across else []
    placed = _placed(layering, across, starts, direction)
    curves = [_turned(route, direction) for route in routes(layering, across, starts, measure)]
    placed |= _lone([v for v in range(len(nodes)) if v not in placed], placed, direction)
    targets = [placed[target] for _, target in pairs]
    labels = label_spots(curves, targets, list(placed.values()), label_width, LABEL_HEIGHT)
    boxes = {node: placed[v] for node, v in number.items()}
    drawn = [
        Route(source, target, route, label)
        for (source, target), route, label in zip(edges, curves, labels, strict=True)
    ]
    return _framed(direction, boxes, drawn)


@lru_cache(maxsize=256)
def kept_layout(
    nodes: tuple[str, ...], edges: tuple[tuple[str, str], ...], direction: Direction, label_width: float
) -> Layout:
    """The same, found once: a model is drawn again for every period and segment."""
    return layout(nodes, edges, direction, label_width)


def _measure(direction: Direction, label_width: float) -> Measure:
    """Down is for narrow screens: edges pass closer to each other, and labels give way along them."""
    if direction == "right":
        return Measure(
            depth=NODE_WIDTH,
            breadth=NODE_HEIGHT,
            gap=label_width + 38,
            lanes=28,
            clear=24,
            apart=30,
            ports=15,
        )
    return Measure(
        depth=NODE_HEIGHT,
        breadth=NODE_WIDTH,
        gap=LABEL_HEIGHT + 36,
        lanes=26,
        clear=label_width / 2 + 8,
        apart=20,
        ports=20,
    )


def _best(layering: Layering, measure: Measure) -> tuple[Layering, Coordinates]:
    """The order with fewest crossings; of several, the one with the shortest ways and least extent."""

    def distance(one: Vertex, other: Vertex) -> float:
        return measure.distance(layering.is_dummy(one), layering.is_dummy(other))

    drawn = [(order, aligned(order, distance)) for order in orders(layering)]
    return min(drawn, key=lambda pair: _effort(*pair))


def _effort(layering: Layering, across: Coordinates) -> tuple[int, float]:
    moves = sum(abs(across[a] - across[b]) for a, b in layering.segments())
    extent = max(across.values()) - min(across.values())
    return crossings(layering.layers, layering.below()), round(moves + EXTENT * extent, 3)


def _placed(
    layering: Layering, across: Coordinates, starts: Sequence[float], direction: Direction
) -> dict[Vertex, Box]:
    placed = {}
    for layer, start in zip(layering.layers, starts, strict=True):
        for v in (v for v in layer if not layering.is_dummy(v)):
            along = start + (NODE_WIDTH if direction == "right" else NODE_HEIGHT) / 2
            centre = _turn(Position(along, across[v]), direction)
            placed[v] = Box.around(centre, NODE_WIDTH, NODE_HEIGHT)
    return placed


def _turn(position: Position, direction: Direction) -> Position:
    return position if direction == "right" else Position(position.y, position.x)


def _turned(route: Iterable[Curve], direction: Direction) -> tuple[Curve, ...]:
    return tuple(Curve(*(_turn(p, direction) for p in (c.start, c.lead, c.follow, c.end))) for c in route)


def _lone(lone: list[Vertex], placed: dict[Vertex, Box], direction: Direction) -> dict[Vertex, Box]:
    """Rows below everything else."""
    left = min((box.x for box in placed.values()), default=0)
    right = max((box.right for box in placed.values()), default=0)
    top = max((box.bottom + APART for box in placed.values()), default=0)
    pitch = NODE_WIDTH + APART
    fitting = int((right - left + APART) // pitch)
    columns = max(fitting, 1 if direction == "down" else LONE_COLUMNS)
    return {
        v: Box(
            left + i % columns * pitch, top + i // columns * (NODE_HEIGHT + APART), NODE_WIDTH, NODE_HEIGHT
        )
        for i, v in enumerate(lone)
    }


def _framed(direction: Direction, boxes: dict[str, Box], drawn: list[Route]) -> Layout:
    """Everything moved so that the margin begins at 0, 0, and rounded to what a screen can show."""
    held = [*boxes.values(), *(route.label for route in drawn)]
    bends = [p for route in drawn for curve in route.curves for p in (curve.start, curve.end)]
    left = min([box.x for box in held] + [p.x for p in bends], default=0) - MARGIN
    top = min([box.y for box in held] + [p.y for p in bends], default=0) - MARGIN
    right = max([box.right for box in held] + [p.x for p in bends], default=0) + MARGIN
    bottom = max([box.bottom for box in held] + [p.y for p in bends], default=0) + MARGIN
    moved = tuple(
        Route(
            route.source,
            route.target,
            tuple(curve.moved(-left, -top) for curve in route.curves),
            route.label.moved(-left, -top),
        )
        for route in drawn
    )
    shown = {node: box.moved(-left, -top) for node, box in boxes.items()}
    return Layout(direction, round(right - left, 1), round(bottom - top, 1), shown, moved)
