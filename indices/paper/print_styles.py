"""Drawings as they are printed: a page's style sheet written into the SVG itself.

A setter of PDF knows no style sheets, so that every element gets the attributes which the rules for its
classes say, in the page's own colours. What is read of the style sheet is what drawings use: classes and
elements, one within another, and custom properties. Rules for screens (`@media`, `@container`) are left out.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from django.contrib.staticfiles import finders

SVG: Final = "http://www.w3.org/2000/svg"
PALETTE: Final = "deploy/barometer.css"
SHEETS: Final = ("deploy/charts.css", "deploy/score_charts.css")  # those that drawings are looked up in
ATTRIBUTES: Final = frozenset(
    {
        "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray",
        "stroke-linecap", "stroke-linejoin", "font-size", "font-weight", "letter-spacing", "paint-order",
        "text-anchor", "opacity", "color",
    }
)  # fmt: skip
KEPT: Final = ATTRIBUTES | frozenset(
    {
        "d", "x", "y", "dx", "dy", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height",
        "viewBox", "transform", "points", "id", "patternUnits", "patternTransform",
    }
)  # fmt: skip
DROPPED: Final = frozenset({"title", "desc"})
BOLD: Final = 600  # and heavier: there are two weights in print

Declarations = Mapping[str, str]


@dataclass(frozen=True)
class Drawing:
    """An SVG that needs no style sheet, what it says in words (empty where a table says it), and its legend:
    samples, each with what it stands for."""

    svg: str
    words: str
    width: float  # px
    height: float
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Part:
    """One element of a selector: its name, empty for any, and the classes it must have."""

    name: str
    classes: frozenset[str]

    def fits(self, other: "Part") -> bool:
        return self.name in {"", other.name} and self.classes <= other.classes


@dataclass(frozen=True)
class Rule:
    """Declarations for the last of `parts`, the others being around it."""

    parts: tuple[Part, ...]
    declarations: Declarations
    place: int

    @property
    def weight(self) -> tuple[int, int, int]:
        """The heavier rule wins, of two alike the later."""
        classes = sum(len(part.classes) for part in self.parts)
        return classes, sum(bool(part.name) for part in self.parts), self.place

    def fits(self, lineage: Sequence[Part]) -> bool:
        """`lineage` is the element with all around it, outermost first."""
        *around, last = self.parts
        outer = iter(lineage[:-1])
        return last.fits(lineage[-1]) and all(any(part.fits(one) for one in outer) for part in around)


@dataclass(frozen=True)
class Around:
    """What an element inherits."""

    lineage: tuple[Part, ...] = ()
    properties: Declarations = field(default_factory=dict)


def drawings(html: str, families: Sequence[str], room: float = math.inf) -> list[Drawing]:
    """Of each chart in a piece of a page the widest drawing within `room` (px), ready for print; likewise of
    an SVG that stands alone."""
    root = ElementTree.fromstring(f"<body>{html}</body>")  # noqa: S314  our own templates made it
    return list(_found(root, Around(), families, room))


def palette() -> Declarations:
    """The page's colours, by name."""
    return {name: value for name, value in _root(_sheet(PALETTE)).items() if value.startswith("#")}


def _found(
    element: ElementTree.Element, around: Around, families: Sequence[str], room: float
) -> Iterator[Drawing]:
    if _name(element) == "svg":
        yield _printed(element, around, families)
        return
    inner = _entered(element, around)[0]
    if "chart" in _part(element).classes:
        drawn = [one for one in _svgs(element, around) if "sample" not in _part(one[0]).classes]
        fitting = (one for one in drawn if float(one[0].get("width", "0")) <= room)
        chosen = next(fitting, drawn[0])  # drawn more than once, the widest first
        yield replace(_printed(*chosen, families), legend=tuple(_legend(element, inner, families)))
        return
    for child in element:
        yield from _found(child, inner, families, room)


def _svgs(element: ElementTree.Element, around: Around) -> Iterator[tuple[ElementTree.Element, Around]]:
    if _name(element) == "svg":
        yield element, around
        return
    inner = _entered(element, around)[0]
    for child in element:
        yield from _svgs(child, inner)


