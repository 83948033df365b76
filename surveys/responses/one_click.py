"""A rating chosen by a link, such as in a mail: it is shown, and stored only when somebody confirms it.

Programs that look into mails open every link in them, and some press the buttons of the pages they find. So
an address stores nothing however it is opened, and a confirmation that comes at once, before anybody can have
read the page, is asked for again.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from django.utils import timezone

from surveys.questionnaire.pages import Page
from surveys.questionnaire.questions import Question, WrongAnswer
from surveys.responses.keys import Key

QUESTION, SCORE = "question", "score"  # in the address
QUICKEST = 2  # seconds between a page and the press of its button that a person needs at least


class Chosen(NamedTuple):
    page: Page
    question: Question
    score: int

    @property
    def label(self) -> str:
        """What the point is called on the page."""
        return next(one.label for one in self.question.choices if one.value == str(self.score))


def address(link: str, question: str, score: str) -> str:
    """The link to a questionnaire, with a rating chosen."""
    return f"{link}{'&' if '?' in link else '?'}{urlencode({QUESTION: question, SCORE: score})}"


def is_offered(question: Question) -> bool:
    """Whether a mail may show the question: a scale of points, none of which needs a line of its own."""
    return question.kind == "scale" and not question.is_list


def chosen(reached: Iterable[Page], query: Mapping[str, str]) -> Chosen | None:
    """What the address chose on one of the pages; None where it names no question there, or no point of its
    scale: then the form is shown as it always is."""
    code, score = query.get(QUESTION), query.get(SCORE, "")
    for page in reached:
        for question in page.questions:
            if question.code == code and is_offered(question):
                try:
                    answer = question.read([score])
                except WrongAnswer:
                    return None
                return Chosen(page, question, answer) if isinstance(answer, int) else None
    return None


def is_too_quick(key: Key) -> bool:
    """By whole seconds, of which the key has the one before."""
    return key.opened is not None and timezone.now().timestamp() - key.opened < QUICKEST + 1
