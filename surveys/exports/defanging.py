"""Texts that no spreadsheet takes for a formula, from which the text can still be told.

What somebody wrote may begin like a formula, and a spreadsheet that opens a CSV file would compute it (CWE
1236). An apostrophe before it makes it a text. It is also put before a text that begins with an apostrophe
itself, so that no two texts become the same, and taking one away always gives the text back.
"""

import re
import unicodedata

MARK = "'"
STARTS = frozenset("=+-@")
NEGATIVE = re.compile(r"-[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)


def defanged(text: str) -> str:
    return MARK + text if text.startswith(MARK) or is_dangerous(text) else text


def restored(text: str) -> str:
    """What `defanged` was given."""
    return text.removeprefix(MARK)


def is_dangerous(text: str) -> bool:
    """Whether the text begins like a formula, in any width, be it after what is not seen or a quote.

    A negative number is none.
    """
    if not text or NEGATIVE.fullmatch(text):
        return False
    if text[0] in "\t\r\n":
        return True
    first = next((one for one in text if not _is_passed_over(one)), "")
    return unicodedata.normalize("NFKC", first)[:1] in STARTS if first else False


def _is_passed_over(character: str) -> bool:
    """Blanks, quotes, and characters that are not seen: marks of direction, joiners, controls."""
    return character in "\"'“”‘’`" or character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}
