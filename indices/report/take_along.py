"""A report to take along: as PDF, as a workbook, and each of its tables as CSV."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from indices.paper import fonts
from indices.paper.typesetting import pdf
from indices.report.shown import Shown, told
from indices.report.views import shown_report
from indices.report_tables.csv_file import csv_file
from indices.report_tables.gathered import tables
from indices.report_tables.workbook import workbook
from indices.taking_away.folder import folder_name
from surveys.models import Member, Survey
from surveys.views.access import for_members, get_survey

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def shown_at(request: HttpRequest, member: Member, survey: Survey, reads_answers: bool) -> Shown:
    """What the report's page shows at the same address; a 404 where it shows no figures."""
    page = shown_report(request, member, survey, reads_answers)
    shown = told(page) if page else None
    if shown is None:
        raise Http404
    return shown


def pdf_answer(shown: Shown) -> HttpResponse:
    """Raises fonts.NoFont."""
    return _file(pdf(shown), "application/pdf", f"{folder_name(shown.run)}.pdf")


def workbook_answer(shown: Shown) -> HttpResponse:
    return _file(workbook(shown, tables(shown)), XLSX, f"{folder_name(shown.run)}.xlsx")


def csv_answer(shown: Shown, key: str) -> HttpResponse:
    """A 404 for a table that the report does not have."""
    table = next((one for one in tables(shown) if one.key == key), None)
    if table is None:
        raise Http404
    return _file(csv_file(table), "text/csv; charset=utf-8", f"{folder_name(shown.run)}-{key}.csv")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


@require_GET
@for_members()
def report_pdf(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Without letters for it, back to the page, which says so."""
    shown = shown_at(request, member, get_survey(member, survey), member.may_edit)
    try:
        return pdf_answer(shown)
    except fonts.NoFont:
        messages.error(request, no_font())
        page = reverse("report", args=[member.organisation.slug, survey])
        return redirect(f"{page}?{request.GET.urlencode()}")


def no_font() -> str:
    said = _(
        "The PDF was not made: this server has no font with Chinese letters. Its administrator can install "
        "one; on Debian, the package %(package)s."
    )
    return said % {"package": fonts.PACKAGE}


@require_GET
@for_members()
def report_workbook(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    return workbook_answer(shown_at(request, member, found, member.may_edit))


@require_GET
@for_members()
def report_table(request: HttpRequest, member: Member, survey: str, table: str) -> HttpResponse:
    found = get_survey(member, survey)
    return csv_answer(shown_at(request, member, found, member.may_edit), table)
