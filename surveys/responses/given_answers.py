"""One response's answers in words, beside the questions as they were asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys.models import Response
from surveys.questionnaire.conditions import DONT_KNOW, HIDDEN, NOT_APPLICABLE, Answer, is_given
from surveys.questionnaire.pages import pages
from surveys.questionnaire.questions import Question
from surveys.responses.carelessness import STRAIGHT


@dataclass(frozen=True)
class GivenAnswer:
    """`scale` says what the ends of the scale mean that was answered on."""

    question: Question
    text: str
    is_given: bool
    scale: str = ""


@dataclass(frozen=True)
class AnsweredPage:
    title: str
    answers: list[GivenAnswer]
    is_straight: bool


def answered_pages(response: Response, language: str, texts: Mapping[str, str] | None) -> list[AnsweredPage]:
    """All pages of the response's own version. `texts` None: what was written is not to be shown."""
    version = response.version
    shown_in = language if language in version.languages else version.languages[0]
    return [
        AnsweredPage(
            title=page.title,
            answers=[_given(question, response.answers, texts) for question in page.questions],
            is_straight=page.code in response.flags.get(STRAIGHT, []),
        )
        for page in pages(version.content, shown_in)
    ]


def _given(question: Question, answers: Mapping[str, Answer], texts: Mapping[str, str] | None) -> GivenAnswer:
    if not question.is_text:
        answer = answers.get(question.code, "")
        has_answer = answer != "" and is_given(answer)
        return GivenAnswer(
            question, in_words(question, answer), has_answer, _scale(question) if has_answer else ""
        )
    if texts is None:
        return GivenAnswer(question, _("not shown here, because the survey is anonymous"), False)
    text = texts.get(question.code, "")
    return GivenAnswer(question, text or _("nothing written"), bool(text))


def in_words(question: Question, answer: Answer) -> str:
    """An answer as it was meant; the empty text stands for a question that was not asked."""
    reasons = {
        None: _("skipped"),
        "": _("not asked"),
        DONT_KNOW: _("don't know"),
        NOT_APPLICABLE: _("not applicable"),
        HIDDEN: _("not shown"),
    }
    if not isinstance(answer, list) and answer in reasons:
        return reasons[answer]
    chosen = answer if isinstance(answer, list) else [answer]
    labels = {choice.value: choice.label for choice in question.choices}
    return ", ".join(labels.get(str(one), str(one)) for one in chosen)


def _scale(question: Question) -> str:
    if not question.low and not question.high:
        return ""
    first, last = question.choices[0].value, question.choices[-1].value
    return f"{first} = {question.low}, {last} = {question.high}"
