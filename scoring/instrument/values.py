"""Single values of an instrument file: read, checked, and refused by the name of their key.

A file may come from anyone, so that whatever TOML can say is expected here: numbers of any length, texts of
any size, keys and values of any type.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scoring.instrument.parts import PLACEHOLDER, InstrumentError, Text

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}")
LONGEST_TEXT = 2_000
LARGEST_NUMBER = 1_000_000
LONGEST_LIST = 400
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Filled in by the instrument itself, so that a file cannot declare them as the company's own words.
OWN_PLACEHOLDERS = ("feature", "statement", "topic")

Table = dict[str, Any]


class Values:
    """Reads single values of one file; knows its languages and placeholders."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.languages: tuple[str, ...] = ()
        self.placeholders: tuple[str, ...] = ()

    def fail(self, key: str, problem: str) -> InstrumentError:
        return InstrumentError(self.source, key, problem)

    def read_languages(self, doc: Table) -> None:
        self.languages = tuple(self.strings(doc, "languages"))
        if "en" not in self.languages:
            raise self.fail("languages", 'must contain "en", the source language')
        for one in self.languages:
            if not LANGUAGE.fullmatch(one):
                raise self.fail("languages", f'"{one}" is not a language code, such as "en" or "zh-hans"')

    def read_placeholders(self, doc: Table) -> None:
        self.placeholders = tuple(self.strings(doc, "placeholders"))
        for one in self.placeholders:
            if not PLACEHOLDER.fullmatch(f"{{{one}}}") or one in OWN_PLACEHOLDERS:
                raise self.fail(
                    "placeholders",
                    f'"{one}" must be small letters and _, and none of {", ".join(OWN_PLACEHOLDERS)}',
                )

    def only(self, table: Table, key: str, known: str) -> None:
        for name in table:
            if name not in known.split():
                where = f"{key}.{name}" if key else name
                raise self.fail(
                    where, f"is not a key that is known here; known are {', '.join(known.split())}"
                )

    def table(self, table: Table, key: str, place: str = "") -> Table:
        value = table.get(key)
        if not isinstance(value, dict):
            raise self.fail(place or key, f"is missing; there must be a table [{place or key}]")
        return value

    def tables(self, doc: Table, key: str, required: bool = True) -> Iterator[tuple[Table, str]]:
        """Every table of a list with the key that names it."""
        if key not in doc and not required:
            return
        rows = doc.get(key)
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise self.fail(key, f"is missing; there must be at least one [[{key}]]")
        if len(rows) > LONGEST_LIST:
            raise self.fail(key, f"are {len(rows)}; there may be {LONGEST_LIST}")
        for number, row in enumerate(rows, 1):
            yield row, f"{key}[{number}]"

    def string(self, table: Table, name: str, key: str) -> str:
        value = table.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.fail(key, "is missing; there must be a text")
        return self._sound(value, key)

    def strings(self, table: Table, name: str, key: str = "") -> list[str]:
        """A list of texts, none of them twice."""
        key = key or name
        value = table.get(name)
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.fail(key, 'must be a list of texts, such as ["a", "b"]')
        if len(value) > LONGEST_LIST:
            raise self.fail(key, f"has {len(value)} texts; there may be {LONGEST_LIST}")
        for entry in value:
            if value.count(entry) > 1:
                raise self.fail(key, f'"{entry}" stands twice')
        return value

    def code(self, table: Table, name: str, key: str = "") -> str:
        value = self.string(table, name, key or name)
        if not CODE.fullmatch(value):
            raise self.fail(
                key or name,
                f'"{value}" must be small letters, digits and _, starting with a letter, at most 40',
            )
        return value

    def whole(self, table: Table, name: str, key: str) -> int:
        value = table.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_NUMBER:
            raise self.fail(key, "is missing; there must be a whole number")
        return value

    def flag(self, table: Table, name: str, key: str, default: bool) -> bool:
        value = table.get(name, default)
        if not isinstance(value, bool):
            raise self.fail(f"{key}.{name}", "must be true or false")
        return value

    def text(self, table: Table, name: str, key: str = "", own: str = "") -> Text:
        """A text in every language; `own` is the placeholder the instrument fills, which it must contain."""
        return self.translated(table.get(name), key or name, own)

    def translated(self, value: Any, key: str, own: str = "") -> Text:
        if not isinstance(value, dict):
            raise self.fail(key, f"is missing; there must be a text in {', '.join(self.languages)}")
        for language in self.languages:
            said = value.get(language)
            if not isinstance(said, str) or not said.strip():
                raise self.fail(f"{key}.{language}", "the translation is missing")
            self._check_placeholders(self._sound(said, f"{key}.{language}"), f"{key}.{language}", own)
        for language in value:
            if language not in self.languages:
                raise self.fail(
                    f"{key}.{language}", f"is not one of the languages {', '.join(self.languages)}"
                )
        return dict(value)

    def _check_placeholders(self, said: str, key: str, own: str) -> None:
        found = PLACEHOLDER.findall(said)
        for placeholder in found:
            if placeholder not in self.placeholders and placeholder != own:
                known = ", ".join((*self.placeholders, *filter(None, [own]))) or "none"
                raise self.fail(key, f"unknown placeholder {{{placeholder}}}; declared are: {known}")
        if own and own not in found:
            raise self.fail(key, f"must contain {{{own}}}")

    def _sound(self, said: str, key: str) -> str:
        if len(said) > LONGEST_TEXT:
            raise self.fail(key, f"has {len(said)} characters; there may be {LONGEST_TEXT}")
        if CONTROL.search(said):
            raise self.fail(key, "contains a control character")
        return said


def first_repeated(codes: Iterable[str]) -> str | None:
    """The first code that stood before, if any."""
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            return code
        seen.add(code)
    return None


def filled(text: Text, name: str, other: Text) -> dict[str, str]:
    """The text with `{name}` replaced by the other text, language by language."""
    return {language: said.replace(f"{{{name}}}", other[language]) for language, said in text.items()}


def one_text(languages: Iterable[str], said: str) -> Mapping[str, str]:
    """The same characters in every language, for what is only a number."""
    return dict.fromkeys(languages, said)
