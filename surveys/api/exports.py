"""Raw answers taken along by a program: asked for, watched, fetched, cancelled. For those who may edit."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from surveys.api.fields import OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS, Conflict, problems
from surveys.exports import files, jobs
from surveys.exports.own import own_exports
from surveys.exports.wanted import Wanted, languages_of
from surveys.models import Export
from surveys.models.export import ExportStatus
from surveys.views.access import May
from surveys.views.exports import file_answer


class ExportWantedSerializer(OnlyKnown):
    kind = serializers.ChoiceField(Export.Kind.choices)
    language = serializers.CharField(
        max_length=10, required=False, help_text="of the labels; the survey's first where not said"
    )
    with_labels = serializers.BooleanField(
        default=False, help_text="questions and options in words, in CSV and XLSX; a .sav always has labels"
    )

    def validate_language(self, language: str) -> str:
        offered = self.context["languages"]
        if language not in offered:
            raise serializers.ValidationError(_("must be one of: %s") % ", ".join(offered))
        return language


class ExportSerializer(serializers.ModelSerializer[Export]):
    id = serializers.CharField(source="public_id", read_only=True)
    status = serializers.SerializerMethodField()
    file = serializers.SerializerMethodField(help_text="where to fetch it; null unless it is there")

    class Meta:
        model = Export
        fields = (
            "id", "kind", "language", "with_labels", "status", "progress", "rows", "size", "error",
            "queued_at", "started_at", "ended_at", "expires_at", "file",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs: ClassVar = {
            "progress": {"help_text": "0 to 1"},
            "size": {"help_text": "bytes"},
            "error": {"help_text": "why it failed: worker_died, too_long, too_wide, internal"},
        }

    def get_status(self, export: Export) -> ExportStatus:
        is_over = export.status == ExportStatus.DONE and not jobs.is_there(export)
        return ExportStatus.EXPIRED if is_over else ExportStatus(export.status)

    def get_file(self, export: Export) -> str | None:
        if not jobs.is_there(export):
            return None
        organisation = export.survey.organisation.slug
        return reverse("api-export-file", args=[organisation, export.survey.public_id, export.public_id])


class OfExports(OfOrganisation[Export]):
    """An address of the caller's own exports of a survey; another person's is not there."""

    needs: ClassVar[dict[str, May]] = {"GET": "edit"}
    serializer_class = ExportSerializer

    def get_queryset(self) -> QuerySet[Export]:
        return own_exports(self.member, self.survey)

    @property
    def export(self) -> Export:
        return get_object_or_404(self.get_queryset(), public_id=self.kwargs["export"])


class ExportList(OfExports, generics.ListAPIView[Export]):
    @extend_schema(responses={200: ExportSerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The exports that the caller asked for, newest first."""
        return self.list(request, *args, **kwargs)

    @extend_schema(
        request=ExportWantedSerializer,
        responses={200: ExportSerializer, 202: ExportSerializer} | PROBLEMS | problems(409),
        examples=[OpenApiExample("For SPSS", {"kind": "sav", "language": "zh-hant"}, request_only=True)],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for all finished responses as a file. A worker writes it; look again until `file` is there.

        Asked again while nothing new has come in and the file is there or on its way, the answer is the same
        export, with 200.
        """
        offered = languages_of(self.survey)
        if not offered:
            raise Conflict("The survey is not published; there are no answers yet.")
        asked = ExportWantedSerializer(data=request.data, context={"languages": offered})
        asked.is_valid(raise_exception=True)
        wanted = Wanted(**{"language": next(iter(offered)), **asked.validated_data}).tidy
        export, is_new = jobs.request(self.survey, self.member.user, wanted)
        return Response(ExportSerializer(export).data, status=202 if is_new else 200)


class ExportDetail(OfExports):
    @extend_schema(responses={200: ExportSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """How far an export is."""
        return Response(ExportSerializer(self.export).data)


class ExportCancel(OfExports):
    @extend_schema(request=None, responses={200: ExportSerializer} | PROBLEMS | problems(409))
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel an export that waits or is being written. Twice does no harm; one that has ended
        otherwise is a conflict, and stays as it is."""
        asked = self.export
        jobs.cancel(asked)
        asked.refresh_from_db()
        if asked.status != Export.Status.CANCELLED:
            raise Conflict(f"The export had ended already: it is {asked.status}. Nothing was cancelled.")
        return Response(ExportSerializer(asked).data)


class AnyFileRenderer(JSONRenderer):
    """For who accepts the file only: refusals are rendered here, the file itself is a plain answer."""

    media_type = "*/*"
    format = "file"


class ExportFile(OfExports):
    renderer_classes = (JSONRenderer, AnyFileRenderer)

    @extend_schema(
        responses={
            (200, content_type.partition(";")[0]): OpenApiTypes.BINARY
            for _ending, content_type in files.TYPES.values()
        }
        | PROBLEMS,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:
        """The file. One that has expired, or holds an answer that was withdrawn since, is not there. A
        download that broke off goes on with `Range: bytes=…-`."""
        return file_answer(request._request, self.export)
