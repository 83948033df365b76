"""Where the labels of edges stand: on their edge, off every box, and as far as can be off each other."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import atan2

from indices.drawing.geometry import Box, Curve, Position, sampled

OFF_BOX = 4.0
ARROW = 13.0  # the arrowhead before the target stays free
CANDIDATES = 48
FINE, COARSE = 4.0, 12.0  # px between the sampled positions of an edge
BUSY = 150  # edges; beyond, sampled coarsely and with fewer candidates, to keep a page's time short
ROUNDS = 3
# What a spot costs: a label under it, a foreign line under it (each sampled position), and its distance
# from the middle of its edge, as a share of the edge's length, and the turn it would hide, in radians.
ON_LABEL, ON_LINE, OFF_MIDDLE, ON_TURN = 100.0, 3.0, 6.0, 4.0
TURN_REACH = 4  # sampled positions before and after a spot, between which the edge may turn
CELL = 48.0


@dataclass
class Grid:
    """Who is where, by cells, so that a spot is compared with its surroundings only."""

    cells: dict[tuple[int, int], list[tuple[int, Position]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, owner: int, position: Position) -> None:
        self.cells[int(position.x // CELL), int(position.y // CELL)].append((owner, position))

    def remove(self, owner: int, position: Position) -> None:
        self.cells[int(position.x // CELL), int(position.y // CELL)].remove((owner, position))

    def within(self, box: Box) -> Iterator[tuple[int, Position]]:
        for column in range(int(box.x // CELL), int(box.right // CELL) + 1):
            for row in range(int(box.y // CELL), int(box.bottom // CELL) + 1):
                yield from ((who, p) for who, p in self.cells.get((column, row), ()) if box.contains(p))


@dataclass(frozen=True)
class Spot:
    box: Box
    off_middle: float
    turn: float


def label_spots(
    routes: Sequence[tuple[Curve, ...]],
    targets: Sequence[Box],
    boxes: Sequence[Box],
    width: float,
    height: float,
) -> list[Box]:
    """A box for the label of each route. The shortest edges, which have least choice, choose first."""
    busy = len(routes) > BUSY
    ways = [list(sampled(route, COARSE if busy else FINE)) for route in routes]
    lines = Grid()
    for i, way in enumerate(ways):
        for position in way:
            lines.add(i, position)
    count = CANDIDATES // 4 if busy else CANDIDATES
    choices = [
        _candidates(way, target, boxes, width, height, count)
        for way, target in zip(ways, targets, strict=True)
    ]
    return _chosen(choices, lines, sorted(range(len(ways)), key=lambda i: (len(ways[i]), i)))


def _chosen(choices: list[list[Spot]], lines: Grid, turn: list[int]) -> list[Box]:
    labels = Grid()
    chosen: dict[int, Spot] = {}
    base = {i: [_cost_of_lines(i, spot, lines) for spot in choices[i]] for i in turn}
    for _ in range(ROUNDS):
        for i in turn:
            if i in chosen:
                labels.remove(i, chosen[i].box.centre)
            costs = [
                cost + _cost_of_labels(spot, labels) for cost, spot in zip(base[i], choices[i], strict=True)
            ]
            chosen[i] = choices[i][costs.index(min(costs))]
            labels.add(i, chosen[i].box.centre)
    return [chosen[i].box for i in range(len(choices))]


def _candidates(
    way: list[Position], target: Box, boxes: Sequence[Box], width: float, height: float, count: int
) -> list[Spot]:
    """Spots along the way that overlap no box; its middle if a box were everywhere."""
    middle = (len(way) - 1) / 2
    near = _nearby(boxes, way, width, height)
    spots = []
    for k in range(0, len(way), max(1, len(way) // count)):
        box = Box.around(way[k], width, height)
        if not box.overlaps(target, ARROW) and not any(box.overlaps(other, OFF_BOX) for other in near):
            spots.append(Spot(box, abs(k - middle) / (middle or 1), _turn(way, k)))
    return spots or [Spot(Box.around(way[round(middle)], width, height), 0, 0)]


def _turn(way: list[Position], k: int) -> float:
    before, here = way[max(0, k - TURN_REACH)], way[k]
    after = way[min(len(way) - 1, k + TURN_REACH)]
    change = atan2(after.y - here.y, after.x - here.x) - atan2(here.y - before.y, here.x - before.x)
    return abs(change) if here not in (before, after) else 0


def _nearby(boxes: Sequence[Box], way: list[Position], width: float, height: float) -> list[Box]:
    xs, ys = [p.x for p in way], [p.y for p in way]
    reach = Box(
        min(xs) - width, min(ys) - height, max(xs) - min(xs) + 2 * width, max(ys) - min(ys) + 2 * height
    )
    return [box for box in boxes if reach.overlaps(box, OFF_BOX)]


def _cost_of_lines(own: int, spot: Spot, lines: Grid) -> float:
    under = sum(who != own for who, _ in lines.within(spot.box))
    return ON_LINE * under + OFF_MIDDLE * spot.off_middle + ON_TURN * spot.turn


def _cost_of_labels(spot: Spot, labels: Grid) -> float:
    """Labels are of one size: two overlap where a centre lies within a box twice as large, and 2 px about."""
    box = spot.box
    doubled = Box.around(box.centre, 2 * box.width + 4, 2 * box.height + 4)
    return ON_LABEL * sum(1 for _ in labels.within(doubled))
