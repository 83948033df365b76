"""What a report says beyond a run's own figures: drivers, what is expected of them, segments, two sides."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from indices.acting.drivers import Placed, placed, points
from indices.acting.lines import lines_of
from indices.acting.ranking import Unit, rankings
from indices.acting.what_if import rises
from indices.api import OfRuns
from indices.comparing.alike import told
from indices.comparing.side_by_side import Contrast, Side, SideBySide
from indices.disclosing.disclosure import Disclosure
from indices.models import MapLevel, Run
from indices.report.choice import LEAST_RISE, MOST_RISE, RISE
from indices.report.structural import Report
from indices.report.time_line import AnyReport
from indices.scores.report import report_of
from indices.scores.side_by_side import set_beside
from indices.segments import question_labels, segment_labels
from indices.selectors import as_told
from scoring.instrument import Instrument
from surveys.api.problems import PROBLEMS
from surveys.models import Survey
from surveys.selectors import latest_use


class IntervalSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="the 95 % interval; null where it is not known")
    high = serializers.FloatField(allow_null=True)


class LinesSerializer(serializers.Serializer[Any]):
    importance = serializers.FloatField()
    performance = serializers.FloatField()
    fixed = serializers.BooleanField(
        help_text="false: the means of what is shown, until a period is released"
    )
    note = serializers.CharField(allow_blank=True, help_text="why an editor set them anew")


class MapPointSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="of a construct or an item")
    importance = IntervalSerializer(help_text="standardised total effect; of an item its share by its weight")
    performance = IntervalSerializer(help_text="index of the driver or mean of the item, 0 to 100")
    n = serializers.IntegerField(allow_null=True, help_text="null of items where the run did not store it")
    certain = serializers.BooleanField(help_text="false: the interval of importance contains 0")
    quadrant = serializers.CharField(
        allow_null=True, help_text="concentrate, keep up, low priority or possible overkill"
    )


class DriverMapSerializer(serializers.Serializer[Any]):
    outcome = serializers.CharField()
    level = serializers.ChoiceField(MapLevel.choices)
    importance_by = serializers.CharField(help_text="the estimator that can tell the drivers apart")
    performance_by = serializers.CharField(help_text="the estimator that the survey shows first")
    hidden = serializers.CharField(allow_blank=True, help_text="as in the run")
    lines = LinesSerializer(allow_null=True)
    points = MapPointSerializer(many=True)


class DriverMapQuerySerializer(serializers.Serializer[Any]):
    outcome = serializers.CharField(max_length=40, required=False, help_text="a headline construct")
    level = serializers.ChoiceField(MapLevel.choices, default=MapLevel.DRIVERS.value)


class ExpectedSerializer(serializers.Serializer[Any]):
    driver = serializers.CharField()
    outcome = serializers.CharField()
    change = serializers.FloatField(help_text="in points of the outcome's index")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class ExpectedChangesSerializer(serializers.Serializer[Any]):
    rise = serializers.IntegerField(help_text="points that a driver's index is thought to rise by")
    estimator = serializers.CharField()
    hidden = serializers.CharField(allow_blank=True)
    expected = ExpectedSerializer(
        many=True, help_text="empty of runs that did not store the spread of their constructs"
    )


class RiseQuerySerializer(serializers.Serializer[Any]):
    rise = serializers.IntegerField(min_value=LEAST_RISE, max_value=MOST_RISE, default=RISE)


class RankedUnitSerializer(serializers.Serializer[Any]):
    segment = serializers.CharField(help_text="question:option")
    index = serializers.FloatField(source="value")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    first_place = serializers.IntegerField(source="first", help_text="the best place its interval allows")
    last_place = serializers.IntegerField(source="last")
    difference = serializers.SerializerMethodField(
        help_text="from the others of its question; null where the segment does not measure the same"
    )
    adjusted_p = serializers.SerializerMethodField()

    def get_difference(self, unit: Unit) -> float | None:
        return unit.cell.difference.difference if unit.cell.is_comparable else None

    def get_adjusted_p(self, unit: Unit) -> float | None:
        return unit.cell.difference.adjusted_p if unit.cell.is_comparable else None


class RankingSerializer(serializers.Serializer[Any]):
    question = serializers.CharField()
    construct = serializers.CharField()
    mean = serializers.FloatField(help_text="of all units together")
    units = RankedUnitSerializer(many=True, help_text="highest first")


class OutcomeQuerySerializer(serializers.Serializer[Any]):
    outcome = serializers.CharField(max_length=40, required=False, help_text="a headline construct")


class ContrastSerializer(serializers.Serializer[Any]):
    construct = serializers.CharField(source="code", help_text="or the code of a score")
    a = serializers.FloatField(source="a.value", allow_null=True, default=None)
    b = serializers.FloatField(source="b.value", allow_null=True, default=None)
    difference = serializers.FloatField(allow_null=True, help_text="b less a; null where it is none")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    p = serializers.FloatField(allow_null=True)
    test = serializers.CharField(
        allow_blank=True, help_text="z, adjusted_wald, newcombe or welch; empty where there is no difference"
    )


class SideBySideSerializer(serializers.Serializer[Any]):
    a = serializers.CharField(help_text="a run's id")
    b = serializers.CharField()
    estimator = serializers.CharField()
    basis = serializers.ChoiceField(
        ["stored", "independent", "none"],
        help_text="stored: the change that was stored of the two; independent: two samples without an answer "
        "in common, from their standard errors; none: they share answers",
    )
    verdict = serializers.CharField(
        allow_null=True, help_text="whether they measure the same, as stored; null: not tested"
    )
    hidden = serializers.BooleanField(help_text="one of the two may not be told")
    differences = ContrastSerializer(many=True)


def _asked(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    query = serializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def _outcome(asked: dict[str, Any], instrument: Instrument) -> str:
    found: str = asked.get("outcome") or instrument.headline[0]
    if found not in instrument.headline:
        known = ", ".join(instrument.headline)
        raise serializers.ValidationError({"outcome": [f"Must be one of {known}."]})
    return found


def _report(run: Run, disclosure: Disclosure) -> Report:
    """Of a done run of a structural model; of any other it is not there."""
    found = _any_report(run, disclosure)
    if not isinstance(found, Report):
        raise Http404
    return found


def _any_report(run: Run, disclosure: Disclosure) -> AnyReport:
    """Of a done run."""
    if run.status != Run.Status.DONE:
        raise Http404
    return report_of(as_told(run, disclosure), latest_use(run.survey, run.measurement_key), "en")


class OneReport(OfRuns):
    """An address of what the report says of one of the survey's runs; another survey's is not there."""

    @property
    def report(self) -> Report:
        return _report(_run(self.survey, self.kwargs["run"]), Disclosure(self.survey, self.may_edit))


class DriverMap(OneReport, generics.GenericAPIView[Run]):
    serializer_class = DriverMapSerializer

    @extend_schema(
        operation_id="organisations_surveys_runs_drivers",
        parameters=[DriverMapQuerySerializer],
        responses={200: DriverMapSerializer} | PROBLEMS,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Importance and performance of the drivers of an outcome, or of their items, and the fixed lines."""
        asked, report = _asked(DriverMapQuerySerializer, request), self.report
        outcome, level = _outcome(asked, report.instrument), asked["level"]
        lines = lines_of(report, outcome, level)
        cross = None if report.hidden else lines.cross
        shown = {
            "outcome": outcome,
            "level": level,
            "importance_by": report.drivers_from,
            "performance_by": report.headline_by,
            "hidden": report.stored.disclosure.why(report.stored.run),
            "lines": cross
            and {
                "importance": cross.importance,
                "performance": cross.performance,
                "fixed": lines.stored is not None,
                "note": lines.stored.note if lines.stored else "",
            },
            "points": [_point(one) for one in placed(points(report, outcome, level), cross)],
        }
        return Response(DriverMapSerializer(shown).data)


