"""What keeps a draft from being published, each mistake with its place."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from scoring.instrument import PLACEHOLDER, Instrument
from surveys.questionnaire.conditions import Condition
from surveys.questionnaire.content import Content
from surveys.questionnaire.names import LANGUAGES
from surveys.questionnaire.pages import pages
from surveys.questionnaire.parts import InstrumentPart, OwnPage, OwnQuestion
from surveys.questionnaire.questions import Question
from surveys.questionnaire.reach import Rules, can_be_met

WORDS = ("company", "category")  # what a survey's own texts may put in braces


class Mistake(NamedTuple):
    """`place` as in the draft: `parts[1].questions[0].show_if`, `languages`, `words.company.en`."""

    place: str
    problem: str


def mistakes(content: Content) -> list[Mistake]:
    """Everything that must be put right before publishing; an empty list if nothing must."""
    if not content.languages:
        return [Mistake("languages", _("Choose at least one language."))]
    if not content.parts:
        return [Mistake("parts", _("The survey asks nothing yet: add an instrument or a page."))]
    found = [
        *_instruments(content),
        *_translations(content),
        *_own_pages(content),
        *_placeholders(content),
        *_conditions(content),
    ]
    return list(dict.fromkeys(found))  # two instruments may miss the same word


# -- instruments


def _instruments(content: Content) -> Iterator[Mistake]:
    for number, part in enumerate(content.parts):
        if isinstance(part, InstrumentPart):
            instrument = content.whole_instrument(part)
            yield from _languages(instrument, content, f"parts[{number}].instrument")
            yield from _words(instrument, content)
            if instrument.takes_features and not part.features:
                yield Mistake(f"parts[{number}].features", _("Name at least one feature."))


def _languages(instrument: Instrument, content: Content, place: str) -> Iterator[Mistake]:
    for language in content.languages:
        if language not in instrument.languages:
            yield Mistake(place, _("The instrument has no text in %s.") % LANGUAGES.get(language, language))


def _words(instrument: Instrument, content: Content) -> Iterator[Mistake]:
    for language in content.languages:
        for name in instrument.placeholders:
            if not content.words(language).get(name, "").strip():
                yield Mistake(f"words.{name}.{language}", _("Fill this in; the questions use it."))


# -- translations of what the company wrote itself


def _translations(content: Content) -> Iterator[Mistake]:
    for language in content.languages:
        for place in _untranslated(content, language):
            yield Mistake(
                f"{place}.{language}", _("The text in %s is missing.") % LANGUAGES.get(language, language)
            )


def _untranslated(content: Content, language: str) -> Iterator[str]:
    for name in ("consent", "thanks"):
        texts = content.snapshot.get(name) or {}
        if any(text.strip() for text in texts.values()) and not texts.get(language, "").strip():
            yield name
    for number, part in enumerate(content.parts):
        if isinstance(part, InstrumentPart):
            for n, feature in enumerate(part.features):
                if not feature.name.get(language, "").strip():
                    yield f"parts[{number}].features[{n}].name"
        else:
            yield from _untranslated_page(part, f"parts[{number}]", language)


def _untranslated_page(page: OwnPage, place: str, language: str) -> Iterator[str]:
    if any(page.title.values()) and not page.title.get(language, "").strip():
        yield f"{place}.title"
    for n, question in enumerate(page.questions):
        yield from _untranslated_question(question, f"{place}.questions[{n}]", language)


def _untranslated_question(question: OwnQuestion, place: str, language: str) -> Iterator[str]:
    if not question.text.get(language, "").strip():
        yield f"{place}.text"
    for n, option in enumerate(question.options):
        if not option.text.get(language, "").strip():
            yield f"{place}.options[{n}].text"
    for name, ends in (("low", question.low), ("high", question.high)):
        if question.type == "rating" and not (ends or {}).get(language, "").strip():
            yield f"{place}.{name}"


# -- words in braces


def _placeholders(content: Content) -> Iterator[Mistake]:
    """What stands in braces and is none of the survey's words would be shown as it is."""
    for place, texts in _own_texts(content):
        for language, text in texts.items():
            for name in PLACEHOLDER.findall(text):
                if language in content.languages and name not in WORDS:
                    known = ", ".join(f"{{{word}}}" for word in WORDS)
                    said = _("{%(name)s} stands for nothing; known are: %(known)s")
                    yield Mistake(f"{place}.{language}", said % {"name": name, "known": known})


