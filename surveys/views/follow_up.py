"""A response that is followed up: what it is about, who looks after it, and what was done."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from surveys.follow_up import changes
from surveys.follow_up.selectors import follow_up_of, texts_of
from surveys.forms.follow_up import AssignForm, CloseForm, NoteForm
from surveys.forms.words import WordsForm
from surveys.models import FollowUp, Member, Survey
from surveys.models.fields import public_id
from surveys.responses.ids import response_id
from surveys.responses.invitations import addressee
from surveys.views.access import for_members, get_survey
from surveys.views.words import comment


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def follow_up(request: HttpRequest, member: Member, survey: str, follow_up: str) -> HttpResponse:
    found = get_survey(member, survey)
    own = follow_up_of(found, follow_up)
    if own is None:
        raise Http404
    forms = _forms(request, own)
    if request.method == "POST" and _done(request, member, own, forms):
        return redirect("follow-up", member.organisation.slug, found.public_id, follow_up)
    return render(request, "surveys/follow_up/follow_up.html", _context(member, found, own, forms))


def _forms(request: HttpRequest, own: FollowUp) -> dict[str, Any]:
    """Each bound only where it is what was sent."""

    def sent(name: str) -> Any:
        return request.POST if request.POST.get("do") == name else None

    return {
        "assign": AssignForm(sent("assign"), own),
        "note": NoteForm(sent("note"), initial={"key": public_id()}),
        "close": CloseForm(sent("close")),
    }


def _done(request: HttpRequest, member: Member, own: FollowUp, forms: dict[str, Any]) -> bool:
    """Do what was asked. False where the form is wrong."""
    asked = request.POST.get("do", "")
    if asked in forms and not forms[asked].is_valid():
        return False
    doing: dict[str, Callable[[], bool]] = {
        "assign": lambda: changes.assign(own, forms["assign"].cleaned_data["owner"], member.user),
        "take": lambda: changes.assign(own, member, member.user),
        "note": lambda: changes.note(own, by=member.user, **forms["note"].cleaned_data),
        "close": lambda: changes.close(own, forms["close"].cleaned_data["text"], member.user),
        "reopen": lambda: changes.reopen(own, member.user),
    }
    if asked not in doing:
        raise Http404
    try:
        if not doing[asked]():
            messages.info(request, _("It was so already; nothing was changed."))
    except changes.ChangeRefused as refused:
        messages.error(request, str(refused))
    except FollowUp.DoesNotExist as gone:  # the response was withdrawn meanwhile
        raise Http404 from gone
    return True


def _context(member: Member, survey: Survey, own: FollowUp, forms: dict[str, Any]) -> dict[str, Any]:
    words = WordsForm({}, survey, get_language() or "en")
    words.is_valid()
    opened = own.alerts.order_by("pk").prefetch_related("mails__member__user")
    alerts = [(alert, words.ratings.get(alert.item)) for alert in opened]
    is_anonymous = survey.privacy == Survey.Privacy.ANONYMOUS
    rating = None if is_anonymous else words.chosen().rating
    own.response.survey = survey
    return {
        "member": member,
        "survey": survey,
        "own": own,
        "comments": [comment(survey, words, one, rating) for one in texts_of(own)],
        "alerts": [{"alert": one, "rating": asked, "score": _said(one, asked)} for one, asked in alerts],
        "forms": forms,
        "history": own.notes.select_related("by"),
        "addressee": addressee(own.response),
        "is_anonymous": is_anonymous,
        # An anonymous response's answers, segments and words are shown nowhere beside one another.
        "response_id": "" if is_anonymous else response_id(survey, own.response.pk),
        "segments": [] if is_anonymous else _segments(words, own),
    }


def _segments(words: WordsForm, own: FollowUp) -> list[str]:
    given = own.response.segments.items()
    return [words.segments.get(f"{code}:{option}", option) for code, option in given]


def _said(alert: Any, rating: Any) -> str:
    return rating.said(alert.score) if rating else str(alert.score)
