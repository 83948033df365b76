"""The page on which managers say what is known of the population."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from surveys import weighting
from surveys.forms.weighting import WeightingForm
from surveys.models import Member
from surveys.selectors import answers_by_option
from surveys.views.access import for_members, get_survey


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def survey_weighting(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """State the population's shares, change them, or turn weighting off."""
    found = get_survey(member, survey)
    here = redirect("weighting", member.organisation.slug, found.public_id)
    if request.method == "POST" and request.POST.get("do") == "off":
        weighting.change(found, {})
        messages.success(request, _("Answers are not weighted any more."))
        return here
    questions = [question.code for question in weighting.segment_questions(found)]
    answered = answers_by_option(found, questions)
    form = WeightingForm(request.POST if request.method == "POST" else None, survey=found, answered=answered)
    if request.method == "POST" and form.is_valid():
        weighting.store(found, form.stated)
        said = _("The weighting is stored.") if form.stated else _("Answers are not weighted.")
        messages.success(request, said)
        return here
    context = {
        "member": member,
        "survey": found,
        "form": form,
        "is_incomplete": weighting.is_incomplete(found),
    }
    return render(request, "surveys/weighting.html", context)
