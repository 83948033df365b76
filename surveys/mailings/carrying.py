"""What is known of a contact goes with the link, so that who does not say it is still counted in its group.

A contact's segment is carried where the mailing says which column answers a segment question of the published
survey, else where the question has its name, and where an option has its value: each by its code or by its
text in any language. In an anonymous survey nobody is singled out by
it: at least `least_group` recipients of the mailing who are written to in the same language, which is told of
an answer too, have the same values, those who carry none as well. Only who may be invited when the recipients
are listed counts for that.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from surveys.models import Mailing, Survey
from surveys.questionnaire.parts import OwnQuestion

Values = tuple[tuple[str, str], ...]  # question and option, in the order of the questionnaire
Said = tuple[str, Values]  # the language of the mail, and what is known of who gets it


class Carrier:
    """Finds what links of a survey may carry of a contact."""

    def __init__(self, survey: Survey, columns: Mapping[str, str] | None = None) -> None:
        """`columns` are those of Mailing."""
        version, said = survey.current_version, columns or {}
        asked = version.content.segments if version else ()
        self.questions = [_Known(one, said.get(one.code)) for one in asked]

    def values(self, segments: Mapping[str, Any]) -> Values:
        said = {_plain(name): value for name, value in segments.items()}
        found = ((one.code, one.option(said)) for one in self.questions)
        return tuple((code, option) for code, option in found if option)

    def strange(self, segments: Mapping[str, Any]) -> Values:
        """What is said of the contact that is no option of the question it answers."""
        said = {_plain(name): value for name, value in segments.items()}
        found = ((one.code, one.said(said)) for one in self.questions if not one.option(said))
        return tuple((code, value) for code, value in found if value)


class _Known:
    """A segment question with the ways in which it and its options may be written."""

    def __init__(self, question: OwnQuestion, column: str | None) -> None:
        self.code = question.code
        self.names = _names(question) if column is None else [_plain(column)]
        self.options: dict[str, str] = {}
        texts = [(text, one.code) for one in question.options for text in one.text.values()]
        for text, code in texts:  # a text of two options says neither
            same = self.options.setdefault(_plain(text), code)
            self.options[_plain(text)] = code if same == code else ""
        self.options |= {one.code: one.code for one in question.options}  # a code stands before a text

    def said(self, said: Mapping[str, Any]) -> str:
        return str(next((said[name] for name in self.names if said.get(name)), ""))

    def option(self, said: Mapping[str, Any]) -> str:
        return self.options.get(_plain(self.said(said)), "")


def column_of(question: OwnQuestion, columns: Iterable[str]) -> str:
    """The column that answers the question by its name; empty for none."""
    by_name = {_plain(column): column for column in columns}
    return next((by_name[name] for name in _names(question) if name in by_name), "")


def _names(question: OwnQuestion) -> list[str]:
    return [question.code, *(_plain(text) for text in question.text.values())]


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").split()).replace(" ", "_")


def may_carry(mailing: Mailing, everybody: Iterable[Said]) -> dict[Said, Values]:
    """What is carried of people of each kind; `everybody` has one for every recipient."""
    least = 1
    if mailing.survey.privacy == Survey.Privacy.ANONYMOUS:
        least = mailing.survey.organisation.least_group
    by_language: dict[str, Counter[Values]] = {}
    for language, values in everybody:
        by_language.setdefault(language, Counter())[values] += 1
    return {
        (language, values): kept
        for language, counted in by_language.items()
        for values, kept in shared(counted, least).items()
    }


def shared(counted: Mapping[Values, int], least: int) -> dict[Values, Values]:
    """The combinations, cut down until at least `least` have the same: a rare one loses its last value, then
    the one before, the longest first. Where fewer are left without any, the smallest group joins them."""
    kept = {combination: combination for combination in counted}
    for length in range(max(map(len, counted), default=0), 0, -1):
        sizes = _sizes(kept, counted)
        rare = {now for now in kept.values() if len(now) == length and sizes[now] < least}
        kept = {one: now[:-1] if now in rare else now for one, now in kept.items()}
    sizes = _sizes(kept, counted)
    while 0 < sizes[()] < least and len(sizes) > 1:
        smallest = min((size, now) for now, size in sizes.items() if now)[1]
        kept = {one: () if now == smallest else now for one, now in kept.items()}
        sizes = _sizes(kept, counted)
    return kept


def _sizes(kept: Mapping[Values, Values], counted: Mapping[Values, int]) -> Counter[Values]:
    sizes: Counter[Values] = Counter()
    for combination, now in kept.items():
        sizes[now] += counted[combination]
    return sizes
