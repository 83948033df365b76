"""The path diagram of a structural model: constructs with their index, paths as thick as they are strong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from indices.drawing.geometry import Box, Curve, Position, line_data, path_data
from indices.drawing.identity import identity
from indices.drawing.layout import LABEL_HEIGHT, Direction, Layout, Route, kept_layout
from indices.drawing.lettering import printable, shortened, width, wrapped

LABEL_SIZE, FIGURE_SIZE, NOTE_SIZE, PILL_SIZE = 14.0, 22.0, 12.0, 12.5  # px
INSET = 11.0  # between a box's border and its text
PILL_INSET = 5.0
WIDEST_PILL = 90.0
THINNEST, THICKEST = 1.25, 5.5  # px, of a path of strength 0 and 1
# The wide drawing is shown where the page gives it this share of its size; else letters grow too small.
LEGIBLE = 0.7
WIDTHS = (320, 480, 640, 800, 960, 1040, 1200, 1360)  # px of the page's column, known to charts.css
NARROW = 480.0  # px; a tall drawing wider than this is not shrunk onto a phone but scrolled


@dataclass(frozen=True)
class Node:
    """A construct; `index` and `r2` are shown as they are written."""

    code: str
    label: str
    index: str | None
    r2: str | None


@dataclass(frozen=True)
class Edge:
    """A path. `strength`: the size of its standardised coefficient; `certain`: its interval excludes 0.

    A path without a label is one of a model that has not been estimated.
    """

    source: str
    target: str
    label: str
    strength: float
    certain: bool
    negative: bool


@dataclass(frozen=True)
class DrawnText:
    text: str
    x: float
    y: float


@dataclass(frozen=True)
class DrawnNode:
    name: str
    box: Box
    lines: tuple[DrawnText, ...]
    index: DrawnText | None
    r2: DrawnText | None


@dataclass(frozen=True)
class DrawnEdge:
    name: str
    line: str
    head: str
    thickness: float
    casing: float  # the ground kept free of other lines beside it
    pill: Box
    text: DrawnText
    certain: bool
    negative: bool


@dataclass(frozen=True)
class Drawing:
    """What a template needs to draw the model in one direction."""

    id: str
    layout: Layout
    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]


def path_diagram(
    nodes: Sequence[Node], edges: Sequence[Edge], title: str, description: str, key: str = ""
) -> SafeString:
    """The model drawn twice, to the right and downwards; the style sheet shows the one that fits the page.

    `key` tells apart two diagrams of the same content on one page. Raises as `layout` does.
    """
    title, description = printable(title), printable(description)
    name = identity("paths", nodes, edges, title, description, key)
    wide = _drawing(f"{name}-wide", nodes, edges, "right")
    tall = _drawing(f"{name}-tall", nodes, edges, "down")
    context = {
        "title": title,
        "description": description,
        "wide": wide,
        "tall": tall,
        "from": next((w for w in WIDTHS if w >= LEGIBLE * wide.layout.width), None),
        "scrolls": tall.layout.width > NARROW,
        "estimated": any(edge.label for edge in edges),
        "some_uncertain": any(not edge.certain for edge in edges),
        "some_negative": any(edge.negative for edge in edges),
        "sizes": {"label": LABEL_SIZE, "figure": FIGURE_SIZE, "note": NOTE_SIZE, "pill": PILL_SIZE},
    }
    return render_to_string("indices/svg/path_diagram.html", context)


def _drawing(name: str, nodes: Sequence[Node], edges: Sequence[Edge], direction: Direction) -> Drawing:
    labels = [_label(edge) for edge in edges]
    widest = max((_pill_width(label) for label in labels), default=0)
    placed = kept_layout(
        tuple(node.code for node in nodes),
        tuple((edge.source, edge.target) for edge in edges),
        direction,
        widest,
    )
    names = {node.code: printable(node.label) for node in nodes}
    drawn = [
        _edge(edge, label, route, _path_name(edge, names, label), direction)
        for edge, label, route in zip(edges, labels, placed.routes, strict=True)
    ]
    # Strong paths over weak ones, certain over uncertain.
    above = sorted(range(len(drawn)), key=lambda i: (edges[i].certain, drawn[i].thickness, i))
    return Drawing(
        name,
        placed,
        tuple(_node(node, placed.boxes[node.code]) for node in nodes),
        tuple(drawn[i] for i in above),
    )


def _path_name(edge: Edge, names: Mapping[str, str], label: str) -> str:
    path = f"{names[edge.source]} → {names[edge.target]}"
    return f"{path}: {label}" if label else path


def _label(edge: Edge) -> str:
    return shortened(printable(edge.label), WIDEST_PILL - 2 * PILL_INSET, PILL_SIZE)


def _pill_width(label: str) -> float:
    return round(width(label, PILL_SIZE) + 2 * PILL_INSET, 1)


def _node(node: Node, box: Box) -> DrawnNode:
    """The label on one or two lines, under it the index, and R² at the right end of the same line."""
    name = printable(node.label)
    lines = wrapped(name, box.width - 2 * INSET, LABEL_SIZE)
    bare = node.index is None and node.r2 is None
    top = box.y + (24 if len(lines) == 1 else 19)
    if bare:
        top = box.centre.y + LABEL_SIZE * (0.35 if len(lines) == 1 else -0.2)
    foot = round(box.bottom - (15 if len(lines) == 1 else 9), 1)
    left, right = box.x + INSET, box.right - INSET
    return DrawnNode(
        name=name,
        box=box,
        lines=tuple(
            DrawnText(line, left, round(top + i * (LABEL_SIZE + 1.5), 1)) for i, line in enumerate(lines)
        ),
        index=DrawnText(printable(node.index), left, foot) if node.index is not None else None,
        r2=DrawnText(printable(node.r2), right, foot) if node.r2 is not None else None,
    )


def _edge(edge: Edge, label: str, route: Route, name: str, direction: Direction) -> DrawnEdge:
    thickness = round(THINNEST + (THICKEST - THINNEST) * min(1.0, max(0.0, edge.strength)), 2)
    length, half = 6 + 1.2 * thickness, 3 + 0.9 * thickness
    spot = route.label.centre
    return DrawnEdge(
        name=name,
        line=path_data(_cut_back(route.curves, length - 1, direction)),
        head=_arrowhead(route.curves[-1].end, length, half, direction),
        thickness=thickness,
        casing=thickness + 6,
        pill=Box.around(spot, _pill_width(label), LABEL_HEIGHT).moved(0, 0),
        text=DrawnText(label, spot.x, round(spot.y + PILL_SIZE * 0.36, 1)),
        certain=edge.certain,
        negative=edge.negative,
    )


def _cut_back(curves: Sequence[Curve], by: float, direction: Direction) -> list[Curve]:
    """Ends where the arrowhead begins: a thick line would else stick out at its tip."""
    last = curves[-1]
    dx, dy = (-by, 0) if direction == "right" else (0, -by)
    end = Position(last.end.x + dx, last.end.y + dy)
    follow = Position(last.follow.x + dx, last.follow.y + dy)
    return [*curves[:-1], Curve(last.start, last.lead, follow, end)]


def _arrowhead(tip: Position, length: float, half: float, direction: Direction) -> str:
    if direction == "right":
        corners = [Position(tip.x - length, tip.y - half), tip, Position(tip.x - length, tip.y + half)]
    else:
        corners = [Position(tip.x - half, tip.y - length), tip, Position(tip.x + half, tip.y - length)]
    return line_data(corners, closed=True)
