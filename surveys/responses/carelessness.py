"""Signs of careless answering, recorded as flags when a response is finished. They exclude nobody.

Speed: fewer than 2 seconds for each answered question (Huang et al. 2012). Straight-lining: a page of four or
more scored scales answered with one and the same point; the points as they stand on the page, so that items
asked in the other direction make it the more telling. Duplicate: every scored answer equal to those of an
earlier response. Imported answers carry no flags: how long they took is not known, they were not given on our
pages, and a published data set may well hold equal rows.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from surveys.models import Response, Version
from surveys.questionnaire.conditions import DONT_KNOW, HIDDEN, Answer, is_given
from surveys.questionnaire.pages import Page, pages
from surveys.questionnaire.questions import Question

SPEED, STRAIGHT, DUPLICATE = "speed", "straight", "duplicate"
FLAGS = {
    SPEED: gettext_lazy("answered very fast"),
    STRAIGHT: gettext_lazy("one point all through a page"),
    DUPLICATE: gettext_lazy("same answers as an earlier response"),
}
SHORTEST_GRID = 4  # items; fewer equal answers in a row mean little
SHORTEST_VECTOR = 8  # scored answers; with fewer, two people agree by chance


def mark(response: Response, version: Version) -> None:
    """Put the flags on a response that is being finished; the caller saves it, in the same transaction."""
    all_pages = pages(version.content, version.languages[0])
    questions = [question for page in all_pages for question in page.questions]
    response.answers_digest = _digest(questions, response.answers)
    found: dict[str, Any] = {
        SPEED: _seconds_a_question(response, questions),
        STRAIGHT: _straight_pages(all_pages, response.answers) or None,
        DUPLICATE: _has_twin(response) or None,
    }
    # 0 seconds are a finding too.
    response.flags = {name: value for name, value in found.items() if value is not None}


def in_words(flags: Mapping[str, Any]) -> Iterator[str]:
    """What the flags of a response say."""
    if SPEED in flags:
        yield _("%s s for each answer") % flags[SPEED]
    if STRAIGHT in flags:
        number = len(flags[STRAIGHT])
        yield ngettext("one point all through %d page", "one point all through %d pages", number) % number
    if DUPLICATE in flags:
        yield str(FLAGS[DUPLICATE])


def _seconds_a_question(response: Response, questions: Iterable[Question]) -> float | None:
    """Seconds spent on each closed question that was answered, if they are too few to have read it."""
    given = [response.answers.get(question.code) for question in questions]
    answered = sum(is_given(answer) or answer == DONT_KNOW for answer in given)
    if response.started_at is None or response.finished_at is None or answered < SHORTEST_GRID:
        return None
    seconds = (response.finished_at - response.started_at).total_seconds() / answered
    # Below zero only where two machines' clocks differ: then nothing is known.
    return round(seconds, 1) if 0 <= seconds < settings.FAST_SECONDS_PER_ITEM else None


def _straight_pages(all_pages: Iterable[Page], answers: Mapping[str, Answer]) -> list[str]:
    """The pages on which every scale that was shown got the same point."""
    return [page.code for page in all_pages if _is_straight(page, answers)]


def _is_straight(page: Page, answers: Mapping[str, Answer]) -> bool:
    scales = [answers.get(q.code) for q in page.questions if q.kind == "scale" and q.is_scored]
    points = [answer for answer in scales if answer != HIDDEN]
    first = points[0] if len(points) >= SHORTEST_GRID else None
    return isinstance(first, int) and all(point == first for point in points)


def _digest(questions: Iterable[Question], answers: Mapping[str, Answer]) -> str:
    """Equal for equal scored answers; empty for too few of them."""
    scored = {question.code: answers.get(question.code) for question in questions if question.is_scored}
    if sum(is_given(answer) for answer in scored.values()) < SHORTEST_VECTOR:
        return ""
    return hashlib.sha256(json.dumps(scored, sort_keys=True).encode()).hexdigest()[:32]


def _has_twin(response: Response) -> bool:
    if not response.answers_digest:
        return False
    _one_twin_at_a_time(response.answers_digest)
    same = Response.objects.filter(survey=response.survey_id, answers_digest=response.answers_digest)
    # Said once more, because only then the databases see that the index of non-empty digests serves.
    return same.exclude(answers_digest="").exclude(pk=response.pk).exists()


def _one_twin_at_a_time(digest: str) -> None:
    """Of two equal responses that finish at once, the second waits until it can see the first.

    SQLite has one writer anyway; on PostgreSQL only responses with equal answers wait for each other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(digest[:15], 16)])
