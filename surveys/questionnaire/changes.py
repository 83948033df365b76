"""What is different between what was published and what is drafted, for the author to read."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from django.utils.translation import gettext as _

from surveys.questionnaire.content import Content
from surveys.questionnaire.names import LANGUAGES, SAYINGS, WORDS, in_language
from surveys.questionnaire.pages import pages
from surveys.questionnaire.questions import Question

Asked = Mapping[str, Question]


class Change(NamedTuple):
    """`before` and `now` are shown beside each other; one that is empty was not there."""

    kind: Literal["added", "removed", "reworded", "changed"]
    what: str
    before: str = ""
    now: str = ""


def changes(before: Content, now: Content, reader: str) -> list[Change]:
    """Every difference a respondent could notice; questions are named in the reader's language."""
    return [
        *_languages(before, now),
        *_words(before, now),
        *_sayings(before, now),
        # With the words of now in both: a new name for the company is one change, not one a question.
        *_questions(Content({**before.snapshot, "words": now.snapshot["words"]}), now, reader),
    ]


def _languages(before: Content, now: Content) -> Iterator[Change]:
    yield from (Change("added", _name(code)) for code in now.languages if code not in before.languages)
    yield from (Change("removed", _name(code)) for code in before.languages if code not in now.languages)


def _words(before: Content, now: Content) -> Iterator[Change]:
    for code in _shared(before, now):
        old, new = before.words(code), now.words(code)
        for name in sorted(old.keys() | new.keys()):
            what = in_language(WORDS.get(name, name), code)
            yield from _reworded(what, old.get(name, ""), new.get(name, ""))


def _sayings(before: Content, now: Content) -> Iterator[Change]:
    for name, label in SAYINGS.items():
        for code in _shared(before, now):
            yield from _reworded(in_language(label, code), before.saying(name, code), now.saying(name, code))
    if before.onward != now.onward:
        yield Change("changed", _("Where to go afterwards"), before.onward, now.onward)


def _questions(before: Content, now: Content, reader: str) -> Iterator[Change]:
    shown = _asked(now, reader if reader in now.languages else now.languages[0])
    were = _asked(before, reader if reader in before.languages else before.languages[0])
    yield from (Change("added", one.text) for code, one in shown.items() if code not in were)
    yield from (Change("removed", one.text) for code, one in were.items() if code not in shown)
    for code, question in shown.items():
        if code in were:
            yield from _structure(were[code], question)
    for language in _shared(before, now):
        yield from _texts(before, now, language, shown)
    if _layout(before, shown) != _layout(now, were):
        yield Change("changed", _("The order of the questions, or how they are spread over pages"))


def _structure(old: Question, new: Question) -> Iterator[Change]:
    """What is the same in every language: which answers there are, and when it is asked."""
    labels_old, labels_new = ({choice.value: choice.label for choice in one.choices} for one in (old, new))
    for value, label in labels_new.items():
        if value not in labels_old:
            yield Change("added", _("Answer to “%s”") % new.text, "", label)
    for value, label in labels_old.items():
        if value not in labels_new:
            yield Change("removed", _("Answer to “%s”") % new.text, label, "")
    if (old.kind, old.minimum, old.maximum) != (new.kind, new.minimum, new.maximum):
        yield Change("changed", _("The kind of answer to “%s”") % new.text)
    if old.required != new.required:
        yield Change("changed", _("Whether “%s” must be answered") % new.text)
    if old.is_segment != new.is_segment:
        yield Change("changed", _("Whether “%s” makes segments") % new.text)
    if old.show_if != new.show_if:
        yield Change("changed", _("When “%s” is asked") % new.text)


def _texts(before: Content, now: Content, language: str, shown: Asked) -> Iterator[Change]:
    """What reads differently in one language."""
    were, are = _asked(before, language), _asked(now, language)
    titles = {page.code: page.title for page in pages(before, language)}
    for page in pages(now, language):
        yield from _reworded(
            in_language(_("Title of a page"), language), titles.get(page.code, page.title), page.title
        )
    for code in [code for code in are if code in were]:
        old, new = were[code], are[code]
        what = in_language(shown[code].text, language)
        yield from _reworded(what, old.text, new.text)
        yield from _reworded(what, old.low, new.low)
        yield from _reworded(what, old.high, new.high)
        labels = {choice.value: choice.label for choice in old.choices}
        for choice in new.choices:
            yield from _reworded(what, labels.get(choice.value, choice.label), choice.label)


def _reworded(what: str, old: str, new: str) -> Iterator[Change]:
    if old != new:
        yield Change("reworded", what, old, new)


def _layout(content: Content, common: Asked) -> list[list[str]]:
    """The questions that both have, as they are spread over pages."""
    made = pages(content, content.languages[0])
    spread = [[one.code for one in page.questions if one.code in common] for page in made]
    return [page for page in spread if page]


def _asked(content: Content, language: str) -> Asked:
    return {one.code: one for page in pages(content, language) for one in page.questions}


def _shared(before: Content, now: Content) -> list[str]:
    return [code for code in now.languages if code in before.languages]


def _name(language: str) -> str:
    return LANGUAGES.get(language, language)
