"""Single responses: analysts look through them and leave some out of the indices, with a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from surveys.fieldwork import durations
from surveys.forms.responses import ChoiceForm, ReasonForm, segment_labels
from surveys.models import Member, Response, Survey
from surveys.responses import carelessness
from surveys.responses.exclusions import NumberChanged, exclude, exclude_all, readmit
from surveys.responses.given_answers import answered_pages
from surveys.responses.ids import finished_response, response_id
from surveys.responses.invitations import addressee
from surveys.responses.listing import list_page
from surveys.views.access import for_members, get_survey

LANGUAGES = dict(settings.LANGUAGES)


@dataclass(frozen=True)
class Row:
    """What is told of a response; in an anonymous survey only its day: the minute may tell whose it is."""

    response: Response
    labels: dict[str, str]

    @property
    def id(self) -> str:
        return response_id(self.response.survey, self.response.pk)

    @property
    def is_anonymous(self) -> bool:
        return self.response.survey.privacy == Survey.Privacy.ANONYMOUS

    @property
    def duration(self) -> str:
        started, ended = self.response.started_at, self.response.finished_at
        if started is None or ended is None or ended < started:
            return ""
        return durations.in_words((ended - started).total_seconds())

    @property
    def language_name(self) -> str:
        return LANGUAGES.get(self.response.language, self.response.language)

    @property
    def segments(self) -> list[str]:
        own = self.response.segments.items()
        return [self.labels.get(f"{code}:{option}", option) for code, option in own]

    @property
    def flags(self) -> Iterator[str]:
        return carelessness.in_words(self.response.flags)


@for_members(may="edit")
def responses(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    form = _choice(request.GET, found)
    choice = form.choice()
    page = list_page(found, choice, request.GET.get("after", ""))
    asked = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    if page is None:  # the response it should go on from was withdrawn
        return redirect(f"{request.path}?{urlencode(asked)}")
    labels = segment_labels(found, get_language() or "en")
    context = {
        "member": member,
        "survey": found,
        "form": form,
        "rows": [_row(found, response, labels) for response in page.rows],
        "number": choice.of(found).count(),
        "may_be_left_out": choice.counted.of(found).count() if choice.flag in carelessness.FLAGS else 0,
        "asked": asked,
        "query": urlencode(asked),
        "is_first": not request.GET.get("after"),
        "has_more": page.has_more,
    }
    return render(request, "surveys/responses/list.html", context)


def _choice(data: QueryDict, survey: Survey) -> ChoiceForm:
    """What the address or form chooses; what the survey does not have is a 404."""
    form = ChoiceForm(data, survey, get_language() or "en")
    if not form.is_valid():
        raise Http404
    return form


def _row(survey: Survey, response: Response, labels: dict[str, str]) -> Row:
    response.survey = survey
    return Row(response, labels)


@require_POST
@for_members(may="edit")
def responses_exclude(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Leave out all that have one flag: first the number is shown, and only that number is left out."""
    found = get_survey(member, survey)
    form = _choice(request.POST, found)
    choice = form.choice().counted
    if choice.flag not in carelessness.FLAGS:
        raise Http404
    confirmed = request.POST.get("number", "")
    reason = ReasonForm(request.POST if "number" in request.POST else None)
    number = choice.of(found).count()
    if confirmed.isascii() and confirmed.isdigit() and reason.is_valid():
        try:
            done = exclude_all(choice.of(found), reason.cleaned_data["reason"], member.user, int(confirmed))
        except NumberChanged as changed:
            number = changed.number
            messages.error(request, _("There are others by now. Look at the number again."))
        else:
            said = ngettext("%d response was left out.", "%d responses were left out.", done) % done
            messages.success(request, said)
            return redirect("responses", member.organisation.slug, found.public_id)
    asked = {name: request.POST[name] for name in form.fields if request.POST.get(name)}
    context: dict[str, Any] = {
        "member": member,
        "survey": found,
        "form": reason,
        "number": number,
        "flag": carelessness.FLAGS[choice.flag],
        "period": choice.period,
        "segment": segment_labels(found, get_language() or "en").get(choice.segment),
        "channel": choice.channel,
        "asked": asked,
    }
    return render(request, "surveys/responses/exclude.html", context)


@for_members(may="edit")
def response(request: HttpRequest, member: Member, survey: str, response: str) -> HttpResponse:
    """One response: its answers, its flags, and whether it is left out."""
    survey_found = get_survey(member, survey)
    found = finished_response(survey_found, response)
    if found is None:
        raise Http404
    form = ReasonForm(request.POST if request.POST.get("do") == "exclude" else None)
    if request.method == "POST" and _decided(request, member, found, form):
        return redirect("response", member.organisation.slug, survey_found.public_id, response)
    row = _row(survey_found, found, segment_labels(survey_found, get_language() or "en"))
    texts = None if row.is_anonymous else dict(found.texts.values_list("code", "text"))
    exclusions = found.exclusions.select_related("excluded_by", "ended_by").order_by("-excluded_at", "-pk")
    context = {
        "member": member,
        "addressee": addressee(found),
        "survey": survey_found,
        "row": row,
        "pages": answered_pages(found, get_language() or "en", texts),
        "exclusions": exclusions,
        "form": form,
    }
    return render(request, "surveys/responses/response.html", context)


def _decided(request: HttpRequest, member: Member, found: Response, form: ReasonForm) -> bool:
    """Leave the response out or take it back in, as asked. False where the reason is missing."""
    try:
        if request.POST.get("do") == "readmit":
            readmit(found, member.user)
        elif not form.is_valid():
            return False
        else:
            exclude(found, form.cleaned_data["reason"], member.user)
    except Response.DoesNotExist as gone:
        raise Http404 from gone
    return True
