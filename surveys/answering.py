"""Taking answers: every page is saved, and a questionnaire is finished exactly once.

The form carries a signed key instead of a cookie. It names the version the respondent started with and is
the submission's identity: pages sent twice, in parallel or out of order end in one response.
"""

import hashlib
import secrets
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from surveys.models import Response, Survey, Version
from surveys.periods import period_at
from surveys.questionnaire import Answer, Page

SALT = "surveys.answering"


class KeyRefused(ValueError):
    """The form's key is forged, too old, or of another survey."""


class AlreadyFinished(Exception):
    """The questionnaire was finished with other answers; those stand."""


class Key(NamedTuple):
    version: Version
    digest: str


def new_key(version: Version) -> str:
    """A key for one new respondent. Nothing is stored until the first page comes back."""
    return signing.dumps([version.pk, secrets.token_urlsafe(16)], salt=SALT)


def read_key(survey: Survey, text: str) -> Key:
    """Raises KeyRefused."""
    try:
        version_pk, token = signing.loads(text, salt=SALT, max_age=settings.ANSWER_KEY_DAYS * 86_400)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise KeyRefused from error
    version = survey.versions.filter(pk=version_pk).first()
    if version is None:
        raise KeyRefused
    return Key(version, hashlib.sha256(token.encode()).hexdigest())


def answers_so_far(key: Key) -> dict[str, Answer]:
    response = Response.objects.filter(key_digest=key.digest).first()
    return _by_field(response) if response else {}


@transaction.atomic
def save_page(survey: Survey, key: Key, page: Page, answers: dict[str, Answer], language: str) -> None:
    """Keep one page's answers. Raises AlreadyFinished if they differ from those of a finished response."""
    response = _locked(survey, key, language)
    if response.state == Response.State.FINISHED:
        if any(_by_field(response).get(code) != value for code, value in answers.items()):
            raise AlreadyFinished
        return
    _merge(response, page, answers)
    response.language = language
    response.save(update_fields=["answers", "segments", "language"])


@transaction.atomic
def finish(survey: Survey, key: Key) -> bool:
    """Hand in what was saved. True for the one call that did it, False for every later one."""
    started = Response.objects.select_for_update().filter(
        survey=survey, key_digest=key.digest, state=Response.State.STARTED
    )
    if not started:
        return False
    now = timezone.now()
    started.update(state=Response.State.FINISHED, finished_at=now, period=period_at(survey, now))
    return True


def _locked(survey: Survey, key: Key, language: str) -> Response:
    Response.objects.get_or_create(
        key_digest=key.digest,
        defaults={
            "survey": survey,
            "version": key.version,
            "language": language,
            "started_at": timezone.now(),
        },
    )
    return Response.objects.select_for_update().get(key_digest=key.digest)


def _merge(response: Response, page: Page, answers: dict[str, Answer]) -> None:
    for question in page.questions:
        value = answers[question.code]
        if not question.is_segment:
            response.answers[question.code] = value
        elif value is None:
            response.segments.pop(question.code.removeprefix("segment."), None)
        else:
            response.segments[question.code.removeprefix("segment.")] = value


def _by_field(response: Response) -> dict[str, Answer]:
    return {**response.answers, **{f"segment.{code}": value for code, value in response.segments.items()}}
