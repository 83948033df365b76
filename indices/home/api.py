"""The API's view of the home page: the same figures, changes and sentences."""

from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from indices.drawing.series_chart import Point
from indices.home.attention import Item, Kind
from indices.home.cards import Card, Line
from indices.home.listing import Asked, Order, page_of
from indices.home.overview import overview
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.api.surveys import PeriodSerializer
from surveys.models import Survey


class HomeFilterSerializer(serializers.Serializer[Any]):
    q = serializers.CharField(required=False, help_text="words that the survey's name holds")
    sort = serializers.ChoiceField([one for one in Order.values if one], required=False)
    page = serializers.IntegerField(required=False, min_value=1, help_text="of 48 surveys")


class AttentionSerializer(serializers.Serializer[Item]):
    kind = serializers.ChoiceField(Kind.choices)
    survey = serializers.CharField(source="survey.public_id", help_text="a survey's id")
    period = serializers.CharField(help_text="its name; empty where it is of no single period")
    text = serializers.CharField(help_text="in the language of the request")


class HeadlineFigureSerializer(serializers.Serializer[Line]):
    """A headline figure, and its change since the period before: a direction only where it is clear."""

    code = serializers.CharField(source="row.code")
    name = serializers.CharField(source="row.name")
    estimator = serializers.CharField(source="row.headline_by")
    value = serializers.FloatField(source="row.shown.value", default=None, allow_null=True)
    low = serializers.FloatField(source="row.shown.low", default=None, allow_null=True)
    high = serializers.FloatField(source="row.shown.high", default=None, allow_null=True)
    n = serializers.IntegerField(source="row.shown.n", default=None, allow_null=True)
    change = serializers.FloatField(allow_null=True, help_text="null where it may not be told")
    change_low = serializers.FloatField(allow_null=True)
    change_high = serializers.FloatField(allow_null=True)
    said = serializers.CharField(help_text="the change in words; empty where nothing was compared")


class TrendPointSerializer(serializers.Serializer[Point]):
    period = serializers.CharField(source="label", help_text="its name")
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    comparable = serializers.SerializerMethodField(help_text="with the period before")

    def get_comparable(self, point: Point) -> bool:
        return not point.broken


class WeeklyAnswersSerializer(serializers.Serializer[Any]):
    """Finished answers that count, in stretches of seven full days, the last of which ended yesterday."""

    last = serializers.IntegerField()
    before = serializers.IntegerField(allow_null=True)
    has_fallen = serializers.BooleanField(help_text="by more than chance and the usual ups and downs explain")


class SurveyCardSerializer(serializers.Serializer[Card]):
    id = serializers.CharField(source="survey.public_id")
    name = serializers.CharField(source="survey.name")
    state = serializers.ChoiceField(Survey.State.choices, source="survey.state")
    is_simulated = serializers.BooleanField(source="survey.is_simulated")
    period = PeriodSerializer(allow_null=True, help_text="whose figures these are: the newest that has any")
    figures = HeadlineFigureSerializer(source="lines", many=True)
    compared_with = serializers.SerializerMethodField(help_text="a period's name; empty for none")
    why_none = serializers.CharField(help_text="why there is no figure; empty where there is")
    under_way = serializers.BooleanField(source="headline.is_under_way")
    answers = WeeklyAnswersSerializer()
    trend = TrendPointSerializer(source="points", many=True, help_text="of the first figure, oldest first")

    def get_compared_with(self, card: Card) -> str:
        return card.compared.period if card.compared else ""


class HomeSerializer(serializers.Serializer[Any]):
    attention = AttentionSerializer(many=True, help_text="of all surveys, the most urgent first")
    count = serializers.IntegerField(help_text="surveys under way that were found")
    pages = serializers.IntegerField()
    surveys = SurveyCardSerializer(many=True)
    closed = SurveyCardSerializer(many=True)


class Home(OfOrganisation[Survey]):
    """Each survey's headline, what changed, how many answers come in, and what needs attention."""

    @extend_schema(parameters=[HomeFilterSerializer], responses={200: HomeSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        HomeFilterSerializer(data=request.query_params).is_valid(raise_exception=True)
        whole = overview(self.member, self.may_edit, get_language() or "en")
        page = page_of(
            Asked.in_address(request.query_params).found(whole.cards), request.query_params.get("page")
        )
        told = HomeSerializer(
            {
                "attention": whole.items,
                "count": page.paginator.count,
                "pages": page.paginator.num_pages,
                "surveys": page.object_list,
                "closed": whole.closed,
            }
        )
        return Response(told.data)
