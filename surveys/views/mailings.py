"""The page "Invitations" of a survey: written, tried out, planned, counted, cancelled."""

import smtplib
from dataclasses import replace

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.contacts.choosing import suggested
from surveys.drafts.outline import readers_language
from surveys.forms.mailings import MailingForm
from surveys.limits import client_address
from surveys.mailings.counts import counts_of, counts_of_survey
from surveys.mailings.foresight import foreseen, known_of
from surveys.mailings.planning import PlanRefused, cancel, check, plan
from surveys.mailings.trials import TooMany, send_trials
from surveys.models import Mailing, Member, Recipient, Survey
from surveys.questionnaire.pages import pages
from surveys.questionnaire.questions import Question
from surveys.views.access import for_members, get_survey

MOST_REFUSED_SHOWN = 100


@for_members(may="edit")
def invitations(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    form = MailingForm(request.POST if request.method == "POST" else None, survey=found)
    summary: dict[str, object] = {}
    if request.method == "POST" and form.is_valid():
        try:
            done = _act(request, member, found, form)
        except PlanRefused as refused:
            form.refuse(refused.problems)
        else:
            if isinstance(done, Mailing):
                return redirect("mailing", member.organisation.slug, found.public_id, done.public_id)
            summary = done
    context = {
        "member": member,
        "survey": found,
        "form": form,
        "suggestions": suggested(member.organisation),
        "contacts": member.organisation.contacts.filter(opted_out_at=None, bounced_at=None).count(),
        "mails_leave": settings.MAILS_LEAVE,
        "mailings": [(one, counts_of(one)) for one in found.mailings.order_by("-send_at", "-pk")],
        "counts": counts_of_survey(found),
        "is_anonymous": found.privacy == Survey.Privacy.ANONYMOUS,
        "segments": _segments(found),
        **summary,
    }
    return render(request, "surveys/mailings/invitations.html", context)


def _act(
    request: HttpRequest, member: Member, survey: Survey, form: MailingForm
) -> Mailing | dict[str, object]:
    """The planned mailing, where just what was shown is confirmed; else what is to be shown. Raises
    PlanRefused."""
    do, wanted = request.POST.get("do"), form.plan()
    if do == "test":
        _test(request, member, check(survey, wanted))
    if do in ("test", "change"):
        return {}
    if do == "confirm" and constant_time_compare(request.POST.get("shown", ""), form.digest):
        made = plan(survey, wanted, member.user)
        messages.success(request, _("The invitations are planned."))
        return made
    mailing, names = check(survey, wanted), dict(settings.LANGUAGES)
    told = foreseen(mailing)
    texts = {one.code: one.text for one in _segments(survey)}
    return {
        "planned": mailing,
        "foreseen": told,
        "by_language": [(names[code], number) for code, number in told.languages.items()],
        "known": [(texts.get(one.code, one.code), one) for one in known_of(mailing)],
        "rating": form.rating_shown,
        "is_changed": do == "confirm",
        "is_now": mailing.send_at <= timezone.now(),
    }


def _segments(survey: Survey) -> list[Question]:
    """The published segment questions, in the reader's language where the survey has it. Their codes are
    those that contacts' columns have."""
    version = survey.current_version
    if version is None:
        return []
    language = readers_language(survey) if readers_language(survey) in version.languages else ""
    asked = (
        one for page in pages(version.content, language or version.languages[0]) for one in page.questions
    )
    return [replace(one, code=one.code.partition(".")[2]) for one in asked if one.is_segment]


def _test(request: HttpRequest, member: Member, mailing: Mailing) -> None:
    """One mail for every text, to who is signed in and nobody else."""
    try:
        send_trials(mailing, member.user, client_address(request))
    except TooMany:
        messages.error(request, _("Too many test mails in a short time. Try again in a quarter of an hour."))
        return
    except (OSError, smtplib.SMTPException) as error:
        messages.error(request, _("The mail server did not take the test mail: %s") % type(error).__name__)
        return
    messages.success(request, _("A test mail was sent to %s.") % member.user.email)


@for_members(may="edit")
def mailing(request: HttpRequest, member: Member, survey: str, mailing: str) -> HttpResponse:
    found = get_survey(member, survey)
    one = get_object_or_404(found.mailings, public_id=mailing)
    if request.method == "POST":
        number, is_hidden = cancel(one), found.privacy == Survey.Privacy.ANONYMOUS
        said = (
            ngettext("Cancelled: %d mail is not sent.", "Cancelled: %d mails are not sent.", number) % number
        )
        hidden = _("Cancelled: nothing more is sent. Links that were sent still work.")
        messages.success(request, hidden if is_hidden else said)
        return redirect("mailing", member.organisation.slug, found.public_id, one.public_id)
    failed = [Recipient.State.REFUSED, Recipient.State.BOUNCED]
    refused = one.recipients.filter(state__in=failed, contact__isnull=False)
    counts = counts_of(one)
    context = {
        "member": member,
        "survey": found,
        "mailing": one,
        "counts": counts,
        "is_anonymous": found.privacy == Survey.Privacy.ANONYMOUS,
        "segments": [(asked.text, one.carried.get(asked.code, 0)) for asked in _segments(found)],
        "refused": refused.select_related("contact").order_by("pk")[:MOST_REFUSED_SHOWN],
        "may_cancel": not one.cancelled_at
        and (found.privacy == Survey.Privacy.ANONYMOUS or _is_under_way(one)),
    }
    return render(request, "surveys/mailings/mailing.html", context)


def _is_under_way(mailing: Mailing) -> bool:
    """In an anonymous survey it is not told: where no reminder follows, people have handed in."""
    return not mailing.prepared_at or mailing.recipients.filter(due_at__isnull=False).exists()
