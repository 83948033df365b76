"""Instrument files: TOML read into an Instrument, or refused whole.

The built-in ones lie in `scoring/instruments/`. A file with a mistake is refused naming the file, the key and
what would be right.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from scoring.errors import ModelError
from scoring.instrument import PLACEHOLDER, AnswerScale, Construct, Instrument, Item, Source, Text

BUILTIN_FOLDER = Path(__file__).parent / "instruments"
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


class InstrumentError(ValueError):
    """An instrument file that cannot be used: names the file, the key and what would be right."""

    def __init__(self, source: str, key: str, problem: str) -> None:
        super().__init__(f"{source}: {key}: {problem}")
        self.source, self.key, self.problem = source, key, problem


@cache
def builtin() -> dict[str, Instrument]:
    """Every instrument that comes with Barometer, by id.

    Raises InstrumentError if any of the files has a mistake.
    """
    return {path.stem: load(path) for path in sorted(BUILTIN_FOLDER.glob("*.toml"))}


def load(path: Path) -> Instrument:
    """Read and check an instrument file. Raises InstrumentError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InstrumentError(path.name, "file", f"cannot be read as UTF-8 text ({error})") from None
    instrument = parse(text, path.name)
    if instrument.id != path.stem:
        raise InstrumentError(
            path.name, "id", f'is "{instrument.id}"; it must equal the file\'s name, "{path.stem}"'
        )
    return instrument