def _legend(chart: ElementTree.Element, around: Around, families: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What stands below all drawings of the chart; a legend within one of them is that one's."""
    for block in (one for one in chart if "chart-legend" in _part(one).classes):
        for entry in block:
            sample = next(_svgs(entry, _entered(block, around)[0]), None)
            words = " ".join("".join(entry.itertext()).split())
            yield _printed(*sample, families).svg if sample else "", words


def _printed(svg: ElementTree.Element, around: Around, families: Sequence[str]) -> Drawing:
    ElementTree.register_namespace("", SVG)
    made = _styled(svg, around)
    made.tail = None  # what stands after it on the page is no part of it
    made.set("font-family", ", ".join(f"'{one}'" for one in families))
    words = [child.text or "" for child in svg if _name(child) in DROPPED]
    width, height = (float(svg.get(name, "1")) for name in ("width", "height"))
    return Drawing(ElementTree.tostring(made, encoding="unicode"), " ".join(words), width, height)


def _styled(element: ElementTree.Element, around: Around) -> ElementTree.Element:
    inner, said = _entered(element, around)
    kept = {name: value for name, value in element.attrib.items() if name in KEPT}
    made = ElementTree.Element(f"{{{SVG}}}{_name(element)}", kept | said)  # samples name no language
    made.text, made.tail = element.text, element.tail
    for child in element:
        if _name(child) not in DROPPED and child.get("fill") != "transparent":
            made.append(_styled(child, inner))
    return made


def _entered(element: ElementTree.Element, around: Around) -> tuple[Around, dict[str, str]]:
    """What the element hands on to those within, and the attributes that its rules give it."""
    lineage = (*around.lineage, _part(element))
    fitting = sorted((rule for rule in rules() if rule.fits(lineage)), key=lambda rule: rule.weight)
    declared = {name: value for rule in fitting for name, value in rule.declarations.items()}
    own = {name: value for name, value in declared.items() if name.startswith("--") or name == "color"}
    properties = {**around.properties, **own}
    known = {**palette(), **properties}
    said = {
        name: _attribute(name, resolved(value, known))
        for name, value in declared.items()
        if name in ATTRIBUTES
    }
    if _name(element) == "svg" and "color" in properties:
        said["color"] = resolved(properties["color"], known)
    return Around(lineage, properties), said


def _attribute(name: str, value: str) -> str:
    if name == "font-weight" and value.isdecimal():
        return "bold" if int(value) >= BOLD else "normal"
    return value


def resolved(value: str, known: Declarations) -> str:
    """Without `var(--name, otherwise)`: what is known of the name, or what stands for it."""
    for _depth in range(8):
        match = re.search(r"var\((--[\w-]+)(?:,\s*([^()]*(?:\([^()]*\))?[^()]*))?\)", value)
        if match is None:
            break
        stands = known.get(match[1], match[2] or "")
        value = value[: match.start()] + stands.strip() + value[match.end() :]
    return value


def _part(element: ElementTree.Element) -> Part:
    return Part(_name(element), frozenset(element.get("class", "").split()))


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """The rules of the charts' style sheets that are for any medium."""
    found: list[Rule] = []
    for selectors, body in (block for name in SHEETS for block in _blocks(_sheet(name))):
        if selectors.startswith("@"):
            continue
        declarations = _declarations(body)
        for selector in selectors.split(","):
            if parts := _parts(selector):
                found.append(Rule(parts, declarations, len(found)))
    return tuple(found)


def _parts(selector: str) -> tuple[Part, ...]:
    """Empty for a selector that asks for more than names and classes one within another."""
    words = selector.split()
    if not all(re.fullmatch(r"[a-z]*(\.[\w-]+)*", word) for word in words):
        return ()
    return tuple(Part(word.partition(".")[0], frozenset(word.split(".")[1:])) for word in words)


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """Each outermost `selectors { body }`."""
    depth, start, head = 0, 0, ""
    for match in re.finditer(r"[{}]", sheet):
        if match[0] == "{":
            depth += 1
            if depth == 1:
                head, start = sheet[start : match.start()].strip(), match.end()
        else:
            depth -= 1
            if depth == 0:
                yield head, sheet[start : match.start()]
                start = match.end()


def _declarations(body: str) -> dict[str, str]:
    pairs = (one.partition(":") for one in body.split(";"))
    return {name.strip(): value.strip() for name, _colon, value in pairs if value.strip()}


def _root(sheet: str) -> Declarations:
    return next((_declarations(body) for head, body in _blocks(sheet) if head == ":root"), {})


@lru_cache
def _sheet(name: str) -> str:
    path = finders.find(name)
    if not isinstance(path, str):
        raise FileNotFoundError(name)
    return re.sub(r"/\*.*?\*/", "", Path(path).read_text(encoding="utf-8"), flags=re.DOTALL)
