"""The API's view of runs and indices. Every query starts from the caller's organisation."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from indices import weighted
from indices.models import Change, Comparison, Estimate, Index, Run, SegmentDifference
from indices.schedule import request_answered
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.api.surveys import PeriodSerializer
from surveys.models import Period

STORED = (
    "estimates__indices",
    "comparisons__against__period",
    "comparisons__changes",
    "differences",
)


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


class ChangeSerializer(serializers.ModelSerializer[Change]):
    comparable = serializers.SerializerMethodField(
        help_text="false where the two periods' figures are not of the same thing, so that this is no change"
    )

    class Meta:
        model = Change
        fields = (
            "estimator",
            "construct",
            "source",
            "earlier",
            "later",
            "difference",
            "se",
            "low",
            "high",
            "z",
            "p",
            "comparable",
        )
        read_only_fields = fields

    def get_comparable(self, change: Change) -> bool:
        return change.comparison.may_compare(change.estimator, change.construct, change.source)


class ComparisonSerializer(serializers.ModelSerializer[Comparison]):
    against = serializers.CharField(source="against.public_id", read_only=True, help_text="a run's id")
    period = PeriodSerializer(source="against.period", read_only=True)
    changes = ChangeSerializer(many=True, read_only=True)
    weighted_alike = serializers.SerializerMethodField(
        help_text="false where the two periods' answers were weighted differently, or those of one alone"
    )

    class Meta:
        model = Comparison
        fields = (
            "kind",
            "against",
            "period",
            "verdict",
            "weighted_alike",
            "moved",
            "lost",
            "apart",
            "latent",
            "issues",
            "changes",
        )
        read_only_fields = fields

    def get_weighted_alike(self, comparison: Comparison) -> bool:
        return weighted.is_like(comparison.run, comparison.against)


class SegmentDifferenceSerializer(serializers.ModelSerializer[SegmentDifference]):
    class Meta:
        model = SegmentDifference
        fields = (
            "estimator",
            "construct",
            "n",
            "others_n",
            "value",
            "others",
            "difference",
            "se",
            "low",
            "high",
            "z",
            "p",
            "adjusted_p",
        )
        read_only_fields = fields


class MarginSerializer(serializers.Serializer[Any]):
    """An option's shares, among those who chose any."""

    margin = serializers.CharField(help_text="a segment question's code")
    value = serializers.CharField(help_text="an option's code")
    population = serializers.FloatField()
    sample = serializers.FloatField(help_text="before weighting")
    weighted = serializers.FloatField()
    n = serializers.IntegerField()


class RunWeightingSerializer(serializers.Serializer[Any]):
    """By what a run's answers were weighted; its settings have the margins."""

    digest = serializers.CharField(help_text="equal where the survey's weighting was the same")
    deff = serializers.FloatField(required=False, help_text="the design effect of the run's own answers")
    n_effective = serializers.FloatField(required=False)
    least = serializers.FloatField(required=False, help_text="the least weight, the mean being 1")
    largest = serializers.FloatField(required=False)
    iterations = serializers.IntegerField(required=False)
    lacking = serializers.DictField(
        child=serializers.IntegerField(),
        required=False,
        help_text="answers without a known option, by question",
    )
    shares = MarginSerializer(many=True, required=False)
    problem = serializers.DictField(required=False, help_text="why the answers could not be weighted")


class RunSerializer(serializers.ModelSerializer[Run]):
    id = serializers.CharField(source="public_id", read_only=True)
    period = PeriodSerializer(read_only=True)
    estimates = EstimateSerializer(many=True, read_only=True)
    comparisons = ComparisonSerializer(many=True, read_only=True)
    differences = SegmentDifferenceSerializer(
        many=True, read_only=True, help_text="of a segment against the others of its question"
    )
    window = serializers.IntegerField(
        read_only=True, help_text="of how many periods, this one the last, the answers are pooled"
    )
    changes = serializers.DictField(
        child=serializers.IntegerField(), read_only=True,
        help_text="of how many answers, and why, it differs from the revision released before it",
    )  # fmt: skip

    weighting = serializers.SerializerMethodField(help_text="null where every answer counts alike")

    class Meta:
        model = Run
        fields = (
            "id",
            "period",
            "segment",
            "window",
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
            "weighting",
            "versions",
            "released_at",
            "changes",
            "estimates",
            "comparisons",
            "differences",
        )
        read_only_fields = fields

    @extend_schema_field(RunWeightingSerializer(allow_null=True))
    def get_weighting(self, run: Run) -> dict[str, Any] | None:
        found = weighted.of(run)
        named = {name: found[name] for name in RunWeightingSerializer().get_fields() if name in found}
        return named or None


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


class RunList(OfOrganisation[Run], generics.ListAPIView[Run]):
    """The survey's runs, newest first, each with all that it stored."""

    serializer_class = RunSerializer

    def get_queryset(self) -> QuerySet[Run]:
        runs = Run.objects.filter(survey=self.survey).select_related("period")
        asked = RunFilterSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        if "period" in asked.validated_data:
            runs = runs.filter(period=self.period(asked.validated_data["period"]))
        chosen = {name: asked.validated_data[name] for name in ("segment", "status") if name in asked.data}
        return runs.filter(**chosen).prefetch_related(*STORED).order_by("-pk")

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
        asked = RunRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        period = self.period(asked.validated_data["period"])
        runs = request_answered(self.survey, period, Run.Trigger.MANAGER, self.member.user)
        if not runs:
            problem = "The period has no finished answers to a structural model."
            raise serializers.ValidationError({"period": [problem]})
        return Response(RequestedRunsSerializer({"runs": runs}).data, status=202)
