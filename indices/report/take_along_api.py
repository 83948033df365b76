"""What a program takes along of a report: the PDF, the workbook, and each table as CSV."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone, translation
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, generics, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from indices.models import MapLevel, Run
from indices.paper import fonts
from indices.report.choice import LEAST_RISE, MOST_RISE
from indices.report.shown import Shown
from indices.report.take_along import XLSX, csv_answer, no_font, pdf_answer, shown_at, workbook_answer
from indices.report_tables.gathered import tables
from indices.report_tables.table import Table
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS, problems

Answer = TypeVar("Answer", bound=HttpResponse)


class NoFont(exceptions.APIException):
    status_code = 503
    default_code = "no_font"


class ShownSerializer(serializers.Serializer[Any]):
    """Which report is meant, as in its page's address. All of it may be left out: then it is that of
    everybody in the newest period that has figures, in the caller's own language."""

    period = serializers.CharField(max_length=22, required=False, help_text="a period's id")
    segment = serializers.CharField(
        max_length=90, required=False, allow_blank=True, help_text="question:option; empty for everybody"
    )
    window = serializers.IntegerField(
        min_value=1, max_value=999_999_999, required=False, help_text="of how many periods, the last included"
    )
    measure = serializers.CharField(max_length=64, required=False, help_text="an instrument's id")
    revision = serializers.IntegerField(
        min_value=1, max_value=999_999_999, required=False, help_text="a stored revision; else the newest"
    )
    outcome = serializers.CharField(
        max_length=40, required=False, help_text="a headline construct that drivers are shown for"
    )
    level = serializers.ChoiceField(MapLevel.choices, required=False, help_text="what the map shows")
    rise = serializers.IntegerField(
        min_value=LEAST_RISE, max_value=MOST_RISE, required=False, help_text="points that drivers rise by"
    )
    language = serializers.ChoiceField(settings.LANGUAGES, required=False)


class TableSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="names the table in its address")
    title = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    notes = serializers.ListField(child=serializers.CharField())


class TablesSerializer(serializers.Serializer[Any]):
    tables = TableSerializer(many=True)


class PdfRenderer(JSONRenderer):
    """For who accepts the file only: refusals are rendered here, the file itself is a plain answer."""

    media_type, format = "application/pdf", "pdf"


class WorkbookRenderer(JSONRenderer):
    media_type, format = XLSX, "xlsx"


class CsvRenderer(JSONRenderer):
    media_type, format = "text/csv", "csv"


class OfReport(OfOrganisation[Run]):
    """An address of a survey's report. Figures are told as on the page, to readers of every role."""

    serializer_class = TablesSerializer

    def made(self, make: Callable[[Shown], Answer]) -> Answer:
        """In the language asked for, times in the organisation's zone; a 404 where there is no report."""
        asked = ShownSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        language = asked.validated_data.get("language") or self.member.user.language
        zone = self.member.organisation.time_zone
        with translation.override(language), timezone.override(zone):
            return make(shown_at(self.request._request, self.member, self.survey, self.may_edit))


class ReportTables(OfReport, generics.GenericAPIView[Run]):
    @extend_schema(parameters=[ShownSerializer], responses={200: TablesSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The tables that the report has, each with the key that names it."""
        return self.made(lambda shown: Response({"tables": [_described(one) for one in tables(shown)]}))


def _described(table: Table) -> dict[str, Any]:
    columns = [column.header for column in table.columns]
    return {"key": table.key, "title": table.title, "columns": columns, "notes": table.notes}


class ReportTable(OfReport, generics.GenericAPIView[Run]):
    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        operation_id="organisations_surveys_report_table_csv",
        parameters=[ShownSerializer],
        responses={(200, "text/csv"): OpenApiTypes.BINARY} | PROBLEMS,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """A table of the report as CSV: UTF-8, figures with the digits of the page, empty where there are
        none. What begins like a formula has an apostrophe before it."""
        return self.made(lambda shown: csv_answer(shown, self.kwargs["table"]))


class ReportWorkbook(OfReport, generics.GenericAPIView[Run]):
    renderer_classes = (JSONRenderer, WorkbookRenderer)

    @extend_schema(
        operation_id="organisations_surveys_report_workbook",
        parameters=[ShownSerializer],
        responses={(200, XLSX): OpenApiTypes.BINARY} | PROBLEMS,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The report as a workbook: a cover, and each table on a sheet of its own, with all digits stored."""
        return self.made(workbook_answer)


class ReportPdf(OfReport, generics.GenericAPIView[Run]):
    renderer_classes = (JSONRenderer, PdfRenderer)

    @extend_schema(
        operation_id="organisations_surveys_report_pdf",
        parameters=[ShownSerializer],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY} | PROBLEMS | problems(503),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The report as PDF. 503 where it is to be Chinese and the server has no font for it."""
        try:
            return self.made(pdf_answer)
        except fonts.NoFont:
            raise NoFont(no_font()) from None
