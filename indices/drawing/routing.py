"""Edges as curves from border to border: level where they pass a layer, bending only between layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from indices.drawing.alignment import Coordinates
from indices.drawing.geometry import Curve, Position
from indices.drawing.layering import Layering, Vertex
from indices.drawing.spacing import spread

STRAIGHT = 8.0  # how much more a straight edge holds its place at a border than a bent one
CORNER = 12.0  # no edge meets a box nearer to its corner


@dataclass(frozen=True)
class Measure:
    """Sizes along the direction of reading, and across it."""

    depth: float
    breadth: float
    gap: float
    lanes: float  # distance of edges that pass a layer side by side
    clear: float  # distance of such an edge from a box
    apart: float  # distance of two boxes
    ports: float  # distance of edges at the border of a box

    def half(self, dummy: bool) -> float:
        return 0 if dummy else self.breadth / 2

    def distance(self, one_is_dummy: bool, other_is_dummy: bool) -> float:
        free = {0: self.apart, 1: self.clear, 2: self.lanes}[one_is_dummy + other_is_dummy]
        return self.half(one_is_dummy) + self.half(other_is_dummy) + free


def layer_starts(layering: Layering, across: Coordinates, measure: Measure) -> list[float]:
    """Where each layer begins; a gap grows with the widest move in it, so that no edge turns too sharply."""
    depth = {v: i for i, layer in enumerate(layering.layers) for v in layer}
    widest = [0.0] * len(layering.layers)
    for upper, lower in layering.segments():
        widest[depth[upper]] = max(widest[depth[upper]], abs(across[upper] - across[lower]))
    starts = [0.0]
    for move in widest[:-1]:
        wider = min(60, 0.1 * max(0, move - measure.breadth))
        starts.append(float(round(starts[-1] + measure.depth + measure.gap + wider)))
    return starts


def routes(
    layering: Layering, across: Coordinates, starts: Sequence[float], measure: Measure
) -> list[tuple[Curve, ...]]:
    """The curves of each edge; x is along the direction of reading, y across it."""
    depth = {v: i for i, layer in enumerate(layering.layers) for v in layer}
    leave = _ports(layering, across, measure, arriving=False)
    arrive = _ports(layering, across, measure, arriving=True)
    drawn = []
    for edge, chain in enumerate(layering.chains):
        stations = [Position(starts[depth[chain[0]]] + measure.depth, leave[edge])]
        for dummy in chain[1:-1]:
            begin = starts[depth[dummy]]
            stations += [Position(begin, across[dummy]), Position(begin + measure.depth, across[dummy])]
        stations.append(Position(starts[depth[chain[-1]]], arrive[edge]))
        drawn.append(tuple(_bent(a, b) for a, b in pairwise(stations)))
    return drawn


def _bent(a: Position, b: Position) -> Curve:
    """Leaves and arrives level."""
    half = (a.x + b.x) / 2
    return Curve(a, Position(half, a.y), Position(half, b.y), b)


def _ports(layering: Layering, across: Coordinates, measure: Measure, arriving: bool) -> list[float]:
    """Where each edge meets the border of its box: towards where it comes from or goes, and apart."""
    end, beside = (-1, -2) if arriving else (0, 1)
    places = [0.0] * len(layering.chains)
    for v in range(layering.nodes):
        own = [i for i, chain in enumerate(layering.chains) if chain[end] == v]
        own.sort(key=lambda i: across[layering.chains[i][beside]])
        reach = measure.breadth / 2 - CORNER
        wanted = [_towards(v, layering.chains[i][beside], layering, across) for i in own]
        weights = [STRAIGHT if abs(w) <= reach else 1.0 for w in wanted]
        wanted = [min(max(w, -reach), reach) for w in wanted]
        for i, place in zip(own, spread(wanted, measure.ports, -reach, reach, weights), strict=True):
            places[i] = across[v] + place
    return places


def _towards(v: Vertex, other: Vertex, layering: Layering, across: Coordinates) -> float:
    """From the middle of v's border to where an edge would run straight; two boxes go half the way each."""
    way = across[other] - across[v]
    return way if layering.is_dummy(other) else way / 2
