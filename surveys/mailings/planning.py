"""Planning a mailing, and cancelling what of it was not sent."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from surveys import years
from surveys.mailings import wording
from surveys.mailings.rating import ratings_of
from surveys.models import Invitation, Mailing, Recipient, Survey, User

Text = Mapping[str, str]  # subject, body
LATEST = timedelta(hours=1)  # that a time to send at may be past


class PlanRefused(ValueError):
    """The mailing cannot be sent so; `problems` are (field, reason)."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__(str(problems))
        self.problems = problems


class PlanConflict(PlanRefused):
    """The key was used for something else."""


class Plan(NamedTuple):
    texts: Mapping[str, Text]
    send_at: datetime
    remind_after_days: int = 7
    most_reminders: int = 0
    segment: str = ""
    option: str = ""
    sample_size: int = 0
    also_invited_before: bool = False
    key: str = ""
    rating: str = ""
    reminder_texts: Mapping[str, Text] = {}
    columns: Mapping[str, str] = {}


def languages_of(survey: Survey) -> list[str]:
    """The languages a mailing may be written in: those of the published questionnaire."""
    version = survey.current_version
    return list(version.languages) if version else []


def plan(survey: Survey, wanted: Plan, by: User | None) -> Mailing:
    """A mailing that goes out by itself when it is due. Raises PlanRefused. With a key that the survey has
    a mailing of, it is that one: the same form or call sent again writes to nobody twice."""
    if wanted.key and (made := survey.mailings.filter(key=wanted.key).first()):
        return _the_same(made, _mailing(survey, wanted))  # which may be past, or refused, by now
    mailing = check(survey, wanted)
    mailing.created_by = by
    try:
        with transaction.atomic():
            mailing.save()
    except IntegrityError:
        return _the_same(survey.mailings.get(key=wanted.key), mailing)
    return mailing


def _the_same(known: Mailing, again: Mailing) -> Mailing:
    """The mailing that was planned under the key. Raises PlanConflict for another plan, or if cancelled."""
    if known.cancelled_at:
        raise PlanConflict([("key", _("The mailing of this form or key was cancelled. Write a new one."))])
    named = (name for name in Plan._fields if name not in {"key", "send_at"})  # it may mean "now" each time
    if any(getattr(known, name) != getattr(again, name) for name in named):
        said = _("Another mailing was planned with this form or key. Write a new one.")
        raise PlanConflict([("key", said)])
    return known


def check(survey: Survey, wanted: Plan) -> Mailing:
    """The mailing, not stored. Raises PlanRefused."""
    if problems := [*_problems(survey, wanted), *_time_problems(wanted)]:
        raise PlanRefused(problems)
    return _mailing(survey, wanted)


def _mailing(survey: Survey, wanted: Plan) -> Mailing:
    spoken = languages_of(survey)
    texts, reminders = (
        {code: dict(said[code]) for code in spoken if code in said}
        for said in (wanted.texts, wanted.reminder_texts if wanted.most_reminders else {})
    )
    return Mailing(survey=survey, **wanted._replace(texts=texts, reminder_texts=reminders)._asdict())


def _problems(survey: Survey, wanted: Plan) -> list[tuple[str, str]]:
    spoken = languages_of(survey)
    if not spoken:
        return [("", _("Publish the survey first; until then a link would open nothing."))]
    if survey.is_simulated:
        return [("", _("The survey is simulated: nobody is invited to it. Make a survey of your own."))]
    if survey.state == Survey.State.CLOSED or survey.is_late:
        return [("", _("The survey takes no answers any more."))]
    said = _("The survey has no such language.")
    problems = [(f"texts.{code}", said) for code in wanted.texts if code not in spoken]
    if not wanted.texts:
        problems.append(("texts", _("Write the mail in one language at least.")))
    for code, text in wanted.texts.items():
        problems += text_problems(code, text, bool(wanted.rating))
    problems += _reminder_problems(wanted)
    if wanted.rating and wanted.rating not in (offered := ratings_of(survey)):
        said = _("Only a rating on the first page can stand in the mail; there are: %s")
        problems.append(("rating", said % (", ".join(offered) or "–")))
    if bool(wanted.segment) != bool(wanted.option):
        problems.append(("option", _("Give both, a segment and its value, or neither.")))
    problems += _column_problems(survey, wanted)
    return problems


