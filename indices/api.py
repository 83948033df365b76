"""The API's view of runs and indices. Every query starts from the caller's organisation."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from indices import weighted
from indices.disclosing.disclosure import Disclosure, Hidden
from indices.disclosing.told_results import result_told, score_told
from indices.models import (
    Change,
    Comparison,
    Estimate,
    FiguresBy,
    Index,
    Run,
    Score,
    SegmentComparability,
    SegmentDifference,
)
from indices.runs.schedule import request_answered
from indices.runs.time_left import Pace
from indices.scores.api import ReadingsSerializer, readings_of
from indices.scores.tables import shown_result
from indices.segments import question_of
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.api.surveys import PeriodSerializer
from surveys.models import Period, Survey

OVERALL = ("unweighted", "weighted")  # stand in a result beside the scores of the same codes
STORED = (
    "estimates__indices",
    "estimates__scores",
    "comparisons__against__period",
    "comparisons__changes",
    "differences",
)
UNTOLD: dict[str, Any] = {  # of a run that is hidden
    "responses": None,
    "missing": {},
    "fingerprint": "",
    "seed": None,
    "changes": {},
    "estimates": [],
    "comparisons": [],
    "differences": [],
    "weighting": None,
}


class IndexSerializer(serializers.ModelSerializer[Index]):
    index = serializers.FloatField(source="value", read_only=True)

    class Meta:
        model = Index
        fields = ("construct", "index", "se", "low", "high")
        read_only_fields = fields


class ScoreSerializer(serializers.ModelSerializer[Score]):
    n_effective = serializers.FloatField(
        read_only=True,
        allow_null=True,
        help_text="how many answers of equal weight tell as much; null where every answer counts alike",
    )

    class Meta:
        model = Score
        fields = ("code", "kind", "value", "se", "low", "high", "n", "n_effective")
        read_only_fields = fields


class EstimateSerializer(serializers.ModelSerializer[Estimate]):
    indices = IndexSerializer(many=True, read_only=True)
    scores = serializers.SerializerMethodField(
        help_text="of an instrument without a structural model, from enough answers"
    )
    result = serializers.SerializerMethodField(
        help_text="as stored; without numbers of answers by point, group and class where, with the weighted "
        "shares, they would tell what a small group answered"
    )
    readings = serializers.SerializerMethodField(help_text="what follows from the result of scores by itself")

    class Meta:
        model = Estimate
        fields = ("estimator", "status", "n", "n_used", "indices", "scores", "result", "readings")
        read_only_fields = fields

    @extend_schema_field(ScoreSerializer(many=True))
    def get_scores(self, estimate: Estimate) -> Any:
        least = estimate.run.survey.least_told
        scores = [score_told(estimate, one) for one in estimate.scores.all() if one.n >= least]
        return ScoreSerializer(scores, many=True).data

    def get_result(self, estimate: Estimate) -> dict[str, Any]:
        return result_told(estimate)

    @extend_schema_field(ReadingsSerializer)
    def get_readings(self, estimate: Estimate) -> dict[str, Any]:
        return readings_of(estimate)

    def to_representation(self, estimate: Estimate) -> dict[str, Any]:
        """Scores from fewer answers than the survey shows any on are left out."""
        told = super().to_representation(estimate)
        if estimate.estimator == FiguresBy.SCORE:
            least = estimate.run.survey.least_told
            is_small, codes = estimate.n_used < least, {one["code"] for one in told["scores"]}
            result = {"n": estimate.n_used} if is_small else shown_result(told["result"], least)
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
    comparable = serializers.SerializerMethodField(
        help_text="false where the segment does not measure the same as the others, so that this is none"
    )

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
            "comparable",
        )
        read_only_fields = fields

    def get_comparable(self, one: SegmentDifference) -> bool:
        """Read by the run that it belongs to; see RunSerializer."""
        alike: SegmentComparability | None = getattr(one, "alike", None)
        return alike is None or alike.may_compare(one.run.segment, one.construct)


class SegmentComparabilitySerializer(serializers.ModelSerializer[SegmentComparability]):
    question = serializers.CharField(read_only=True, help_text="empty: of the languages")

    class Meta:
        model = SegmentComparability
        fields = ("question", "verdict", "groups", "moved", "lost", "issues")
        read_only_fields = fields


class Told:
    """What may be told of a survey's runs, read once for all that are shown together; least to begin with."""

    def __init__(self, survey: Survey, reads_answers: bool = False) -> None:
        self.disclosure = Disclosure(survey, reads_answers)

    @cached_property
    def _alike(self) -> dict[tuple[str, int, str], SegmentComparability]:
        rows = SegmentComparability.objects.filter(survey=self.disclosure.survey).defer("tests")
        told = (one for one in rows if self.disclosure.tells_alike(one))
        return {(one.measurement_key, one.period_id, one.question): one for one in told}

    def alike(self, run: Run) -> list[SegmentComparability]:
        """The verdicts on what the run is of: its question, or, of everybody's, all of its period."""
        if run.window > 1 or not self.disclosure.is_newest(run):
            return []
        own = (run.measurement_key, run.period_id)
        question = question_of(run.segment)
        return [
            one for (*of, about), one in self._alike.items() if tuple(of) == own and question in {"", about}
        ]


