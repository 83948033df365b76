"""Quotas of a survey: made, looked at, changed, paused, removed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from surveys.forms.quotas import EachForm, MostForm, QuotaForm
from surveys.models import Member, Quota, Survey
from surveys.quotas import keeping, wording
from surveys.quotas.standing import standings
from surveys.views.access import for_members, get_survey
from surveys.weighting import segment_questions


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def quotas(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """What there is, how it stands, and a form for one more."""
    found = get_survey(member, survey)
    form = QuotaForm(request.POST if request.method == "POST" else None, found)
    if request.method == "POST" and form.is_valid() and form.made():
        messages.success(request, _("The quota is made; answers that are there already count."))
        return redirect("quotas", member.organisation.slug, found.public_id)
    return _page(request, member, found, form=form)


@require_POST
@for_members(may="edit")
def quotas_each(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """One quota of the same number for each option of a segment question."""
    found = get_survey(member, survey)
    form = EachForm(request.POST, found)
    made = form.made() if form.is_valid() else None
    if made is None:
        return _page(request, member, found, each_form=form)
    said = ngettext("%d quota is made.", "%d quotas are made.", made) % made
    messages.success(request, said if made else _("Every option has its quota already."))
    return redirect("quotas", member.organisation.slug, found.public_id)


def _page(request: HttpRequest, member: Member, survey: Survey, **forms: Any) -> HttpResponse:
    context = {
        "member": member,
        "survey": survey,
        "is_published": survey.current_version is not None,
        "has_segments": bool(segment_questions(survey)),
        "quotas": _told(survey, list(survey.quotas.order_by("pk"))),
        "form": QuotaForm(None, survey),
        "each_form": EachForm(None, survey),
        **forms,
    }
    return render(request, "surveys/quotas/quotas.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def quota(request: HttpRequest, member: Member, survey: str, quota: str) -> HttpResponse:
    """One quota, and what may be changed of it."""
    found = get_survey(member, survey)
    own = get_object_or_404(found.quotas, public_id=quota)
    form = MostForm(request.POST if request.POST.get("do") == "most" else None, initial={"most": own.most})
    if request.method == "POST" and request.POST.get("do") == "remove":
        keeping.remove(own)
        messages.success(request, _("The quota is removed. Answers stay as they are."))
        return redirect("quotas", member.organisation.slug, found.public_id)
    if request.method == "POST" and _changed(request, own, form):
        return redirect("quota", member.organisation.slug, found.public_id, own.public_id)
    context = {"member": member, "survey": found, "one": _told(found, [own])[0], "form": form}
    return render(request, "surveys/quotas/quota.html", context)


def _changed(request: HttpRequest, own: Quota, form: MostForm) -> bool:
    do = request.POST.get("do")
    if do in {"pause", "go-on"}:
        keeping.change(own, is_active=do == "go-on")
        return True
    if do != "most" or not form.is_valid():
        return False
    keeping.change(own, most=form.cleaned_data["most"])
    messages.success(request, _("The number is stored."))
    return True


def _told(survey: Survey, quotas: list[Quota]) -> list[dict[str, Any]]:
    names, hints = wording.about(survey, quotas), wording.asked_late(survey, quotas)
    return [
        {
            "name": name,
            "hint": hint,
            "quota": standing.quota,
            "standing": standing,
            "outlook": wording.outlook(standing),
            "again": wording.again(standing),
        }
        for name, hint, standing in zip(names, hints, standings(survey, quotas), strict=True)
    ]
