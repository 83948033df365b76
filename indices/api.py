"""The API's view of surveys, periods, runs and indices. Every query starts from the caller's organisation."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from indices.bounds import BoundedJSONParser, Pages
from indices.models import Estimate, Index, Run
from indices.problems import ProblemSerializer, problem
from indices.schedule import request_period
from indices.selectors import reported_key
from surveys.models import Member, Period, Survey
from surveys.selectors import surveys_of


class SurveySerializer(serializers.ModelSerializer[Survey]):
    id = serializers.CharField(source="public_id", read_only=True)
    instrument = serializers.CharField(source="instrument_id", read_only=True)

    class Meta:
        model = Survey
        fields = ("id", "name", "instrument", "state", "period_kind", "is_simulated", "languages", "link")
        read_only_fields = fields


class PeriodSerializer(serializers.ModelSerializer[Period]):
    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Period
        fields = ("id", "name", "first_day", "last_day")
        read_only_fields = fields


class IndexSerializer(serializers.ModelSerializer[Index]):
    index = serializers.FloatField(source="value", read_only=True)

    class Meta:
        model = Index
        fields = ("construct", "index", "se", "low", "high")
        read_only_fields = fields


class EstimateSerializer(serializers.ModelSerializer[Estimate]):
    indices = IndexSerializer(many=True, read_only=True)

    class Meta:
        model = Estimate
        fields = ("estimator", "status", "n", "n_used", "indices", "result")
        read_only_fields = fields


class RunSerializer(serializers.ModelSerializer[Run]):
    id = serializers.CharField(source="public_id", read_only=True)
    period = PeriodSerializer(read_only=True)
    estimates = EstimateSerializer(many=True, read_only=True)

    class Meta:
        model = Run
        fields = (
            "id",
            "period",
            "segment",
            "revision",
            "status",
            "trigger",
            "stage",
            "progress",
            "error",
            "queued_at",
            "started_at",
            "ended_at",
            "responses",
            "missing",
            "model",
            "fingerprint",
            "seed",
            "settings",
            "versions",
            "estimates",
        )
        read_only_fields = fields


class RunRequestSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(max_length=22, help_text="a period's id")


class RequestedRunsSerializer(serializers.Serializer[Any]):
    runs = RunSerializer(many=True, read_only=True)


class RunFilterSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(max_length=22, required=False, help_text="a period's id")
    segment = serializers.CharField(
        max_length=90, required=False, allow_blank=True, help_text="question:option; empty for everybody"
    )
    status = serializers.ChoiceField(Run.Status.choices, required=False)


PROBLEMS = dict.fromkeys((400, 403, 404), ProblemSerializer)


Item = TypeVar("Item", bound=Model)


class _OfOrganisation(generics.ListAPIView[Item]):
    """Lists whose address names an organisation the caller belongs to; any other is a 404."""

    parser_classes = (BoundedJSONParser,)
    pagination_class = Pages

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return problem

    @cached_property
    def member(self) -> Member:
        members = Member.objects.select_related("organisation", "user")
        return get_object_or_404(
            members, organisation__slug=self.kwargs["organisation"], user_id=self.request.user.pk
        )

    @cached_property
    def survey(self) -> Survey:
        return get_object_or_404(surveys_of(self.member), public_id=self.kwargs["survey"])


class SurveyList(_OfOrganisation[Survey]):
    """The organisation's surveys, newest first."""

    serializer_class = SurveySerializer

    def get_queryset(self) -> QuerySet[Survey]:
        return surveys_of(self.member).order_by("-pk")


class PeriodList(_OfOrganisation[Period]):
    """The survey's periods in the order of time."""

    serializer_class = PeriodSerializer

    def get_queryset(self) -> QuerySet[Period]:
        return self.survey.periods.order_by("first_day", "pk")


class RunList(_OfOrganisation[Run]):
    """The survey's runs, newest first, each with all that it stored."""

    serializer_class = RunSerializer

    def get_queryset(self) -> QuerySet[Run]:
        runs = Run.objects.filter(survey=self.survey).select_related("period")
        asked = RunFilterSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        if "period" in asked.validated_data:
            runs = runs.filter(period=self.period(asked.validated_data["period"]))
        chosen = {name: asked.validated_data[name] for name in ("segment", "status") if name in asked.data}
        return runs.filter(**chosen).prefetch_related("estimates__indices").order_by("-pk")

    def period(self, public_id: str) -> Period:
        """The survey's period; another survey's and none at all are the same mistake."""
        period: Period | None = self.survey.periods.filter(public_id=public_id).first()
        if period is None:
            raise serializers.ValidationError({"period": ["The survey has no period with this id."]})
        return period

    @extend_schema(parameters=[RunFilterSerializer], responses={200: RunSerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        request=RunRequestSerializer,
        responses={202: RequestedRunsSerializer} | PROBLEMS,
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for a period's indices. Asking again while they wait gives the same runs."""
        if not self.member.may_edit:
            raise PermissionDenied
        asked = RunRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        period = self.period(asked.validated_data["period"])
        key = reported_key(self.survey)
        if key is None:
            raise serializers.ValidationError({"survey": ["The survey has not been published yet."]})
        runs = request_period(self.survey, period, key, Run.Trigger.MANAGER, self.member.user)
        return Response(RequestedRunsSerializer({"runs": runs}).data, status=202)