def _column_problems(survey: Survey, wanted: Plan) -> Iterator[tuple[str, str]]:
    version = survey.current_version
    codes = [one.code for one in version.content.segments] if version else []
    said = _("The survey has no such segment question; there are: %s") % (", ".join(codes) or "–")
    return ((f"columns.{code}", said) for code in wanted.columns if code not in codes)


def _time_problems(wanted: Plan) -> Iterator[tuple[str, str]]:
    """A time just past is now: clocks differ, and a form takes a while to be filled in."""
    if problem := years.problem_of(wanted.send_at):
        yield "send_at", problem
    elif wanted.send_at < timezone.now() - LATEST:
        now = timezone.localtime().strftime("%Y-%m-%d %H:%M")
        yield "send_at", _("This time is past: it is %s now. Say no time to send at once.") % now


def _reminder_problems(wanted: Plan) -> Iterator[tuple[str, str]]:
    for code, text in wanted.reminder_texts.items():
        if code not in wanted.texts:
            said = _("A reminder may be written in the languages of the invitation only.")
            yield f"reminder_texts.{code}", said
        with_rating = bool(wanted.rating) and f"{{{wording.RATING}}}" in text["body"]  # it may do without
        for place, why in text_problems(code, text, with_rating):
            yield f"reminder_{place}", why


def text_problems(code: str, text: Text, with_rating: bool) -> list[tuple[str, str]]:
    found = []
    if not text["subject"].strip():
        found.append((f"texts.{code}.subject", _("The mail needs a subject.")))
    try:
        wording.check_subject(text["subject"])
    except wording.TextRefused as refused:
        found.append((f"texts.{code}.subject", str(refused)))
    try:
        wording.check_body(text["body"], with_rating)
    except wording.TextRefused as refused:
        found.append((f"texts.{code}.body", str(refused)))
    return found


@transaction.atomic
def cancel(mailing: Mailing) -> int:
    """Send no more of it, reminders neither; returns how many mails. Links that were sent work."""
    Mailing.objects.filter(pk=mailing.pk, cancelled_at=None).update(cancelled_at=timezone.now())
    recipients = Recipient.objects.filter(mailing=mailing)
    waiting = recipients.filter(state=Recipient.State.WAITING)  # due, or just being listed
    invitations = waiting.update(state=Recipient.State.CANCELLED, due_at=None)
    number = invitations + recipients.filter(due_at__isnull=False).update(due_at=None)
    _carry_nothing(mailing)
    return number


def _carry_nothing(mailing: Mailing) -> None:
    """Of an anonymous survey what links bring is shared by many; of a mailing cut short it may be by few."""
    survey = mailing.survey
    sent = mailing.recipients.filter(mails__gt=0).count()
    if survey.privacy == Survey.Privacy.ANONYMOUS and sent < survey.organisation.least_group:
        Invitation.objects.filter(recipient__mailing=mailing).update(segments={})


def suggested(language: str) -> dict[str, str]:
    """A text to begin with, in this language."""
    with translation.override(language):
        return {"subject": _("{company}: your opinion, please"), "body": _(SUGGESTED)}


def suggested_reminder(language: str) -> dict[str, str]:
    """A text for reminders to begin with, in this language."""
    with translation.override(language):
        return {"subject": _("{company}: your opinion still counts"), "body": _(SUGGESTED_REMINDER)}


SUGGESTED_REMINDER = gettext_noop(
    "Dear customer,\n\nsome days ago {company} asked you how satisfied you are, and your answers have "
    "not come yet. If you have a few minutes:\n\n{link}\n\nThe link is yours alone; what you began is still "
    "there.\n\nIf you would rather not get such mails: {opt_out}"
)
SUGGESTED = gettext_noop(
    "Dear customer,\n\n{company} would like to know how satisfied you are. Please answer a few "
    "questions:\n\n{link}\n\nThe link is yours alone; you may stop and go on later.\n\nIf you would rather "
    "not get such mails: {opt_out}"
)
