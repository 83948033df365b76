"""The API's view of runs and indices. Every query starts from the caller's organisation."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from indices.models import Change, Comparison, Estimate, FiguresBy, Index, Run, Score, SegmentDifference
from indices.schedule import request_answered
from indices.score_tables import shown_result
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.api.surveys import PeriodSerializer
from surveys.models import Period

OVERALL = ("unweighted", "weighted")  # stand in a result beside the scores of the same codes
STORED = (
    "estimates__indices",
    "estimates__scores",
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


class ScoreSerializer(serializers.ModelSerializer[Score]):
    class Meta:
        model = Score
        fields = ("code", "kind", "value", "se", "low", "high", "n")
        read_only_fields = fields


class EstimateSerializer(serializers.ModelSerializer[Estimate]):
    indices = IndexSerializer(many=True, read_only=True)
    scores = ScoreSerializer(
        many=True,
        read_only=True,
        help_text="of an instrument without a structural model, from enough answers",
    )

    class Meta:
        model = Estimate
        fields = ("estimator", "status", "n", "n_used", "indices", "scores", "result")
        read_only_fields = fields

    def to_representation(self, estimate: Estimate) -> dict[str, Any]:
        """Scores from fewer answers than the survey shows any on are left out."""
        told = super().to_representation(estimate)
        if estimate.estimator == FiguresBy.SCORE:
            least = estimate.run.survey.least_base_show
            told["scores"] = [one for one in told["scores"] if one["n"] >= least]
            is_small, codes = estimate.n_used < least, {one["code"] for one in told["scores"]}
            result = {"n": estimate.n_used} if is_small else shown_result(estimate.result, least)
            told["result"] = {
                key: value
                for key, value in result.items()
                if key not in OVERALL or key in codes or not isinstance(value, float)
            }
        return told


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
            "test",
            "comparable",
        )
        read_only_fields = fields

    def get_comparable(self, change: Change) -> bool:
        return change.comparison.may_compare(change.estimator, change.construct, change.source)


class ComparisonSerializer(serializers.ModelSerializer[Comparison]):
    against = serializers.CharField(source="against.public_id", read_only=True, help_text="a run's id")
    period = PeriodSerializer(source="against.period", read_only=True)
    changes = ChangeSerializer(many=True, read_only=True)

    class Meta:
        model = Comparison
        fields = (
            "kind",
            "against",
            "period",
            "verdict",
            "moved",
            "lost",
            "apart",
            "latent",
            "issues",
            "changes",
        )
        read_only_fields = fields


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
            "versions",
            "released_at",
            "changes",
            "estimates",
            "comparisons",
            "differences",
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


class RunList(OfOrganisation[Run], generics.ListAPIView[Run]):
    """The survey's runs, newest first, each with all that it stored."""

    serializer_class = RunSerializer

    def get_queryset(self) -> QuerySet[Run]:
        runs = Run.objects.filter(survey=self.survey).select_related("period", "survey")
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
            problem = "The period has no finished answers to an instrument."
            raise serializers.ValidationError({"period": [problem]})
        return Response(RequestedRunsSerializer({"runs": runs}).data, status=202)