def _point(one: Placed) -> dict[str, Any]:
    point = one.point
    return {
        "code": point.code,
        "importance": {
            "value": point.importance,
            "low": point.importance_low,
            "high": point.importance_high,
        },
        "performance": {"value": point.performance, "low": point.low, "high": point.high},
        "n": point.n,
        "certain": point.is_certain,
        "quadrant": one.quadrant,
    }


class ExpectedChanges(OneReport, generics.GenericAPIView[Run]):
    serializer_class = ExpectedChangesSerializer

    @extend_schema(
        operation_id="organisations_surveys_runs_expected",
        parameters=[RiseQuerySerializer],
        responses={200: ExpectedChangesSerializer} | PROBLEMS,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """By how many points each outcome is expected to move if one driver's index rose by `rise`: an
        association in this model, no promise."""
        by, report = _asked(RiseQuerySerializer, request)["rise"], self.report
        expected = [
            {"driver": one.code, **vars(each)} for one in rises(report, by) for each in one.expected if each
        ]
        shown = {
            "rise": by,
            "estimator": report.drivers_from,
            "hidden": report.stored.disclosure.why(report.stored.run),
            "expected": expected,
        }
        return Response(ExpectedChangesSerializer(shown).data)


class Rankings(OneReport, generics.GenericAPIView[Run]):
    serializer_class = RankingSerializer
    pagination_class = None

    @extend_schema(
        operation_id="organisations_surveys_runs_rankings",
        parameters=[OutcomeQuerySerializer],
        responses={200: RankingSerializer(many=True)} | PROBLEMS,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The segments of the run's period by an index, one list for each question. A place within
        overlapping intervals is no rank."""
        asked, report = _asked(OutcomeQuerySerializer, request), self.report
        outcome, run = _outcome(asked, report.instrument), report.stored.run
        if run.window > 1:
            return Response([])
        disclosure = report.stored.disclosure
        found = rankings(
            run,
            report.headline_by,
            outcome,
            segment_labels(self.survey, run.measurement_key, "en"),
            question_labels(self.survey, run.measurement_key, "en"),
            disclosure,
            told(run, disclosure) if disclosure.is_newest(run) else {},
        )
        shown = [
            {"question": one.question, "construct": outcome, "mean": one.mean, "units": one.units}
            for one in found
        ]
        return Response(RankingSerializer(shown, many=True).data)


class Against(OfRuns, generics.GenericAPIView[Run]):
    serializer_class = SideBySideSerializer

    @extend_schema(
        operation_id="organisations_surveys_runs_against", responses={200: SideBySideSerializer} | PROBLEMS
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The run (b) beside another done one (a) of the same measure and window, by the estimator that the
        survey shows first, or the scores of both. Of another measure or window it is not there."""
        disclosure = Disclosure(self.survey, self.may_edit)
        b = _any_report(_run(self.survey, self.kwargs["run"]), disclosure)
        a = _any_report(_run(self.survey, self.kwargs["other"]), disclosure)
        same = ("measurement_key", "window")
        if any(getattr(a.stored.run, one) != getattr(b.stored.run, one) for one in same):
            raise Http404
        key = a.stored.run.measurement_key
        both = set_beside(
            Side(a, a.stored.run.segment),
            Side(b, b.stored.run.segment),
            disclosure,
            segment_labels(self.survey, key, "en"),
            question_labels(self.survey, key, "en"),
        )
        return Response(SideBySideSerializer(_sides(both)).data)


def _run(survey: Survey, public_id: str) -> Run:
    runs = Run.objects.select_related("period", "survey__organisation")
    return get_object_or_404(
        runs.prefetch_related("estimates__indices", "estimates__scores"), survey=survey, public_id=public_id
    )


def _sides(both: SideBySide) -> dict[str, Any]:
    rows: list[Contrast] = [] if both.hidden else both.rows(both.a.report.headline_by)
    tested = both.stored.comparison if both.stored else both.alike.stored if both.alike else None
    return {
        "a": both.a.run.public_id,
        "b": both.b.run.public_id,
        "estimator": both.a.report.headline_by,
        "basis": "stored" if both.stored else "none" if both.overlap else "independent",
        "verdict": tested.verdict if tested else None,
        "hidden": bool(both.hidden),
        "differences": rows,
    }