def _own_texts(content: Content) -> Iterator[tuple[str, Mapping[str, str]]]:
    for number, part in enumerate(content.parts):
        if isinstance(part, InstrumentPart):
            for n, feature in enumerate(part.features):
                yield f"parts[{number}].features[{n}].name", feature.name
            continue
        yield f"parts[{number}].title", part.title
        for n, question in enumerate(part.questions):
            yield f"parts[{number}].questions[{n}].text", question.text
            for m, option in enumerate(question.options):
                yield f"parts[{number}].questions[{n}].options[{m}].text", option.text


# -- pages and conditions


def _own_pages(content: Content) -> Iterator[Mistake]:
    for number, part in enumerate(content.parts):
        if isinstance(part, OwnPage) and not part.questions:
            yield Mistake(f"parts[{number}].questions", _("The page has no question."))


def _conditions(content: Content) -> Iterator[Mistake]:
    asked = {q.code: q for page in pages(content, content.languages[0]) for q in page.questions}
    rules = _rules(content)
    for number, part in enumerate(content.parts):
        if not isinstance(part, OwnPage) or not part.questions:
            continue
        place = f"parts[{number}]"
        on_page = [*_refused(part.show_if, asked, part.questions[0].full_code)]
        on_page = on_page or [*_never_shown(part.show_if, rules)]
        yield from (Mistake(f"{place}.show_if", problem) for problem in on_page)
        for n, question in enumerate(part.questions):
            wrong = [*_refused(question.show_if, asked, question.full_code)]
            if question.show_if and not wrong and not on_page:
                wrong = [*_never_shown(question.show_if + part.show_if, rules)]
            yield from (Mistake(f"{place}.questions[{n}].show_if", problem) for problem in wrong)


def _refused(conditions: tuple[Condition, ...], asked: dict[str, Question], governed: str) -> Iterator[str]:
    """What is wrong with each condition by itself; `governed` is the first question it decides about."""
    order = list(asked)
    for condition in conditions:
        question = asked.get(condition.question)
        if question is None:
            yield _("There is no question %s any more.") % condition.question
        elif order.index(condition.question) >= order.index(governed):
            yield _("“%s” is not asked before this; a condition looks back.") % question.text
        elif problem := _wrong(condition, question):
            yield problem


def _never_shown(conditions: tuple[Condition, ...], rules: Rules) -> Iterator[str]:
    if not can_be_met(conditions, rules):
        yield _("No answers meet these conditions: this is never shown.")


def _wrong(condition: Condition, question: Question) -> str:
    if condition.operator in {"at_least", "at_most"}:
        if question.kind not in {"scale", "number", "points"}:
            return _("The answer to “%s” is not a number.") % question.text
        return _out_of_bounds(float(condition.values[0]), question)
    if condition.operator in {"is", "is_not"}:
        offered = {choice.value for choice in question.choices}
        foreign = [str(value) for value in condition.values if str(value) not in offered]
        if foreign:
            said = _("“%(value)s” is no answer to “%(question)s” (any more).")
            return said % {"value": foreign[0], "question": question.text}
    return ""


def _out_of_bounds(bound: float, question: Question) -> str:
    """A bound that no answer, or every answer, would meet is a slip of the pen."""
    points = [float(choice.value) for choice in question.choices]
    low = min(points) if points else question.minimum
    high = max(points) if points else question.maximum
    if (low is None or bound >= low) and (high is None or bound <= high):
        return ""
    ends = {"low": "…" if low is None else f"{low:g}", "high": "…" if high is None else f"{high:g}"}
    return _("must be a number from %(low)s to %(high)s") % ends


def _rules(content: Content) -> Rules:
    """Every question with all the conditions under which it is shown."""
    return {
        question.code: (question, page.show_if + question.show_if)
        for page in pages(content, content.languages[0])
        for question in page.questions
    }
