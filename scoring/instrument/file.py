"""Instrument files: TOML read into an Instrument, or refused whole.

The built-in ones lie in `scoring/instruments/`. A file with a mistake is refused naming the file, the key and
what would be right.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

from scoring.instrument import Instrument
from scoring.instrument.parts import InstrumentError
from scoring.instrument.reader import Reader

__all__ = ["BUILTIN_FOLDER", "LONGEST_FILE", "InstrumentError", "builtin", "load", "parse"]

BUILTIN_FOLDER = Path(__file__).parent.parent / "instruments"
LONGEST_FILE = 1_000_000  # characters
DEEPEST_KEY = 8

# Strings and comments, so that what is left of a line are its keys. An open string runs to the end: every
# alternative takes what it has begun, so that one pass over the text is enough whatever it contains.
_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)'
    r"|'''.*?(?:'''|\Z)"
    r'|"(?:\\.|[^"\\\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
_DEEP_KEY = re.compile(rf"[\w-]\s*(?:\.[ \t]*[\w-]++[ \t]*){{{DEEPEST_KEY},}}")


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
    if len(text) > LONGEST_FILE:
        raise InstrumentError(source, "file", f"has {len(text)} characters; there may be {LONGEST_FILE}")
    _refuse_deep_keys(text, source)
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise InstrumentError(source, "file", "is not valid TOML: too deeply nested") from None
    except ValueError as error:  # also a number with too many digits for Python to read
        raise InstrumentError(source, "file", f"is not valid TOML: {error}") from None
    return Reader(source).instrument(document)


def _refuse_deep_keys(text: str, source: str) -> None:
    """Python's TOML reader takes time with the square of a dotted key's parts: minutes for a small file."""
    for number, line in enumerate(_QUOTED.sub("s", text).split("\n"), 1):
        if line.count(".") >= DEEPEST_KEY and _DEEP_KEY.search(line):
            raise InstrumentError(
                source, "file", f"is not valid TOML: a key in line {number} has too many parts"
            )
