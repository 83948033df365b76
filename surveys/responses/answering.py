"""Taking answers: every page is saved, and a questionnaire is finished exactly once.

Pages sent twice, in parallel or out of order end in one response: the one that the form's key names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from surveys.models import Response, Survey, TextAnswer, Version
from surveys.outgoing import events
from surveys.periods import period_at
from surveys.questionnaire.conditions import HIDDEN, Answer
from surveys.questionnaire.pages import Page, hidden, pages
from surveys.questionnaire.questions import Question
from surveys.quotas import places
from surveys.quotas.places import QuotaFull
from surveys.responses import carelessness
from surveys.responses.invitations import mark_finished, mark_started
from surveys.responses.keys import Key, withdrawal_code, withdrawal_digest
from surveys.responses.known import known_by

Outcome = TypeVar("Outcome")


class AlreadyFinished(Exception):
    """The questionnaire was finished with other answers; those stand."""


class ConsentMissing(Exception):
    """The survey asks for consent before anything else, and it was not given."""


def begun(key: Key) -> Response | None:
    """What this key has stored, if anything."""
    return Response.objects.filter(key_digest=key.digest).first()


def is_finished(survey: Survey, key: Key) -> bool:
    """Whether this key finished a response of the survey."""
    response = begun(key)
    if response is None or response.survey_id != survey.pk:
        return False
    return _is_over(response) and not was_finished_elsewhere(response, key)


def was_finished_elsewhere(response: Response, key: Key) -> bool:
    """Whether it was handed in from another opening of the personal link: here its answers are not told."""
    return _is_over(response) and response.withdrawal_digest != withdrawal_digest(withdrawal_code(key))


def furthest_page(key: Key) -> str:
    """The code of the furthest page that was shown; empty before the first."""
    response = begun(key)
    return response.page if response else ""


def given(response: Response) -> dict[str, Answer]:
    """A response's answers, texts too."""
    return {**response.answers, **dict(response.texts.values_list("code", "text"))}


def save(
    survey: Survey,
    key: Key,
    answers: Mapping[str, Answer],
    language: str,
    agreed: bool = False,
    next_page: str = "",
    is_begun: bool = True,
) -> None:
    """Keep some answers. Raises AlreadyFinished if they differ from those of a finished response,
    ConsentMissing, and QuotaFull, then with the answers kept. Who has just seen that nothing is there saves
    looking for it: `is_begun` is False."""

    def work(is_begun: bool) -> bool:
        sheet = _sheet(survey, key, language, agreed, is_begun)
        if not sheet.takes(answers):
            return False
        sheet.merge(answers)
        full = places.quotas_against(sheet.response)
        if not full:
            sheet.response.page = _further(key.version, sheet.response.page, next_page)
        sheet.store()
        places.turn_away(sheet.response, full)
        return bool(full)

    if _in_one_transaction(work, is_begun):
        raise QuotaFull


def hand_in(
    survey: Survey,
    key: Key,
    answers: Mapping[str, Answer],
    language: str,
    agreed: bool = False,
    is_begun: bool = True,
) -> bool:
    """Keep the last answers and finish. True for the one call that did it, False for every later one.

    Raises as `save` does.
    """

    def work(is_begun: bool) -> bool | None:
        sheet = _sheet(survey, key, language, agreed, is_begun)
        if not sheet.takes(answers):
            return False
        sheet.merge(answers)
        sheet.finish(key)
        held = places.hold(sheet.response, key.invitation)
        if held.full:
            unfinished = _sheet(survey, key, language, agreed, is_begun)
            unfinished.merge(answers)
            unfinished.store()
            places.turn_away(unfinished.response, held.full)
            return None
        if key.invitation:
            mark_finished(survey, key.invitation)
        sheet.store()
        places.take(sheet.response, held)
        events.response_finished(sheet.response)
        return True

    is_new = _in_one_transaction(work, is_begun)
    if is_new is None:
        raise QuotaFull
    return is_new


def _in_one_transaction(work: Callable[[bool], Outcome], is_begun: bool) -> Outcome:
    """Once more, if a submission's first answers came twice at the same moment: one of them is there then."""
    try:
        with transaction.atomic():
            return work(is_begun)
    except IntegrityError:
        with transaction.atomic():
            return work(True)


def _further(version: Version, before: str, now: str) -> str:
    order = {page.code: place for place, page in enumerate(pages(version.content, version.languages[0]))}
    return max(before, now, key=lambda code: order.get(code, -1))


