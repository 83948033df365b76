"""Writing TOML, which the standard library only reads: as much of it as an instrument file needs."""

import json
import re
from collections.abc import Mapping
from typing import Any

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml(document: Mapping[str, Any]) -> str:
    """The document as TOML text, which `tomllib.loads` reads back to an equal one.

    Values are texts, whole numbers, truth values, lists and tables. A table of the document stands under a
    heading of its own, one of tables under a heading for each; a table within a table stands on one line.
    """
    parted = {name: _blocks(_key(name), value) for name, value in document.items()}
    plain = {name: document[name] for name, blocks in parted.items() if not blocks}
    blocks = [_lines(plain)] if plain else []
    blocks += [block for found in parted.values() for block in found]
    return "\n".join(blocks)


def _blocks(name: str, value: Any) -> list[str]:
    """The blocks under headings that the value makes; none for one that stands behind its key."""
    if isinstance(value, Mapping):
        if value and all(isinstance(one, Mapping) for one in value.values()):
            return [f"[{name}.{_key(key)}]\n{_lines(one)}" for key, one in value.items()]
        return [f"[{name}]\n{_lines(value)}"]
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        return [f"[[{name}]]\n{_lines(one)}" for one in value]
    return []


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(name)} = {_value(one)}" for name, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    raise TypeError(f"{type(value).__name__} has no place in an instrument file")


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """A basic string. JSON's escapes are TOML's too; only DEL, which JSON lets stand, TOML does not."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
