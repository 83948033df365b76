"""Text in a drawing: how wide it will be, where it breaks, and what of it may stand in a document.

A server has no fonts to measure with, so widths are estimated by the kind of letter, rather wide than narrow.
"""

import unicodedata

ELLIPSIS = "…"
# Marks that may not begin a line.
HANGING = frozenset(",.;:!?)]}%、。，．；：！？）》」』】〉’”")
# Marks that turn the direction of the text after them, beyond the label they stand in.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """On one line, without what no XML document may hold and what would disturb the text around it."""
    kept = "".join(letter if _may_stand(letter) else " " for letter in text)
    return " ".join(kept.split())


def _may_stand(letter: str) -> bool:
    noncharacter = ord(letter) & 0xFFFE == 0xFFFE
    return unicodedata.category(letter) not in {"Cc", "Cs"} and letter not in TURNING and not noncharacter


def width(text: str, size: float) -> float:
    """The estimated width in px of a text of this size in px."""
    return size * sum(_share(letter) for letter in text)


def _share(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0
    if _is_wide(letter):
        return 1
    if letter in " ilj.,:;'|!()[]tfrI1":
        return 0.36
    if letter in "mwMW@%—":
        return 0.9
    return 0.68 if letter.isupper() else 0.57


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def shortened(text: str, room: float, size: float) -> str:
    """As much of the text as there is room for, with an ellipsis where something is left out."""
    if width(text, size) <= room:
        return text
    kept = text
    while kept and width(kept + ELLIPSIS, size) > room:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def wrapped(text: str, room: float, size: float) -> list[str]:
    """One line if it fits, else two of like width; what does not fit on two is left out."""
    if width(text, size) <= room:
        return [text]
    breaks = [(text[:i].rstrip(), text[i:].lstrip()) for i in range(1, len(text)) if _may_break(text, i)]
    fitting = [pair for pair in breaks if all(width(line, size) <= room for line in pair)]
    if fitting:
        best = min(fitting, key=lambda pair: _unevenness(pair, size))
        return list(best)
    first, rest = _filled(text, breaks, room, size)
    return [first, shortened(rest, room, size)]


def _unevenness(pair: tuple[str, str], size: float) -> tuple[float, bool]:
    return max(width(line, size) for line in pair), pair[0][-1] not in HANGING


def _may_break(text: str, i: int) -> bool:
    before, after = text[i - 1], text[i]
    if after in HANGING:
        return False
    return before == " " or before == "-" or _is_wide(before) or _is_wide(after)


def _filled(text: str, breaks: list[tuple[str, str]], room: float, size: float) -> tuple[str, str]:
    """The longest first line at a break; within the word where no break comes early enough."""
    early = [pair for pair in breaks if 0 < width(pair[0], size) <= room]
    if early and width(early[-1][0], size) > room / 2:
        return early[-1]
    count = max(1, sum(width(text[: i + 1], size) <= room for i in range(len(text))))
    return text[:count].rstrip(), text[count:].lstrip()
