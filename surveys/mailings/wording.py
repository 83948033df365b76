"""What a mail says: an editor's text with placeholders out of a closed list, and nothing else that is run.

Of Python's format strings only `{name}` is taken: no attribute, index, conversion or format spec, so that a
text reaches nothing but the eight values. A value is put in as it is: braces in it mean nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from string import Formatter

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NAME, LINK, SURVEY, ORGANISATION, OPT_OUT = "name", "link", "survey", "organisation", "opt_out"
COMPANY = "company"  # as respondents know it; the names of survey and organisation are internal
RATING = "rating"  # a scale of links, of several lines
IN_BODY = (NAME, COMPANY, LINK, RATING, SURVEY, ORGANISATION, OPT_OUT)
IN_SUBJECT = (NAME, COMPANY, SURVEY, ORGANISATION)
LABELS = {LINK: gettext_lazy("open the questionnaire"), OPT_OUT: gettext_lazy("opt out here")}
LONGEST_SUBJECT, LONGEST_BODY = 150, 5_000


class TextRefused(ValueError):
    """The text holds what is no placeholder, or lacks one; the message is for who wrote it."""


def check_subject(text: str) -> None:
    """Raises TextRefused."""
    list(_pieces(text, IN_SUBJECT))


def check_body(text: str, with_rating: bool = False) -> None:
    """A mail with a rating shows it, and needs no other link to the questionnaire. Raises TextRefused."""
    found = {name for _text, name in _pieces(text, IN_BODY)}
    needed = (RATING if with_rating else LINK, OPT_OUT)
    if missing := [name for name in needed if name not in found]:
        raise TextRefused(_("The text lacks %s.") % _braced(missing))
    if RATING in found and not with_rating:
        raise TextRefused(_("Choose the rating that is to stand at %s, or leave it out.") % _braced([RATING]))


def with_rating(text: str) -> str:
    """The text with the rating before the paragraph of the link, where it has no rating yet."""
    rating, link = _braced([RATING]), _braced([LINK])
    paragraphs = text.replace("\r\n", "\n").split("\n\n")
    place = next((place for place, said in enumerate(paragraphs) if link in said), None)
    if rating in text or place is None:
        return text
    return "\n\n".join([*paragraphs[:place], rating, *paragraphs[place:]])


def subject(text: str, values: Mapping[str, str]) -> str:
    """One line: a header takes no other, whatever a person or a survey is called."""
    return " ".join(_filled(text, IN_SUBJECT, values).split())


def plain(text: str, values: Mapping[str, str]) -> str:
    return _filled(text, IN_BODY, values)


def marked_up(text: str, values: Mapping[str, str]) -> SafeString:
    """The same as HTML: everything escaped, the two addresses as links that say in the active language what
    they open, empty lines between paragraphs. Only the rating is markup already."""
    paragraphs = text.replace("\r\n", "\n").strip().split("\n\n")
    made = "".join(_paragraph(list(_pieces(one, IN_BODY)), values) for one in paragraphs if one.strip())
    return mark_safe(made)  # noqa: S308  each piece was escaped


def _paragraph(pieces: list[tuple[str, str]], values: Mapping[str, str]) -> str:
    tag = "div" if any(name == RATING for _text, name in pieces) else "p"  # no paragraph stands in another
    made = "".join(
        conditional_escape(literal).replace("\n", "<br>") + (_put_in(name, values) if name else "")
        for literal, name in pieces
    )
    return f"<{tag}>{made}</{tag}>"


def _put_in(name: str, values: Mapping[str, str]) -> str:
    if name in LABELS:
        return format_html('<a href="{}">{}</a>', values[name], LABELS[name])
    return conditional_escape(values[name] if name == RATING else _line(values[name]))


def _filled(text: str, allowed: tuple[str, ...], values: Mapping[str, str]) -> str:
    return "".join(
        literal + (values[name] if name == RATING else _line(values[name]) if name else "")
        for literal, name in _pieces(text, allowed)
    )


def _line(value: str) -> str:
    return " ".join(value.split())


def _pieces(text: str, allowed: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each stretch of text with the placeholder behind it, or none. Raises TextRefused."""
    try:
        parsed = list(Formatter().parse(text))
    except ValueError:
        said = _("A brace is open or closed alone; write {{ or }} for one that is meant.")
        raise TextRefused(said) from None
    for literal, name, spec, conversion in parsed:
        if name is not None and (name not in allowed or spec or conversion):
            raise TextRefused(_("Only these placeholders are filled: %s.") % _braced(allowed))
        yield literal, name or ""


def _braced(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)
