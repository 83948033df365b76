"""Making, publishing and running a survey."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from surveys import publishing, series
from surveys.catalogue import catalogue
from surveys.drafts.outline import Outline, name_of
from surveys.forms.publishing import PublishForm
from surveys.forms.survey import SurveyForm, WaveForm
from surveys.forms.texts import mark
from surveys.models import Member, Response, Survey
from surveys.periods import add_wave
from surveys.questionnaire.changes import changes
from surveys.views.access import for_members, get_survey
from surveys.views.authoring import listed_mistakes


@for_members(may="edit")
def survey_new(request: HttpRequest, member: Member) -> HttpResponse:
    draft = Survey(organisation=member.organisation, created_by=member.user, languages=[member.user.language])
    return _edit(request, member, draft)


@for_members(may="edit")
def survey_edit(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    return _edit(request, member, get_survey(member, survey))


def _edit(request: HttpRequest, member: Member, survey: Survey) -> HttpResponse:
    is_new = survey.pk is None
    chosen = {"instruments": request.GET.getlist("instrument")} if is_new else None
    form = SurveyForm(request.POST or None, instance=survey, initial=chosen)
    if request.method == "POST" and form.is_valid():
        survey = form.save()
        goes_on = is_new or publishing.draft_mistakes(survey)  # what is left to put right stands there
        return redirect("questions" if goes_on else "survey", member.organisation.slug, survey.public_id)
    mark(form, {} if is_new or form.is_bound else Outline(survey).problems())
    return render(request, "surveys/survey_edit.html", {"member": member, "survey": survey, "form": form})


@for_members()
def survey_page(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    return _page(request, member, get_survey(member, survey), WaveForm())


def _page(request: HttpRequest, member: Member, survey: Survey, wave_form: WaveForm) -> HttpResponse:
    finished = Q(responses__state=Response.State.FINISHED)
    context = {
        "member": member,
        "survey": survey,
        "instruments": _instruments(survey),
        "versions": _versions(survey),
        "is_changed": publishing.is_changed(survey),
        "periods": survey.periods.annotate(base=Count("responses", filter=finished)).order_by(
            "first_day", "pk"
        ),
        "counts": survey.responses.aggregate(
            started=Count("pk", filter=Q(origin=Response.Origin.WEB)),
            finished=Count("pk", filter=Q(origin=Response.Origin.WEB, state=Response.State.FINISHED)),
            imported=Count("pk", filter=Q(origin=Response.Origin.IMPORT)),
            outside=Count("pk", filter=Q(state=Response.State.FINISHED, period=None)),
        ),
        "imports": survey.imports.filter(state="stored").order_by("-stored_at"),
        "wave_form": wave_form,
    }
    return render(request, "surveys/survey.html", context)


def _instruments(survey: Survey) -> list[tuple[str, str]]:
    """The draft's instruments by name, each with the address of its page where there is one."""
    known = catalogue(survey.organisation)
    return [
        (name_of(known[one].instrument) if one in known else one, _address_of(survey, one))
        for one in survey.instrument_ids
    ]


def _address_of(survey: Survey, instrument: str) -> str:
    try:
        return reverse("instrument", args=[survey.organisation.slug, instrument])
    except NoReverseMatch:
        return ""


def _versions(survey: Survey) -> list[dict[str, Any]]:
    """Newest first, each with what its answers can be compared with."""
    comparable = series.histories(survey)
    versions = survey.versions.select_related("published_by").order_by("-number")
    return [
        {"version": one, "comparable": comparable.get(one.number, [_("It measures no index.")])}
        for one in versions
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def survey_publish(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Show what publishing would change; publish what was shown."""
    found = get_survey(member, survey)
    try:
        content = publishing.draft_content(found)
    except publishing.PublishingRefused:
        return _confirm(request, member, found, None)
    form = PublishForm(
        request.POST if request.method == "POST" else None,
        content=content,
        continuations=series.continuations(found, content),
    )
    if request.method != "POST" or not form.is_valid():
        return _confirm(request, member, found, form)
    try:
        version = publishing.publish(found, member.user, form.keeps())
    except publishing.PublishingRefused:
        return _confirm(request, member, found, form)
    messages.success(request, _("Version %d is published.") % version.number)
    return redirect("survey", member.organisation.slug, found.public_id)


def _confirm(request: HttpRequest, member: Member, survey: Survey, form: PublishForm | None) -> HttpResponse:
    outline = Outline(survey)
    latest = survey.current_version
    context = {
        "member": member,
        "survey": survey,
        "form": form,
        "mistakes": listed_mistakes(member, outline),
        "latest": latest,
        "next": latest.number + 1 if latest else 1,
        "is_changed": publishing.is_changed(survey),
        "changes": (
            changes(latest.content, form.content, get_language() or "en")
            if form and latest and not outline.mistakes
            else []
        ),
    }
    return render(request, "surveys/authoring/publish.html", context)


@require_POST
@for_members(may="edit")
def survey_state(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Close the survey, or open it again."""
    found = get_survey(member, survey)
    (publishing.close if request.POST.get("state") == "closed" else publishing.reopen)(found)
    return redirect("survey", member.organisation.slug, found.public_id)


@require_POST
@for_members(may="edit")
def wave_add(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    form = WaveForm(request.POST)
    if form.is_valid():
        try:
            add_wave(found, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("survey", member.organisation.slug, found.public_id)
    return _page(request, member, found, form)
