"""Long texts as one line of a list shows them."""

ELLIPSIS = "…"


def shortened(text: str, longest: int) -> str:
    """At most `longest` characters on one line, cut between words where there are spaces, as in Chinese there
    are none."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    cut = line[:longest]  # its last character is the ellipsis's, and may be the space after a word
    words, _space, _part = cut.rpartition(" ")
    return (words if len(words) >= longest // 2 else cut[:-1]).rstrip(" ,;:–-") + ELLIPSIS
