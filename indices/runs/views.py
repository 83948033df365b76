"""What is done with single runs on the report's page: cancelling, and taking away."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from indices.models import Run
from indices.runs.cancelling import cancel, cancel_all
from indices.taking_away import folder
from surveys.models import Member, Survey
from surveys.views.access import for_members, get_survey


@require_POST
@for_members(may="edit")
def cancel_run(request: HttpRequest, member: Member, survey: str, run: str) -> HttpResponse:
    """End one run. Doing it twice, or too late, changes nothing and says so."""
    found = _run(get_survey(member, survey), run)
    if cancel(found, member.user):
        messages.success(request, _("The computation was cancelled; nothing of it is stored."))
    else:
        found.refresh_from_db(fields=["status"])
        said = _("Nothing was cancelled: the computation had ended already (%s).")
        messages.info(request, said % found.get_status_display())
    return _to_report(member, found)


@require_POST
@for_members(may="edit")
def cancel_runs(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """End all of the survey's runs that wait or are under way."""
    found = get_survey(member, survey)
    ended = len(cancel_all(found, member.user))
    if ended:
        said = ngettext("%d computation was cancelled.", "%d computations were cancelled.", ended)
        messages.success(request, said % ended)
    else:
        messages.info(request, _("Nothing was cancelled: no computation waits or is under way."))
    return redirect("report", member.organisation.slug, found.public_id)


@require_GET
@for_members(may="edit")
def run_folder(request: HttpRequest, member: Member, survey: str, run: str) -> HttpResponse:
    """A done run as a ZIP that computes it again outside."""
    found = folder.stored_run(_run(get_survey(member, survey), run))
    try:
        return zip_answer(found)
    except folder.TooSmall:
        raise PermissionDenied from None
    except folder.NotThere:
        messages.info(request, _("The computation is not done, so there is nothing to take away."))
        return _to_report(member, found)


def zip_answer(run: Run) -> HttpResponse:
    """Raises folder.NotThere or folder.TooSmall."""
    answer = HttpResponse(folder.zipped(run), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{folder.folder_name(run)}.zip"'
    return answer


def _run(survey: Survey, public_id: str) -> Run:
    return get_object_or_404(
        Run.objects.select_related("period", "survey"), survey=survey, public_id=public_id
    )


def _to_report(member: Member, run: Run) -> HttpResponse:
    address = reverse("report", args=[member.organisation.slug, run.survey.public_id])
    return redirect(f"{address}?period={run.period.public_id}")
