"""What a program does with single runs: cancelling, and taking away."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, generics
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from indices.api import STORED, OfRuns, RequestedRunsSerializer, RunSerializer
from indices.models import Run
from indices.runs.cancelling import cancel, cancel_all
from indices.runs.views import zip_answer
from indices.taking_away import folder
from surveys.api.problems import PROBLEMS, Conflict, problems
from surveys.views.access import May


class OneRun(OfRuns):
    """An address of one of the survey's runs; another survey's is not there."""

    serializer_class = RunSerializer

    @property
    def run(self) -> Run:
        runs = Run.objects.select_related("period", "survey__organisation").prefetch_related(*STORED)
        return get_object_or_404(runs, survey=self.survey, public_id=self.kwargs["run"])


class RunCancel(OneRun, generics.GenericAPIView[Run]):
    @extend_schema(request=None, responses={200: RunSerializer} | PROBLEMS | problems(409))
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel a run that waits or is under way: nothing of it is stored. Twice does no harm; one that
        has ended otherwise is a conflict, and stays as it is."""
        asked = self.run
        cancel(asked, self.member.user)
        run = self.run
        if run.status != Run.Status.CANCELLED:
            raise Conflict(f"The run had ended already: it is {run.status}. Nothing was cancelled.")
        return Response(RunSerializer(run, context=self.get_serializer_context()).data)


class RunsCancel(OfRuns, generics.GenericAPIView[Run]):
    serializer_class = RequestedRunsSerializer

    @extend_schema(
        operation_id="organisations_surveys_runs_cancel_all",
        request=None,
        responses={200: RequestedRunsSerializer} | PROBLEMS,
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel all of the survey's runs that wait or are under way; the answer names those that this call
        ended, none if there were none."""
        ended = [run.pk for run in cancel_all(self.survey, self.member.user)]
        runs = Run.objects.filter(survey=self.survey, pk__in=ended).select_related(
            "period", "survey__organisation"
        )
        shown = {"runs": runs.prefetch_related(*STORED).order_by("-pk")}
        return Response(RequestedRunsSerializer(shown, context=self.get_serializer_context()).data)


class ZipRenderer(JSONRenderer):
    """For who accepts a ZIP only: refusals are rendered here, the ZIP itself is a plain answer."""

    media_type = "application/zip"
    format = "zip"


class RunFolder(OneRun, generics.GenericAPIView[Run]):
    needs: ClassVar[dict[str, May]] = {"GET": "edit"}
    renderer_classes = (JSONRenderer, ZipRenderer)

    @extend_schema(
        responses={(200, "application/zip"): OpenApiTypes.BINARY} | PROBLEMS | problems(409),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """A done run as a ZIP that computes it again elsewhere: model, answers or their moments, results and
        commands. Not for viewers, nor where there are fewer answers than the survey shows a figure of."""
        run = folder.stored_run(self.run)
        try:
            return zip_answer(run)
        except folder.TooSmall:
            least = run.survey.least_told
            raise exceptions.PermissionDenied(
                f"Too few answers: figures are told from {least} on, and none that tell of fewer."
            ) from None
        except folder.NotThere:
            raise Conflict(f"The run is {run.status}, not done: there is nothing to take away.") from None
