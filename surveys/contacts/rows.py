"""What one row of contacts says, and what is wrong with it."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from surveys.contacts.addresses import normalised
from surveys.contacts.languages import LANGUAGES, language_of
from surveys.imports.refusals import shown
from surveys.models.contact import LONGEST_KEY, LONGEST_NAME

SEGMENT = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_OPTION = 100
MOST_SEGMENTS = 20


class Row(NamedTuple):
    """`name` and `language` are None, and a segment is missing, where nothing was said of them: then what is
    known stays. `line` says where the row came from."""

    line: int
    email: str
    key: str = ""
    name: str | None = None
    language: str | None = None
    segments: Mapping[str, str] = {}


class CellsWrong(ValueError):
    """`problems` are (name, reason); that of a segment is `segments.<code>`."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__(str(problems))
        self.problems = problems


def read(line: int, cells: Mapping[str, str], segments: Mapping[str, str]) -> Row:
    """A row from the texts of `email`, `key`, `name` and `language` (any may be missing) and its segments.
    Raises CellsWrong."""
    problems: list[tuple[str, str]] = []
    email = key = name = language = ""
    try:
        email = normalised(cells.get("email", ""))
    except ValidationError as error:
        problems.append(("email", f"{shown(cells.get('email', ''))}: {error.messages[0]}"))
    try:
        key = _line_of(cells.get("key", ""), LONGEST_KEY)
    except ValueError as error:
        problems.append(("key", str(error)))
    try:
        name = _line_of(cells.get("name", ""), LONGEST_NAME)
    except ValueError as error:
        problems.append(("name", str(error)))
    called = cells.get("language", "").strip()
    language = language_of(called) or ""
    if called and not language:
        said = _("%(cell)s is not a language of the service; those are: %(languages)s")
        problems.append(("language", said % {"cell": shown(called), "languages": ", ".join(LANGUAGES)}))
    kept = {}
    for code, text in segments.items():
        try:
            kept[code] = _line_of(text, LONGEST_OPTION)
        except ValueError as error:
            problems.append((f"segments.{code}", str(error)))
    if problems:
        raise CellsWrong(problems)
    return Row(line, email, key, name or None, language or None, kept)


def _line_of(text: str, longest: int) -> str:
    """Visible text of one line. Raises ValueError."""
    tidy = text.strip()
    if len(tidy) > longest or not tidy.isprintable():
        raise ValueError(_("must be one line of at most %d visible characters") % longest)
    return tidy
