"""Drawings as they are printed: a page's style sheet written into the SVG itself.

A setter of PDF knows no style sheets, so that every element gets the attributes which the rules for its
classes say, in the page's own colours. What is read of the style sheet is what drawings use: classes and
elements, one within another, and custom properties. Rules for screens (`@media`, `@container`) are left out.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from django.contrib.staticfiles import finders

SVG: Final = "http://www.w3.org/2000/svg"
PALETTE: Final = "deploy/barometer.css"
SHEETS: Final = ("deploy/charts.css",)  # those that drawings are looked up in
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
        "viewBox", "transform", "points",
    }
)  # fmt: skip
DROPPED: Final = frozenset({"title", "desc"})
BOLD: Final = 600  # and heavier: there are two weights in print

Declarations = Mapping[str, str]


@dataclass(frozen=True)
class Drawing:
    """An SVG that needs no style sheet, and what it says in words; empty where a table says it."""

    svg: str
    words: str


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
    return [_printed(svg, around, families) for svg, around in _found(root, Around(), room)]


def palette() -> Declarations:
    """The page's colours, by name."""
    return {name: value for name, value in _root(_sheet(PALETTE)).items() if value.startswith("#")}


def _found(
    element: ElementTree.Element, around: Around, room: float
) -> Iterator[tuple[ElementTree.Element, Around]]:
    if _name(element) == "svg":
        yield element, around
        return
    inner = _entered(element, around)[0]
    found = [one for child in element for one in _found(child, inner, room)]
    if "chart" in _part(element).classes and found:
        # Drawn more than once, the widest first; after that come samples for the legend.
        widths = [float(svg.get("width", "0")) for svg, _around in found]
        narrower = (one for one, width in zip(found, widths, strict=True) if width <= room)
        found = [next(narrower, found[0])]
    yield from found


def _printed(svg: ElementTree.Element, around: Around, families: Sequence[str]) -> Drawing:
    ElementTree.register_namespace("", SVG)
    made = _styled(svg, around)
    made.set("font-family", ", ".join(f"'{one}'" for one in families))
    words = [child.text or "" for child in svg if _name(child) in DROPPED]
    return Drawing(ElementTree.tostring(made, encoding="unicode"), " ".join(words))


def _styled(element: ElementTree.Element, around: Around) -> ElementTree.Element:
    inner, said = _entered(element, around)
    kept = {name: value for name, value in element.attrib.items() if name in KEPT}
    made = ElementTree.Element(element.tag, kept | said)
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
