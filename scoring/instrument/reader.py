"""A parsed instrument file turned into an Instrument, checked as it is read."""

from collections.abc import Mapping
from typing import Any, get_args

from scoring.errors import ModelError
from scoring.instrument import MAX_ITEMS, Instrument
from scoring.instrument.columns import RATINGS, read_columns
from scoring.instrument.kinds import SINGLE, read_box, read_kano
from scoring.instrument.parts import (
    AnswerScale,
    Construct,
    Derived,
    Item,
    ItemKind,
    MeasuredItem,
    Source,
)
from scoring.instrument.routing import check_routing, read_condition, read_derived, read_sections
from scoring.instrument.values import Table, Values, first_repeated, one_text
from scoring.structural.model import MAX_CONSTRUCTS

KINDS = ("structural", *RATINGS, "kano", *SINGLE)
COMMON = "id kind languages placeholders name summary note source scales"
KEYS = {
    "structural": "headline constructs items derived sections paths",
    **dict.fromkeys(RATINGS, "constructs columns importance"),
    "kano": "wording feature",
    "nps": "constructs items sections",
    "csat": "constructs items sections box",
    "ces": "constructs items sections box",
}
LOWEST, HIGHEST = -100, 100


class Reader(Values):
    """Turns a parsed TOML document into an Instrument."""

    def instrument(self, doc: Table) -> Instrument:
        kind = self.kind(doc)
        self.only(doc, "", f"{COMMON} {KEYS[kind]}")
        self.read_languages(doc)
        self.read_placeholders(doc)
        scales = self.scales(doc)
        if kind in RATINGS:
            parts: dict[str, Any] = read_columns(self, doc, kind, scales)
        elif kind == "kano":
            parts = read_kano(self, doc, scales)
        else:
            parts = self.questions(doc, kind, scales)
        instrument = Instrument(
            id=self.code(doc, "id"),
            kind=kind,
            name=self.text(doc, "name"),
            summary=self.text(doc, "summary"),
            source=self.published(doc),
            languages=self.languages,
            placeholders=self.placeholders,
            note=self.text(doc, "note") if "note" in doc else {},
            **parts,
        )
        self.check_size(instrument)
        self.check_model(instrument)
        return instrument

    def kind(self, doc: Table) -> str:
        kind = doc.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            said = f'is "{kind}"' if isinstance(kind, str) else "is missing"
            raise self.fail("kind", f"{said}; known are {', '.join(KINDS)}")
        return kind

    def published(self, doc: Table) -> Source:
        table = self.table(doc, "source")
        self.only(table, "source", "published_by year reference")
        return Source(
            self.string(table, "published_by", "source.published_by"),
            self.whole(table, "year", "source.year"),
            self.string(table, "reference", "source.reference"),
        )

    # -- scales

    def scales(self, doc: Table) -> dict[str, AnswerScale]:
        tables = self.table(doc, "scales")
        if len(tables) > MAX_ITEMS:
            raise self.fail("scales", f"are {len(tables)}; there may be {MAX_ITEMS}")
        return {name: self.scale(table, f"scales.{name}") for name, table in tables.items()}

    def scale(self, table: Any, key: str) -> AnswerScale:
        if not isinstance(table, dict):
            raise self.fail(key, "must be a table with minimum, maximum, low and high, or labels")
        self.only(table, key, "minimum maximum step low high labels reverse")
        minimum = self.whole(table, "minimum", f"{key}.minimum")
        maximum = self.whole(table, "maximum", f"{key}.maximum")
        if not (LOWEST <= minimum < maximum <= HIGHEST):
            raise self.fail(
                f"{key}.maximum", f"the scale {minimum}..{maximum} must rise within {LOWEST}..{HIGHEST}"
            )
        step = self.whole(table, "step", f"{key}.step") if "step" in table else 1
        if step < 1 or (maximum - minimum) % step:
            raise self.fail(f"{key}.step", f"{step} does not lead from {minimum} to {maximum}")
        reverse = self.flag(table, "reverse", key, default=False)
        if "labels" in table:
            return self.labelled(table, key, AnswerScale(minimum, maximum, {}, {}, reverse, (), step))
        low, high = self.text(table, "low", f"{key}.low"), self.text(table, "high", f"{key}.high")
        return AnswerScale(minimum, maximum, low, high, reverse, (), step)

    def labelled(self, table: Table, key: str, scale: AnswerScale) -> AnswerScale:
        """The scale with a name for each point; the first and the last are the names of its ends."""
        for end in ("low", "high"):
            if end in table:
                raise self.fail(f"{key}.{end}", "the labels name the ends; leave this out")
        labels, points = table["labels"], len(scale.points)
        if not isinstance(labels, list) or len(labels) != points:
            given = len(labels) if isinstance(labels, list) else "no"
            raise self.fail(
                f"{key}.labels", f"are {given} labels; the scale has {points} points, each needs one"
            )
        texts = tuple(self.translated(one, f"{key}.labels[{n}]") for n, one in enumerate(labels, 1))
        return AnswerScale(
            scale.minimum, scale.maximum, texts[0], texts[-1], scale.reverse, texts, scale.step
        )

    def named_scale(self, table: Table, key: str, scales: Mapping[str, AnswerScale]) -> AnswerScale:
        name = self.string(table, "scale", f"{key}.scale")
        if name not in scales:
            raise self.fail(f"{key}.scale", f'"{name}" is not one of the scales: {", ".join(scales)}')
        return scales[name]

    # -- items and constructs

    def questions(self, doc: Table, kind: str, scales: Mapping[str, AnswerScale]) -> dict[str, Any]:
        """The parts of an instrument whose items are written out one by one."""
        items = self.items(doc, scales)
        derived = read_derived(self, doc, items, scales)
        constructs = self.constructs(doc, items, derived)
        sections = read_sections(self, doc, constructs, items, derived)
        check_routing(self, sections, derived)
        known = [c.code for c in constructs]
        return {
            "constructs": constructs,
            "derived": derived,
            "sections": sections,
            "paths": self.paths(doc, known) if kind == "structural" else (),
            "headline": self.headline(doc, known) if kind == "structural" else (),
            "box": read_box(self, doc, kind, constructs) if kind in SINGLE else None,
        }

    def items(self, doc: Table, scales: Mapping[str, AnswerScale]) -> dict[str, Item]:
        items: dict[str, Item] = {}
        for table, key in self.tables(doc, "items"):
            item = self.item(table, key, scales)
            if item.code in items:
                raise self.fail(f"items.{item.code}", "stands twice; item ids must be unique")
            items[item.code] = item
        return items

    def item(self, table: Table, key: str, scales: Mapping[str, AnswerScale]) -> Item:
        self.only(table, key, "id kind scale text dont_know optional show_if")
        code = self.code(table, "id", f"{key}.id")
        key = f"items.{code}"
        kind = self.item_kind(table, key)
        text = self.text(table, "text", f"{key}.text")
        optional = self.flag(table, "optional", key, default=False)
        show_if = read_condition(self, table, key)
        if kind == "scale":
            dont_know = self.flag(table, "dont_know", key, default=True)
            scale = self.named_scale(table, key, scales)
            return MeasuredItem(code, text, scale, dont_know, kind, optional, show_if)
        for name in ("scale", "dont_know"):
            if name in table:
                raise self.fail(f"{key}.{name}", f'an item of kind "{kind}" has none; leave this out')
        if kind == "open":
            return Item(code, text, None, dont_know=False, kind=kind, optional=optional, show_if=show_if)
        return MeasuredItem(code, text, self.share(), False, kind, optional, show_if)

    def item_kind(self, table: Table, key: str) -> ItemKind:
        for known in get_args(ItemKind):
            if table.get("kind", "scale") == known:
                found: ItemKind = known
                return found
        raise self.fail(f"{key}.kind", f"must be one of {', '.join(get_args(ItemKind))}")

    def share(self) -> AnswerScale:
        """The scale of points that are shared out."""
        return AnswerScale(0, 100, one_text(self.languages, "0"), one_text(self.languages, "100"))

    def constructs(
        self, doc: Table, items: Mapping[str, Item], derived: tuple[Derived, ...]
    ) -> tuple[Construct, ...]:
        inputs = {code: one.code for one in derived for code in one.inputs}
        unused = {code: item for code, item in items.items() if isinstance(item, MeasuredItem)}
        unused = {code: item for code, item in unused.items() if item.kind == "scale" and code not in inputs}
        unused |= {one.code: one.item for one in derived}
        constructs: dict[str, Construct] = {}
        for table, key in self.tables(doc, "constructs"):
            self.only(table, key, "id items name intro")
            code = self.code(table, "id", f"{key}.id")
            key = f"constructs.{code}"
            if code in constructs:
                raise self.fail(key, "stands twice; construct ids must be unique")
            own = []
            for name in self.strings(table, "items", f"{key}.items"):
                if name not in unused:
                    raise self.fail(f"{key}.items", self.why_not(name, items, inputs))
                own.append(unused.pop(name))
            if not own:
                raise self.fail(f"{key}.items", "must name at least one item")
            name_ = self.text(table, "name", f"{key}.name")
            # What has pages of its own needs no sentence for a page of the construct.
            plain = "sections" in doc and "intro" not in table
            intro = name_ if plain else self.text(table, "intro", f"{key}.intro")
            constructs[code] = Construct(code, name_, intro, tuple(own))
        if unused:
            raise self.fail(
                f"items.{next(iter(unused))}", "belongs to no construct; name it in one construct's items"
            )
        return tuple(constructs.values())

    def why_not(self, name: str, items: Mapping[str, Item], inputs: Mapping[str, str]) -> str:
        """Why a construct cannot be measured by this item."""
        if name in inputs:
            return f'item "{name}" is what "{inputs[name]}" is derived from; name that one instead'
        if name not in items:
            return f'unknown item "{name}"; every item needs an [[items]] entry'
        if items[name].kind != "scale":
            return f'item "{name}" is of kind "{items[name].kind}", which measures no construct'
        return f'item "{name}" already belongs to another construct'

    # -- structural models

    def paths(self, doc: Table, known: list[str]) -> tuple[tuple[str, str], ...]:
        paths: list[tuple[str, str]] = []
        for table, key in self.tables(doc, "paths"):
            self.only(table, key, "from to")
            source = self.string(table, "from", f"{key}.from")
            for target in self.strings(table, "to", f"{key}.to"):
                for end, name in (("from", source), ("to", target)):
                    if name not in known:
                        raise self.fail(
                            f"{key}.{end}", f'unknown construct "{name}"; known are {", ".join(known)}'
                        )
                if (source, target) in paths:
                    raise self.fail(key, f"the path from {source} to {target} stands twice")
                paths.append((source, target))
        return tuple(paths)

    def headline(self, doc: Table, known: list[str]) -> tuple[str, ...]:
        """The constructs a report opens with."""
        names = self.strings(doc, "headline")
        for name in names:
            if name not in known:
                raise self.fail("headline", f'unknown construct "{name}"; known are {", ".join(known)}')
        if not names:
            raise self.fail("headline", "must name at least one construct")
        return tuple(names)

    def check_model(self, instrument: Instrument) -> None:
        if instrument.kind != "structural":
            return
        try:
            instrument.model()
        except ModelError as error:
            raise self.fail("paths", str(error)) from None

    def check_size(self, instrument: Instrument) -> None:
        if len(instrument.asked) > MAX_ITEMS:
            raise self.fail("items", f"are {len(instrument.asked)}; there may be {MAX_ITEMS}")
        if len(instrument.constructs) > MAX_CONSTRUCTS:
            raise self.fail("constructs", f"are {len(instrument.constructs)}; there may be {MAX_CONSTRUCTS}")
        twice = first_repeated(one.code for one in instrument.sections)
        if twice:
            raise self.fail(f"sections.{twice}", "stands twice; section ids must be unique")
