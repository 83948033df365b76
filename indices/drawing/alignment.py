"""Coordinates within the layers: neighbours stand opposite each other, and long edges run straight.

Brandes, U., & Köpf, B. (2002). Fast and simple horizontal coordinate assignment. Graph Drawing 2001, LNCS
2265, 31-44. Vertices are joined to blocks that share a coordinate, four times: reading the layers from
either end, and each layer from either side; the result is the average of the two middle ones. Blocks are
set by longest paths, which has not the flaw of the paper's own compaction.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import fmean

from indices.drawing.layering import Layering, Vertex

Neighbours = dict[Vertex, list[Vertex]]
Coordinates = dict[Vertex, float]
Distance = Callable[[Vertex, Vertex], float]
Segment = tuple[Vertex, Vertex]


def aligned(layering: Layering, distance: Distance) -> Coordinates:
    """A coordinate for each vertex; in each layer they rise, by at least `distance` of the two beside."""
    above, below = layering.above(), layering.below()
    conflicts = _conflicts(layering, above)
    candidates = []
    for neighbours, layers in ((above, layering.layers), (below, layering.layers[::-1])):
        candidates.append(_one(layers, neighbours, conflicts, distance))
        mirrored = _one([layer[::-1] for layer in layers], neighbours, conflicts, distance)
        candidates.append({v: -x for v, x in mirrored.items()})
    return _averaged(candidates)


def _conflicts(layering: Layering, above: Neighbours) -> set[Segment]:
    """Segments that cross one between two dummies: they may not bend it (the paper's algorithm 1)."""
    found: set[Segment] = set()
    for upper, lower in pairwise(layering.layers):
        place = {v: i for i, v in enumerate(upper)}
        first, begin = 0, 0
        for i, v in enumerate(lower):
            inner = [u for u in above[v] if layering.is_dummy(v) and layering.is_dummy(u)]
            if not inner and i < len(lower) - 1:
                continue
            last = place[inner[0]] if inner else len(upper) - 1
            for w in lower[begin : i + 1]:
                crossing = (u for u in above[w] if not first <= place[u] <= last)
                found.update((u, w) for u in crossing if not (layering.is_dummy(u) and layering.is_dummy(w)))
            first, begin = last, i + 1
    return found


def _one(
    layers: Sequence[Sequence[Vertex]], neighbours: Neighbours, conflicts: set[Segment], distance: Distance
) -> Coordinates:
    root = _blocks(layers, neighbours, conflicts)
    place = _compacted(layers, root, distance)
    return {v: place[root[v]] for v in root}


def _blocks(
    layers: Sequence[Sequence[Vertex]], neighbours: Neighbours, conflicts: set[Segment]
) -> dict[Vertex, Vertex]:
    """The first vertex of the block each vertex belongs to, aligned with its median neighbours."""
    root = {v: v for layer in layers for v in layer}
    for fixed, layer in pairwise(layers):
        place = {v: i for i, v in enumerate(fixed)}
        taken = -1
        for v in layer:
            for u in _medians(sorted(neighbours[v], key=place.__getitem__)):
                free = root[v] == v and place[u] > taken
                if free and (u, v) not in conflicts and (v, u) not in conflicts:
                    root[v] = root[u]
                    taken = place[u]
    return root


def _medians(ordered: list[Vertex]) -> list[Vertex]:
    middle = (len(ordered) - 1) // 2
    return ordered[middle : len(ordered) // 2 + 1]


def _compacted(
    layers: Sequence[Sequence[Vertex]], root: dict[Vertex, Vertex], distance: Distance
) -> Coordinates:
    """Blocks as far left as they may stand, then those with room pulled right to their neighbours."""
    after = _block_graph(layers, root, distance)
    order = _topological(after)
    place = dict.fromkeys(after, 0.0)
    for block in order:
        for other, apart in after[block].items():
            place[other] = max(place[other], place[block] + apart)
    for block in reversed(order):
        if after[block]:
            place[block] = min(place[other] - apart for other, apart in after[block].items())
    return place


def _block_graph(
    layers: Sequence[Sequence[Vertex]], root: dict[Vertex, Vertex], distance: Distance
) -> dict[Vertex, dict[Vertex, float]]:
    after: dict[Vertex, dict[Vertex, float]] = {block: {} for block in root.values()}
    for layer in layers:
        for left, right in pairwise(layer):
            beside = after[root[left]]
            beside[root[right]] = max(beside.get(root[right], 0), distance(left, right))
    return after


def _topological(after: dict[Vertex, dict[Vertex, float]]) -> list[Vertex]:
    waiting = dict.fromkeys(after, 0)
    for others in after.values():
        for other in others:
            waiting[other] += 1
    order = [block for block, count in waiting.items() if not count]
    for block in order:  # grows while it is read
        for other in after[block]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order


def _averaged(candidates: list[Coordinates]) -> Coordinates:
    """All moved onto the narrowest, those read from the far side by their far end; then their medians."""
    narrowest = min(candidates, key=lambda c: max(c.values()) - min(c.values()))
    low, high = min(narrowest.values()), max(narrowest.values())
    moved = []
    for i, candidate in enumerate(candidates):
        by = high - max(candidate.values()) if i % 2 else low - min(candidate.values())
        moved.append({v: x + by for v, x in candidate.items()})
    # Whole pixels: what is drawn from one coordinate in two ways stays together when it is written.
    return {v: round(fmean(sorted(c[v] for c in moved)[1:3])) for v in narrowest}
