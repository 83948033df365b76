"""Layers of a path model: every path leads to a later layer, and stops at each layer on its way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

Vertex = int  # nodes come first, in their order; then the dummies, where a path passes a layer
Layer = tuple[Vertex, ...]


@dataclass(frozen=True)
class Layering:
    """`chains` hold each edge's vertices, from its source over its dummies to its target."""

    layers: tuple[Layer, ...]
    chains: tuple[tuple[Vertex, ...], ...]
    nodes: int

    def is_dummy(self, vertex: Vertex) -> bool:
        return vertex >= self.nodes

    def above(self) -> dict[Vertex, list[Vertex]]:
        """The neighbours in the layer before."""
        found: dict[Vertex, list[Vertex]] = {v: [] for layer in self.layers for v in layer}
        for upper, lower in self.segments():
            found[lower].append(upper)
        return found

    def below(self) -> dict[Vertex, list[Vertex]]:
        """The neighbours in the layer after."""
        found: dict[Vertex, list[Vertex]] = {v: [] for layer in self.layers for v in layer}
        for upper, lower in self.segments():
            found[upper].append(lower)
        return found

    def segments(self) -> list[tuple[Vertex, Vertex]]:
        return [pair for chain in self.chains for pair in pairwise(chain)]

    def ordered(self, layers: Sequence[Sequence[Vertex]]) -> "Layering":
        return replace(self, layers=tuple(tuple(layer) for layer in layers))


def layered(count: int, edges: Sequence[tuple[Vertex, Vertex]]) -> Layering:
    """Longest-path layers of the nodes 0..count-1 that stand in a path. Raises ValueError at a cycle."""
    depth = _pulled(_longest_paths(count, edges), edges)
    linked = sorted({v for edge in edges for v in edge})
    layers: list[list[Vertex]] = [[] for _ in range(max((depth[v] for v in linked), default=-1) + 1)]
    for v in linked:
        layers[depth[v]].append(v)
    chains = []
    dummy = count
    for source, target in edges:
        passed = range(depth[source] + 1, depth[target])
        for layer in passed:
            layers[layer].append(dummy + layer - passed.start)
        chains.append((source, *range(dummy, dummy + len(passed)), target))
        dummy += len(passed)
    return Layering(tuple(tuple(layer) for layer in layers), tuple(chains), count)


def _longest_paths(count: int, edges: Sequence[tuple[Vertex, Vertex]]) -> list[int]:
    """The number of edges on the longest path that leads to each node."""
    depth = [0] * count
    waiting = [sum(target == v for _, target in edges) for v in range(count)]
    ready = [v for v in range(count) if not waiting[v]]
    for v in ready:  # grows while it is read
        for _, target in (edge for edge in edges if edge[0] == v):
            depth[target] = max(depth[target], depth[v] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    if len(ready) < count:
        raise ValueError("the paths form a cycle")
    return depth


def _pulled(depth: list[int], edges: Sequence[tuple[Vertex, Vertex]]) -> list[int]:
    """Nodes that send more paths than they receive stand as near to their targets as they can."""
    pulled = list(depth)
    for v in sorted(range(len(depth)), key=lambda v: -depth[v]):
        leaving = [target for source, target in edges if source == v]
        arriving = sum(target == v for _, target in edges)
        if len(leaving) > arriving:
            pulled[v] = min(pulled[target] for target in leaving) - 1
    return pulled