def _sheet(survey: Survey, key: Key, language: str, agreed: bool, is_begun: bool) -> "Sheet":
    """The submission's response, locked; a new one, not stored yet, when its first answers come."""
    same = Response.objects.select_for_update().filter(key_digest=key.digest)
    response = same.first() if is_begun else None
    if response:
        if was_finished_elsewhere(response, key):
            raise AlreadyFinished
        response.survey, response.language = survey, response.language if _is_over(response) else language
        texts = dict(response.texts.values_list("code", "text"))
        return Sheet(response, key.version, texts, _invited_with(key))
    if key.invitation and key.invitation.is_finished:  # used, and what it gave was taken back since
        raise AlreadyFinished
    if key.version.content.saying("consent", language) and not agreed:
        raise ConsentMissing
    if key.invitation:
        mark_started(survey, key.invitation)
    new = Response(
        key_digest=key.digest,
        survey=survey,
        version=key.version,
        language=language,
        started_at=datetime.fromtimestamp(key.opened, UTC) if key.opened else None,
        agreed_at=timezone.now() if agreed else None,
        channel_id=key.channel,
        invitation=key.invitation if survey.privacy == Survey.Privacy.CONFIDENTIAL else None,
    )
    return Sheet(new, key.version, {}, _invited_with(key))


def _invited_with(key: Key) -> Mapping[str, str]:
    """What the personal link brings of who has it."""
    return key.invitation.segments if key.invitation else {}


def _is_over(response: Response) -> bool:
    return response.state == Response.State.FINISHED


@dataclass
class Sheet:
    """A response with its texts while answers are put on it, so that it is written once.

    `invited_with` is what the personal link brings of who has it.
    """

    response: Response
    version: Version
    texts: dict[str, str]
    invited_with: Mapping[str, str] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, Answer]:
        return {**self.response.answers, **self.texts}

    @property
    def asked(self) -> dict[str, Question]:
        all_pages = pages(self.version.content, self.version.languages[0])
        return {question.code: question for page in all_pages for question in page.questions}

    def takes(self, answers: Mapping[str, Answer]) -> bool:
        """False for the answers of a finished response come again; raises AlreadyFinished for others."""
        if not _is_over(self.response):
            return True
        if any(self.given.get(code) != value for code, value in answers.items()):
            raise AlreadyFinished
        return False

    def merge(self, answers: Mapping[str, Answer]) -> None:
        asked = self.asked
        for code, answer in answers.items():
            if asked[code].is_text:
                self._write(code, answer)
                continue
            self.response.answers[code] = answer
            if asked[code].is_segment:
                self._place(code, answer)
        self._place_by_link()
        self._derive()

    def _write(self, code: str, answer: Answer) -> None:
        self.texts.pop(code, None)
        if answer is not None:
            self.texts[code] = str(answer)

    def _place(self, code: str, answer: Answer) -> None:
        """A segment question's answer also says which group the response is counted in."""
        segment = code.partition(".")[2]
        self.response.segments.pop(segment, None)
        if answer is not None and answer != HIDDEN:
            self.response.segments[segment] = answer

    def _place_by_link(self) -> None:
        """What the channel or the invitation knows stands where the question was not answered, skipped or
        hidden."""
        channel = self.response.channel
        brought = known_by(channel.segments if channel else self.invited_with, self.version)
        self.response.segments = brought | self.response.segments

    def _derive(self) -> None:
        for instrument in self.version.content.instruments.values():
            if instrument.derived:
                prefix = f"{instrument.id}."
                given = self.response.answers.items()
                own = {code.removeprefix(prefix): value for code, value in given if code.startswith(prefix)}
                made = instrument.derive(own)
                self.response.answers |= {prefix + code: value for code, value in made.items()}

    def finish(self, key: Key) -> None:
        """What a condition hides in the end is recorded as hidden, whatever was answered on the way."""
        gone, asked = hidden(pages(self.version.content, self.version.languages[0]), self.given), self.asked
        # Of a text nothing is kept then; the word "hidden" is one that somebody may write.
        self.merge({code: None if asked[code].is_text else HIDDEN for code in gone})
        response, now = self.response, timezone.now()
        response.state, response.finished_at = Response.State.FINISHED, now
        response.period = period_at(response.survey, now)
        response.withdrawal_digest = withdrawal_digest(withdrawal_code(key))
        carelessness.mark(response, self.version)

    def store(self) -> None:
        is_new = self.response.pk is None
        self.response.save(force_insert=is_new)
        if not is_new:
            TextAnswer.objects.filter(response=self.response).exclude(code__in=self.texts).delete()
        for code, text in self.texts.items():
            TextAnswer.objects.update_or_create(response=self.response, code=code, defaults={"text": text})


def shown_pages(version: Version, language: str, answers: Mapping[str, Answer]) -> list[Page]:
    """The pages that these answers leave to be shown, without the questions they hide."""
    now = dict(answers)
    shown = []
    for page in pages(version.content, language):
        visible = page.visible(now)
        left = {question.code for question in visible.questions}
        now |= {question.code: HIDDEN for question in page.questions if question.code not in left}
        if left:
            shown.append(visible)
    return shown