class MarginSerializer(serializers.Serializer[Any]):
    """An option's shares, among those who chose any."""

    margin = serializers.CharField(help_text="a segment question's code")
    value = serializers.CharField(help_text="an option's code")
    population = serializers.FloatField()
    sample = serializers.FloatField(allow_null=True, help_text="before weighting; null where few answered so")
    weighted = serializers.FloatField()
    n = serializers.IntegerField(allow_null=True)


class RunWeightingSerializer(serializers.Serializer[Any]):
    """By what a run's answers were weighted; its settings have the margins."""

    digest = serializers.CharField(help_text="equal where the survey's weighting was the same")
    deff = serializers.FloatField(required=False, help_text="the design effect of the run's own answers")
    n_effective = serializers.FloatField(required=False)
    least = serializers.FloatField(required=False, help_text="the least weight, the mean being 1")
    largest = serializers.FloatField(required=False)
    iterations = serializers.IntegerField(required=False)
    lacking = serializers.DictField(
        child=serializers.IntegerField(allow_null=True),
        required=False,
        help_text="answers without a known option, by question",
    )
    shares = MarginSerializer(many=True, required=False)
    problem = serializers.DictField(required=False, help_text="why the answers could not be weighted")
    unused = serializers.BooleanField(required=False, help_text="true: its figures are not weighted")


class RunSerializer(serializers.ModelSerializer[Run]):
    id = serializers.CharField(source="public_id", read_only=True)
    period = PeriodSerializer(read_only=True)
    estimates = EstimateSerializer(many=True, read_only=True)
    comparisons = ComparisonSerializer(many=True, read_only=True)
    differences = SegmentDifferenceSerializer(
        many=True, read_only=True, help_text="of a segment against the others of its question"
    )
    seconds_left = serializers.SerializerMethodField(
        help_text="by how long earlier runs took; null where that is not known, or the run is not under way"
    )
    waiting_before = serializers.SerializerMethodField(
        help_text="how many runs are taken up before it; null where it does not wait"
    )
    window = serializers.IntegerField(
        read_only=True, help_text="of how many periods, this one the last, the answers are pooled"
    )
    changes = serializers.DictField(
        child=serializers.IntegerField(), read_only=True,
        help_text="of how many answers, and why, it differs from the revision released before it",
    )  # fmt: skip

    comparability = SegmentComparabilitySerializer(
        many=True, read_only=True,
        help_text="whether the segments of its question measure the same; of everybody's run: those of every "
        "question, and the languages. With the newest run of one period only.",
    )  # fmt: skip
    responses = serializers.IntegerField(read_only=True, allow_null=True, help_text="null where hidden")
    hidden = serializers.ChoiceField(
        [("", ""), *Hidden.choices], read_only=True,
        help_text="why the figures are left out. few: of fewer respondents than the organisation's "
        "least_group; rest: such a group would follow from them by subtraction; superseded: a newer "
        "revision differs by so few, and you may not read single answers. Empty: nothing is left out.",
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
            "seconds_left",
            "waiting_before",
            "error",
            "queued_at",
            "started_at",
            "ended_at",
            "responses",
            "hidden",
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
            "comparability",
        )
        read_only_fields = fields

    def to_representation(self, run: Run) -> dict[str, Any]:
        """Without what may not be told, whatever it follows from."""
        told: Told = self.context.get("told") or Told(run.survey)
        disclosure, alike = told.disclosure, told.alike(run)
        run.hidden = disclosure.why(run)  # type: ignore[attr-defined]
        run.comparability = [] if run.hidden else alike  # type: ignore[attr-defined]
        for one in run.differences.all():
            one.alike = alike[0] if alike else None  # type: ignore[attr-defined]
        row: dict[str, Any] = super().to_representation(run)
        row["settings"] = weighted.as_asked(run)  # what came of it stands under `weighting`
        if row["hidden"]:
            return row | UNTOLD
        both = zip(run.comparisons.all(), row["comparisons"], strict=True)
        row["comparisons"] = [shown for one, shown in both if disclosure.tells(one)]
        return row if disclosure.tells_differences(run) else row | {"differences": []}

    def get_seconds_left(self, run: Run) -> int | None:
        return self._pace(run).seconds_left(run)

    def get_waiting_before(self, run: Run) -> int | None:
        return self._pace(run).waiting_before(run)

    def _pace(self, run: Run) -> Pace:
        """Read once for a whole list, where the view hands it over."""
        pace: Pace | None = self.context.get("pace")
        return pace or Pace(run.survey)

    @extend_schema_field(RunWeightingSerializer(allow_null=True))
    def get_weighting(self, run: Run) -> dict[str, Any] | None:
        found = weighted.told(run)
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


class OfRuns(OfOrganisation[Run]):
    """An address at which runs of a survey are shown."""

    def get_serializer_context(self) -> dict[str, Any]:
        told = Told(self.survey, self.may_edit)
        return {**super().get_serializer_context(), "pace": Pace(self.survey), "told": told}


class RunList(OfRuns, generics.ListAPIView[Run]):
    """The survey's runs, newest first, each with all that it stored."""

    serializer_class = RunSerializer

    def get_queryset(self) -> QuerySet[Run]:
        runs = Run.objects.filter(survey=self.survey).select_related("period", "survey__organisation")
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
        asked_for = RequestedRunsSerializer({"runs": runs}, context=self.get_serializer_context())
        return Response(asked_for.data, status=202)
