"""Personal links: made, counted, withdrawn."""

import csv

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from surveys.forms.links import LinksForm
from surveys.models import Member, Survey
from surveys.responses.invitations import link_counts, make_links, withdraw_links
from surveys.views.access import for_members, get_survey

BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets misread everything but ASCII


@for_members(may="edit")
def links(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """New links are shown, or sent as a file, in answer to the form that asked for them, and never again."""
    found = get_survey(member, survey)
    form, made = LinksForm(request.POST if request.method == "POST" else None), []
    if request.method == "POST" and form.is_valid() and found.current_version:
        order = form.cleaned_data["order"]
        made = make_links(found, form.cleaned_data["count"], form.expires_at, order)
        if request.POST.get("do") == "csv":
            return _file(found, made, form)
    context = {
        "member": member,
        "survey": found,
        "form": LinksForm() if made else form,
        "is_published": found.current_version is not None,
        "made": made,
        "counts": link_counts(found),
        "is_anonymous": found.privacy == Survey.Privacy.ANONYMOUS,
    }
    return render(request, "surveys/links/links.html", context)


def _file(survey: Survey, made: list[str], form: LinksForm) -> HttpResponse:
    """Numbers, addresses and a day: no cell begins with what a spreadsheet would take for a formula."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="links-{timezone.localdate():%Y-%m-%d}.csv"'
    response.write(BYTE_ORDER_MARK)
    writer = csv.writer(response)
    writer.writerow([_("number"), _("link"), _("last day")])
    writer.writerows([n, link, form.cleaned_data["last_day"] or ""] for n, link in enumerate(made, 1))
    return response


@require_POST
@for_members(may="edit")
def withdraw(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    number = withdraw_links(found)
    said = ngettext("%d link was withdrawn.", "%d links were withdrawn.", number) % number
    messages.success(request, said)
    return redirect("links", member.organisation.slug, found.public_id)