def parse(text: str, source: str) -> Instrument:
    """Read an instrument from TOML text; `source` names it in errors. Raises InstrumentError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InstrumentError(source, "file", f"is not valid TOML: {error}") from None
    return _Reader(source).instrument(document)


class _Reader:
    """Turns a parsed TOML document into an Instrument, checking as it goes."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.languages: tuple[str, ...] = ()
        self.placeholders: tuple[str, ...] = ()

    def fail(self, key: str, problem: str) -> InstrumentError:
        return InstrumentError(self.source, key, problem)

    def instrument(self, doc: dict[str, Any]) -> Instrument:
        self.only(
            doc,
            "",
            "id kind languages placeholders headline name summary source scales constructs items paths",
        )
        self.languages = tuple(self.strings(doc, "languages"))
        if "en" not in self.languages:
            raise self.fail("languages", 'must contain "en", the source language')
        self.placeholders = tuple(self.strings(doc, "placeholders"))
        constructs = self.constructs(doc, self.items(doc, self.scales(doc)))
        instrument = Instrument(
            id=self.code(doc, "id"),
            kind=self.kind(doc),
            name=self.text(doc, "name"),
            summary=self.text(doc, "summary"),
            source=self.published(doc),
            languages=self.languages,
            placeholders=self.placeholders,
            constructs=constructs,
            paths=self.paths(doc, {c.code for c in constructs}),
            headline=self.headline(doc, {c.code for c in constructs}),
        )
        self.check_model(instrument)
        return instrument

    def kind(self, doc: dict[str, Any]) -> str:
        if doc.get("kind") != "structural":
            raise self.fail("kind", f'is {doc.get("kind")!r}; known is "structural"')
        return "structural"

    def published(self, doc: dict[str, Any]) -> Source:
        table = self.table(doc, "source")
        self.only(table, "source", "published_by year reference")
        return Source(
            self.string(table, "published_by", "source.published_by"),
            self.whole(table, "year", "source.year"),
            self.string(table, "reference", "source.reference"),
        )

    def scales(self, doc: dict[str, Any]) -> dict[str, AnswerScale]:
        return {
            name: self.scale(table, f"scales.{name}") for name, table in self.table(doc, "scales").items()
        }

    def scale(self, table: Any, key: str) -> AnswerScale:
        if not isinstance(table, dict):
            raise self.fail(key, "must be a table with minimum, maximum, low and high")
        self.only(table, key, "minimum maximum low high reverse")
        minimum = self.whole(table, "minimum", f"{key}.minimum")
        maximum = self.whole(table, "maximum", f"{key}.maximum")
        if not (0 <= minimum < maximum <= 100):
            raise self.fail(f"{key}.maximum", f"the scale {minimum}..{maximum} must rise within 0..100")
        reverse = table.get("reverse", False)
        if not isinstance(reverse, bool):
            raise self.fail(f"{key}.reverse", "must be true or false")
        low, high = self.text(table, "low", f"{key}.low"), self.text(table, "high", f"{key}.high")
        return AnswerScale(minimum, maximum, low, high, reverse)

    def items(self, doc: dict[str, Any], scales: dict[str, AnswerScale]) -> dict[str, Item]:
        items: dict[str, Item] = {}
        for table, key in self.tables(doc, "items"):
            self.only(table, key, "id scale text dont_know")
            code = self.code(table, "id", f"{key}.id")
            key = f"items.{code}"
            if code in items:
                raise self.fail(key, "stands twice; item ids must be unique")
            scale = self.string(table, "scale", f"{key}.scale")
            if scale not in scales:
                raise self.fail(f"{key}.scale", f'"{scale}" is not one of the scales: {", ".join(scales)}')
            dont_know = table.get("dont_know", True)
            if not isinstance(dont_know, bool):
                raise self.fail(f"{key}.dont_know", "must be true or false")
            items[code] = Item(code, self.text(table, "text", f"{key}.text"), scales[scale], dont_know)
        return items

    def constructs(self, doc: dict[str, Any], items: dict[str, Item]) -> tuple[Construct, ...]:
        constructs: dict[str, Construct] = {}
        unused = dict(items)
        for table, key in self.tables(doc, "constructs"):
            self.only(table, key, "id items name intro")
            code = self.code(table, "id", f"{key}.id")
            key = f"constructs.{code}"
            if code in constructs:
                raise self.fail(key, "stands twice; construct ids must be unique")
            own = []
            for name in self.strings(table, "items", f"{key}.items"):
                if name not in items:
                    raise self.fail(
                        f"{key}.items", f'unknown item "{name}"; every item needs an [[items]] entry'
                    )
                if name not in unused:
                    raise self.fail(f"{key}.items", f'item "{name}" already belongs to another construct')
                own.append(unused.pop(name))
            if not own:
                raise self.fail(f"{key}.items", "must name at least one item")
            name_, intro = self.text(table, "name", f"{key}.name"), self.text(table, "intro", f"{key}.intro")
            constructs[code] = Construct(code, name_, intro, tuple(own))
        if unused:
            raise self.fail(
                f"items.{next(iter(unused))}", "belongs to no construct; name it in one construct's items"
            )
        return tuple(constructs.values())

    def paths(self, doc: dict[str, Any], known: set[str]) -> tuple[tuple[str, str], ...]:
        paths: list[tuple[str, str]] = []
        for table, key in self.tables(doc, "paths"):
            self.only(table, key, "from to")
            source = self.string(table, "from", f"{key}.from")
            for target in self.strings(table, "to", f"{key}.to"):
                for end, name in (("from", source), ("to", target)):
                    if name not in known:
                        raise self.fail(
                            f"{key}.{end}",
                            f'unknown construct "{name}"; known are {", ".join(sorted(known))}',
                        )
                if (source, target) in paths:
                    raise self.fail(key, f"the path from {source} to {target} stands twice")
                paths.append((source, target))
        return tuple(paths)

    def headline(self, doc: dict[str, Any], known: set[str]) -> tuple[str, ...]:
        """The constructs a report opens with."""
        names = self.strings(doc, "headline")
        for name in names:
            if name not in known:
                raise self.fail(
                    "headline", f'unknown construct "{name}"; known are {", ".join(sorted(known))}'
                )
        if not names:
            raise self.fail("headline", "must name at least one construct")
        return tuple(names)

    def check_model(self, instrument: Instrument) -> None:
        try:
            instrument.model()
        except ModelError as error:
            raise self.fail("paths", str(error)) from None

    # -- single values

    def only(self, table: dict[str, Any], key: str, known: str) -> None:
        for name in table:
            if name not in known.split():
                where = f"{key}.{name}" if key else name
                raise self.fail(
                    where, f"is not a key that is known here; known are {', '.join(known.split())}"
                )

    def table(self, table: dict[str, Any], key: str) -> dict[str, Any]:
        value = table.get(key)
        if not isinstance(value, dict):
            raise self.fail(key, f"is missing; there must be a table [{key}]")
        return value

    def tables(self, doc: dict[str, Any], key: str) -> Iterator[tuple[dict[str, Any], str]]:
        rows = doc.get(key)
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise self.fail(key, f"is missing; there must be at least one [[{key}]]")
        for number, row in enumerate(rows, 1):
            yield row, f"{key}[{number}]"

    def string(self, table: dict[str, Any], name: str, key: str) -> str:
        value = table.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.fail(key, "is missing; there must be a text")
        return value

    def strings(self, table: dict[str, Any], name: str, key: str = "") -> list[str]:
        value = table.get(name)
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.fail(key or name, 'must be a list of texts, such as ["a", "b"]')
        return value

    def code(self, table: dict[str, Any], name: str, key: str = "") -> str:
        value = self.string(table, name, key or name)
        if not CODE.fullmatch(value):
            raise self.fail(
                key or name, f'"{value}" must be small letters, digits and _, starting with a letter'
            )
        return value

    def whole(self, table: dict[str, Any], name: str, key: str) -> int:
        value = table.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(key, "is missing; there must be a whole number")
        return value

    def text(self, table: dict[str, Any], name: str, key: str = "") -> Text:
        key = key or name
        value = table.get(name)
        if not isinstance(value, dict):
            raise self.fail(key, f"is missing; there must be a text in {', '.join(self.languages)}")
        for language in self.languages:
            if not isinstance(value.get(language), str) or not value[language].strip():
                raise self.fail(f"{key}.{language}", "the translation is missing")
            for placeholder in PLACEHOLDER.findall(value[language]):
                if placeholder not in self.placeholders:
                    known = ", ".join(self.placeholders) or "none"
                    raise self.fail(
                        f"{key}.{language}", f"unknown placeholder {{{placeholder}}}; declared are: {known}"
                    )
        for language in value:
            if language not in self.languages:
                raise self.fail(
                    f"{key}.{language}", f"is not one of the languages {', '.join(self.languages)}"
                )
        return dict(value)
