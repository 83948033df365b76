"""The order within layers with few crossings: barycentre and median sweeps, then swaps of neighbours.

Sugiyama, K., Tagawa, S., & Toda, M. (1981). Methods for visual understanding of hierarchical system
structures. IEEE Transactions on Systems, Man, and Cybernetics, 11(2), 109-125. The swaps are those of
Gansner, E. R., Koutsofios, E., North, S. C., & Vo, K.-P. (1993). A technique for drawing directed graphs.
IEEE Transactions on Software Engineering, 19(3), 214-230.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import fmean, median

from indices.drawing.layering import Layering, Vertex

SWEEPS = 12
# Different orders to begin with, so that a poor local optimum of one is not the end.
STARTS = (1, 5, 11, 23, 37, 53)
LARGE = 600  # vertices; beyond, one start and no swaps keep a page's time short

Neighbours = dict[Vertex, list[Vertex]]
Orders = list[list[Vertex]]


def orders(layering: Layering) -> Iterator[Layering]:
    """One reduced order for each start; the caller keeps the one that draws best."""
    large = sum(len(layer) for layer in layering.layers) > LARGE
    above, below = layering.above(), layering.below()
    for start in STARTS[:1] if large else STARTS:
        first = [sorted(layer, key=lambda v: (v * start) % 97) for layer in layering.layers]
        yield layering.ordered(_reduced(first, above, below, swaps=not large))


def crossings(layers: Sequence[Sequence[Vertex]], below: Neighbours) -> int:
    """How many pairs of segments cross: inversions, layer by layer."""
    return sum(_between(upper, lower, below) for upper, lower in pairwise(layers))


def _between(upper: Sequence[Vertex], lower: Sequence[Vertex], below: Neighbours) -> int:
    place = {v: i for i, v in enumerate(lower)}
    seen: list[int] = []
    count = 0
    for v in upper:
        ends = sorted(place[w] for w in below[v])
        count += sum(len(seen) - bisect_right(seen, end) for end in ends)
        for end in ends:
            insort(seen, end)
    return count


def _reduced(layers: Orders, above: Neighbours, below: Neighbours, swaps: bool) -> Orders:
    best, fewest = layers, crossings(layers, below)
    current = layers
    for sweep in range(SWEEPS):
        current = _swept(current, above, below, downwards=sweep % 2 == 0, by_median=sweep % 4 > 1)
        if swaps:
            current = _swapped(current, above, below)
        count = crossings(current, below)
        if count < fewest:
            best, fewest = current, count
    return best


def _swept(layers: Orders, above: Neighbours, below: Neighbours, downwards: bool, by_median: bool) -> Orders:
    """Each layer in turn sorted by where its neighbours in the layer before it stand."""
    swept = [list(layer) for layer in layers]
    turn = range(1, len(swept)) if downwards else range(len(swept) - 2, -1, -1)
    for i in turn:
        fixed = swept[i - 1 if downwards else i + 1]
        place = {v: k for k, v in enumerate(fixed)}
        neighbours = above if downwards else below
        swept[i] = _by_centre(swept[i], neighbours, place, by_median)
    return swept


def _by_centre(
    layer: list[Vertex], neighbours: Neighbours, place: dict[Vertex, int], by_median: bool
) -> list[Vertex]:
    """Sorted by the centre of the neighbours; a vertex without any keeps its place."""
    centre = median if by_median else fmean
    linked = sorted(
        (v for v in layer if neighbours[v]), key=lambda v: centre([place[w] for w in neighbours[v]])
    )
    queue = iter(linked)
    return [next(queue) if neighbours[v] else v for v in layer]


def _swapped(layers: Orders, above: Neighbours, below: Neighbours) -> Orders:
    """Adjacent vertices change places as long as that takes crossings away."""
    swapped = [list(layer) for layer in layers]
    improved = True
    while improved:
        improved = False
        for i, layer in enumerate(swapped):
            beside = [(above, _places(swapped, i - 1)), (below, _places(swapped, i + 1))]
            for k in range(len(layer) - 1):
                if _gain(layer[k], layer[k + 1], beside) > 0:
                    layer[k], layer[k + 1] = layer[k + 1], layer[k]
                    improved = True
    return swapped


def _places(layers: Orders, i: int) -> dict[Vertex, int]:
    return {v: k for k, v in enumerate(layers[i])} if 0 <= i < len(layers) else {}


def _gain(left: Vertex, right: Vertex, beside: list[tuple[Neighbours, dict[Vertex, int]]]) -> int:
    gain = 0
    for neighbours, place in beside:
        for a in (place[v] for v in neighbours[left]):
            for b in (place[v] for v in neighbours[right]):
                gain += (a > b) - (a < b)
    return gain
