"""Texts within a number of bytes, and names that stay different when they are cut."""

import re
from collections.abc import Iterable

ELLIPSIS = "…"
NO_NAME = re.compile(r"[^A-Za-z0-9_.]", re.ASCII)


def cut(text: str, most: int) -> str:
    """The text in at most so many bytes of UTF-8, with an ellipsis where something is missing; never a part
    of a character."""
    whole = text.encode()
    if len(whole) <= most:
        return text
    return _head(text, most - len(ELLIPSIS.encode())) + ELLIPSIS


def _head(text: str, most: int) -> str:
    return text.encode()[: max(most, 0)].decode(errors="ignore")


def unique(names: Iterable[str], most: int) -> list[str]:
    """The names in at most so many bytes, each different from every other whatever the case of its letters.

    Made of letters, digits, `.` and `_` alone, beginning with a letter and not ending in a dot, as SPSS wants
    them; a name that is taken gets a number.
    """
    taken: set[str] = set()
    found = []
    for name in names:
        tidy = NO_NAME.sub("_", name)
        tidy = tidy if tidy[:1].isalpha() else f"v{tidy}"
        found.append(_free(tidy, most, taken))
        taken.add(found[-1].lower())
    return found


def _free(name: str, most: int, taken: set[str]) -> str:
    own, number = _head(name, most).rstrip("."), 1
    while own.lower() in taken:
        number += 1
        ending = f"_{number}"
        own = _head(name, most - len(ending)) + ending
    return own
