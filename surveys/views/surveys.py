"""Making, publishing and running a survey."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from surveys import publishing
from surveys.forms.survey import SurveyForm, WaveForm
from surveys.models import Member, Response, Survey
from surveys.periods import add_wave
from surveys.views.access import for_members, get_survey


@for_members(may="edit")
def survey_new(request: HttpRequest, member: Member) -> HttpResponse:
    draft = Survey(organisation=member.organisation, created_by=member.user, languages=[member.user.language])
    return _edit(request, member, draft)


@for_members(may="edit")
def survey_edit(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    return _edit(request, member, get_survey(member, survey))


def _edit(request: HttpRequest, member: Member, survey: Survey) -> HttpResponse:
    form = SurveyForm(request.POST or None, instance=survey)
    if request.method == "POST" and form.is_valid():
        survey = form.save()
        return redirect("survey", member.organisation.slug, survey.public_id)
    return render(request, "surveys/survey_edit.html", {"member": member, "survey": survey, "form": form})


@for_members()
def survey_page(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    return _page(request, member, get_survey(member, survey), WaveForm())


def _page(request: HttpRequest, member: Member, survey: Survey, wave_form: WaveForm) -> HttpResponse:
    finished = Q(responses__state=Response.State.FINISHED)
    version = survey.current_version
    context = {
        "member": member,
        "survey": survey,
        "version": version,
        "is_changed": version and publishing.digest_of(publishing.snapshot(survey)) != version.digest,
        "periods": survey.periods.annotate(base=Count("responses", filter=finished)).order_by(
            "first_day", "pk"
        ),
        "counts": survey.responses.aggregate(
            started=Count("pk"),
            finished=Count("pk", filter=Q(state=Response.State.FINISHED)),
            outside=Count("pk", filter=Q(state=Response.State.FINISHED, period=None)),
        ),
        "imports": survey.imports.filter(state="stored").order_by("-stored_at"),
        "wave_form": wave_form,
    }
    return render(request, "surveys/survey.html", context)


@require_POST
@for_members(may="edit")
def survey_publish(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    try:
        version = publishing.publish(found, member.user)
    except publishing.PublishingRefused as refused:
        field = SurveyForm(instance=found).fields[refused.field]
        messages.error(request, f"{field.label}: {refused}")
        return redirect("survey-edit", member.organisation.slug, found.public_id)
    messages.success(request, _("Version %d is published.") % version.number)
    return redirect("survey", member.organisation.slug, found.public_id)


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
