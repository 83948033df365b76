"""Raw answers taken along: asked for, watched, fetched and cancelled by the one who asked."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from surveys.exports import files, jobs
from surveys.exports.own import MOST_LISTED, own_exports
from surveys.forms.exports import ExportForm
from surveys.models import Export, Member, Survey
from surveys.questionnaire.names import LANGUAGES
from surveys.views.access import for_members, get_survey

GO_ON = re.compile(r"bytes=([0-9]{1,15})-", re.ASCII)
ERRORS = {
    "worker_died": gettext_lazy("The worker stopped in the middle several times; the file was given up."),
    "too_long": gettext_lazy("Writing it took longer than allowed and was stopped."),
    "too_wide": gettext_lazy("An Excel sheet has no room for so many columns; take CSV instead."),
    "internal": gettext_lazy("Something went wrong on our side; the log says what."),
}


@dataclass(frozen=True)
class Row:
    """An export as its row on the page."""

    export: Export

    @cached_property
    def is_there(self) -> bool:
        return jobs.is_there(self.export)

    @property
    def status(self) -> Any:
        is_over = self.export.status == Export.Status.DONE and not self.is_there
        return Export.Status.EXPIRED.label if is_over else self.export.get_status_display()

    @property
    def percent(self) -> int:
        return int(self.export.progress * 100)

    @property
    def language_name(self) -> str:
        return LANGUAGES.get(self.export.language, self.export.language)

    @property
    def error(self) -> Any:
        return ERRORS.get(self.export.error, "")

    @property
    def waits(self) -> bool:
        return self.export.status == Export.Status.QUEUED

    @property
    def expires_at(self) -> datetime | None:
        return self.export.expires_at if self.is_there else None


@for_members(may="edit")
def exports(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    data = request.POST if request.method == "POST" else None
    form = ExportForm(data, found, get_language() or "en")
    if data is not None and form.is_valid():
        _export, is_new = jobs.request(found, member.user, form.wanted())
        if not is_new:
            messages.info(request, _("Nothing has come in since: this file is there already, or on its way."))
        return redirect("exports", member.organisation.slug, found.public_id)
    rows = [Row(export) for export in own_exports(member, found)[:MOST_LISTED]]
    context = {
        "member": member,
        "survey": found,
        "form": form,
        "is_published": found.current_version is not None,
        "is_anonymous": found.privacy == Survey.Privacy.ANONYMOUS,
        "rows": rows,
        "is_under_way": any(row.export.is_under_way for row in rows),
    }
    return render(request, "surveys/exports/list.html", context)


@require_safe
@for_members(may="edit")
def export_file(request: HttpRequest, member: Member, survey: str, export: str) -> FileResponse:
    return file_answer(request, _own(member, survey, export))


def file_answer(request: HttpRequest, export: Export) -> FileResponse:
    """The file as a download, or what is still lacking of one that broke off. Raises Http404 where it is not
    there (any more)."""
    path = files.path_of(export.file)
    if not jobs.is_there(export) or not path.is_file():
        raise Http404
    tag, size, content = f'"{export.file}"', path.stat().st_size, path.open("rb")
    start = content.seek(_first_byte(request, tag, size))
    answer = FileResponse(
        content,
        as_attachment=True,
        filename=files.download_name(export),
        content_type=files.content_type(export),
        status=206 if start else 200,
    )
    answer.headers["Accept-Ranges"], answer.headers["ETag"] = "bytes", tag
    if start:
        answer.headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
    return answer


def _first_byte(request: HttpRequest, tag: str, size: int) -> int:
    """Where a download goes on: only of the same file, and only to its end. Any other wish gets all of it."""
    wish = GO_ON.fullmatch(request.headers.get("Range", ""))
    if wish is None or request.headers.get("If-Range", tag) != tag:
        return 0
    start = int(wish[1])
    return start if start < size else 0


@require_POST
@for_members(may="edit")
def export_cancel(request: HttpRequest, member: Member, survey: str, export: str) -> HttpResponse:
    own = _own(member, survey, export)
    if jobs.cancel(own):
        messages.success(request, _("The export was cancelled."))
    else:
        messages.info(request, _("It had ended already; nothing was cancelled."))
    return redirect("exports", member.organisation.slug, own.survey.public_id)


def _own(member: Member, survey: str, export: str) -> Export:
    return get_object_or_404(own_exports(member, get_survey(member, survey)), public_id=export)
