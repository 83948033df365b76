"""The pages of a questionnaire in one language, and what may be answered on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

from django.utils import translation
from django.utils.translation import gettext as _

from scoring.instrument import Instrument, Item, Section, fill
from surveys.questionnaire.conditions import HIDDEN, Answer, Condition, all_hold
from surveys.questionnaire.content import Content
from surveys.questionnaire.parts import InstrumentPart, OwnPage, OwnQuestion
from surveys.questionnaire.questions import AnswersRefused, Choice, Question, WrongAnswer

SHARED_POINTS = 100
KINDS = {"rating": "scale"}  # how a question of one's own is shown, where that has another name


class Form(Protocol):
    """What Django makes of a form's fields."""

    def getlist(self, key: str) -> list[str]: ...

    def __contains__(self, key: object) -> bool: ...


@dataclass(frozen=True)
class Page:
    """What is asked together. `code` is permanent; a page whose conditions do not hold is not shown."""

    code: str
    title: str
    questions: tuple[Question, ...]
    show_if: tuple[Condition, ...] = ()

    @property
    def shares_points(self) -> bool:
        return any(question.kind == "points" for question in self.questions)

    def visible(self, answers: Mapping[str, Answer]) -> "Page":
        """The page without the questions whose conditions do not hold."""
        if not all_hold(self.show_if, answers):
            return replace(self, questions=())
        return replace(self, questions=tuple(q for q in self.questions if all_hold(q.show_if, answers)))

    def read(self, form: Form) -> dict[str, Answer]:
        """Every question's answer from a form. Raises AnswersRefused; other fields are not read."""
        return self._complete(self._each(lambda question: question.read(form.getlist(question.code))))

    def read_some(self, form: Form) -> dict[str, Answer]:
        """The answers that a form holds, as they are given one by one. Raises AnswersRefused."""
        some = replace(self, questions=tuple(q for q in self.questions if q.code in form))
        return some._each(lambda question: question.read(form.getlist(question.code)))

    def accept(self, values: Mapping[str, Any]) -> dict[str, Answer]:
        """Every question's answer from JSON values. Raises AnswersRefused."""
        return self._complete(self._each(lambda question: question.accept(values.get(question.code))))

    def _each(self, answer: Callable[[Question], Answer]) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        problems: dict[str, str] = {}
        for question in self.questions:
            try:
                answers[question.code] = answer(question)
            except WrongAnswer as wrong:
                problems[question.code] = str(wrong)
        if problems:
            raise AnswersRefused(problems)
        return answers

    def lacking(self, answers: Mapping[str, Answer]) -> dict[str, str]:
        """What only the whole page shows: required answers that are missing, points that do not make 100."""
        problems = {
            question.code: _("Please answer this question.")
            for question in self.questions
            if question.required and answers.get(question.code) is None
        }
        points = self._points(answers)
        given = [value for value in points.values() if isinstance(value, int)]
        if given and sum(given) != SHARED_POINTS:
            said = _("The points make %(sum)d; together they must make %(all)d.")
            problems[next(iter(points))] = said % {"sum": sum(given), "all": SHARED_POINTS}
        return problems

    def _points(self, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        return {q.code: answers.get(q.code) for q in self.questions if q.kind == "points"}

    def _complete(self, answers: dict[str, Answer]) -> dict[str, Answer]:
        if problems := self.lacking(answers):
            raise AnswersRefused(problems)
        points = self._points(answers)
        # Whoever shares out all points leaves the rest at none.
        return (
            answers | {code: value or 0 for code, value in points.items()}
            if any(points.values())
            else answers
        )


@lru_cache(maxsize=256)
def pages(content: Content, language: str) -> tuple[Page, ...]:
    """Every page in the order of the parts, whether its conditions hold or not.

    A text that a draft has not yet in this language is marked as missing; nothing so marked is published.
    """
    made: list[Page] = []
    with translation.override(language):
        for part in content.parts:
            made += _instrument_pages(content, part, language) if isinstance(part, InstrumentPart) else []
            made += _own_pages(content, part, language) if isinstance(part, OwnPage) else []
    return tuple(made)


def hidden(all_pages: tuple[Page, ...], answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The questions that these answers hide, page by page: a hidden answer hides what depends on it."""
    gone: dict[str, Answer] = {}
    for page in all_pages:
        shown = {question.code for question in page.visible({**answers, **gone}).questions}
        gone |= {question.code: HIDDEN for question in page.questions if question.code not in shown}
    return gone


# -- an instrument's pages


def _instrument_pages(content: Content, part: InstrumentPart, language: str) -> list[Page]:
    instrument, words = content.instruments[part.instrument], _words(content, language)
    made = []
    for section in instrument.sections:
        for number, items in enumerate(_portions(section, part.per_page)):
            questions = tuple(_item_question(instrument, item, language, words) for item in items)
            code = f"{instrument.id}.{section.code}" + (f".{number + 1}" if number else "")
            made += _apart(Page(code, _said(section.title, language, words), questions))
    return made


def _said(text: Mapping[str, str], language: str, words: Mapping[str, str]) -> str:
    return fill(text.get(language, "").strip() or _missing(), words)


def _missing() -> str:
    return _("[text missing]")


def _words(content: Content, language: str) -> dict[str, str]:
    """The survey's words; one that is missing leaves its placeholder to be seen."""
    return {name: word for name, word in content.words(language).items() if word.strip()}


def _portions(section: Section, per_page: int) -> list[tuple[Item, ...]]:
    """A section's items, in pages of equal size; points are shared out on one page."""
    count = len(section.items)
    if not per_page or count <= per_page or section.items[0].kind == "points":
        return [section.items]
    number = -(-count // per_page)
    edges = [round(count * n / number) for n in range(number + 1)]
    return [section.items[a:b] for a, b in pairwise(edges)]


def _item_question(instrument: Instrument, item: Item, language: str, words: dict[str, str]) -> Question:
    question = Question(
        code=instrument.item_code(item),
        kind={"open": "long", "points": "points"}.get(item.kind, "scale"),
        text=_said(item.text, language, words),
        show_if=_item_conditions(instrument, item),
        is_scored=True,
    )
    if item.scale is None:
        return replace(question, is_scored=False)
    scale = item.scale
    if item.kind == "points":
        return replace(question, minimum=scale.minimum, maximum=scale.maximum)
    names = [_said(label, language, words) for label in scale.labels] or [
        str(point) for point in scale.points
    ]
    return replace(
        question,
        choices=tuple(Choice(str(point), name) for point, name in zip(scale.points, names, strict=True)),
        low="" if scale.labels else _said(scale.low, language, words),
        high="" if scale.labels else _said(scale.high, language, words),
        named=bool(scale.labels),
        dont_know=item.dont_know,
    )


def _item_conditions(instrument: Instrument, item: Item) -> tuple[Condition, ...]:
    rule = item.show_if
    if rule is None:
        return ()
    code = f"{instrument.id}.{rule.item}"
    bounds = (("at_least", rule.at_least), ("at_most", rule.at_most))
    return tuple(Condition(code, operator, (bound,)) for operator, bound in bounds if bound is not None)


# -- pages of the company's own


def _own_pages(content: Content, part: OwnPage, language: str) -> list[Page]:
    words = _words(content, language)
    questions = tuple(_own_question(question, language, words) for question in part.questions)
    title = _said(part.title, language, words) if any(part.title.values()) else _("About you")
    return _apart(Page(f"own.{part.code}", title, questions, part.show_if))


def _own_question(own: OwnQuestion, language: str, words: dict[str, str]) -> Question:
    choices = tuple(Choice(option.code, _said(option.text, language, words)) for option in own.options)
    question = Question(
        code=own.full_code,
        kind=KINDS.get(own.type, own.type),
        text=_said(own.text, language, words),
        choices=choices,
        minimum=own.minimum,
        maximum=own.maximum,
        required=own.required,
        is_segment=own.segment,
        show_if=own.show_if,
    )
    if own.type != "rating":
        return question
    points = range(own.minimum or 0, (own.maximum or 0) + 1)
    return replace(
        question,
        choices=tuple(Choice(str(point), str(point)) for point in points),
        low=_said(own.low or {}, language, words),
        high=_said(own.high or {}, language, words),
    )


def _apart(page: Page) -> list[Page]:
    """The page, broken before a question that depends on one of the same page.

    So conditions need no script: they take effect when the next page is shown.
    """
    made: list[list[Question]] = [[]]
    for question in page.questions:
        here = {earlier.code for earlier in made[-1]}
        if here & {condition.question for condition in question.show_if}:
            made.append([])
        made[-1].append(question)
    return [
        replace(page, code=page.code + (f".then{number}" if number else ""), questions=tuple(questions))
        for number, questions in enumerate(made)
    ]
