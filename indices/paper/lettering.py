"""Text for paper: plain, on one line, and with places to break where there are none."""

import re

from indices.drawing.lettering import printable

UNBROKEN = 24  # letters that stand together at most
BREAK = "\u200b"


def plain(text: object) -> str:
    """Without control characters and what turns the direction; long words may break within."""
    return re.sub(
        rf"[^\s\u2e80-\uffef]{{{UNBROKEN}}}(?=\S)", lambda found: found[0] + BREAK, printable(str(text))
    )


def lines(text: str) -> list[str]:
    """Line by line, with the blanks that a line begins with."""
    return [" " * (len(one) - len(one.lstrip(" "))) + plain(one) for one in text.splitlines()]
