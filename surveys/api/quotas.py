"""Quotas of a survey by the API. For those who may edit."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response as Answered

from surveys.api.fields import OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.models import Quota
from surveys.quotas import keeping
from surveys.quotas.outlook import STRETCH
from surveys.quotas.standing import Outlook, Standing, standings


class QuotaSerializer(OnlyKnown):
    """A Standing: the quota's own fields, and its numbers now."""

    id = serializers.CharField(source="quota.public_id", read_only=True)
    segments = serializers.DictField(
        source="quota.segments",
        child=serializers.CharField(max_length=90),
        default=dict,
        help_text="whom it is about: {question: option} of the published segment questions; empty: everybody",
    )
    per = serializers.ChoiceField(
        Quota.Per.choices,
        source="quota.per",
        default=Quota.Per.SURVEY.value,
        help_text="survey: counted once for all. period: anew in each period of the survey",
    )
    most = serializers.IntegerField(
        source="quota.most",
        min_value=1,
        max_value=keeping.LARGEST,
        help_text="finished answers given on the web that are taken at most",
    )
    is_active = serializers.BooleanField(
        source="quota.is_active", read_only=True, help_text="a paused one counts on and turns nobody away"
    )
    created_at = serializers.DateTimeField(source="quota.created_at", read_only=True)
    taken = serializers.IntegerField(
        read_only=True,
        help_text="places taken: in the running period, where it is counted anew in each. More than `most` "
        "where the number was set later, or answers were taken back in",
    )
    turned_away = serializers.IntegerField(
        read_only=True,
        help_text="unfinished questionnaires that were not taken for it, each once; who was turned away "
        "before answering anything is not counted",
    )
    period = serializers.CharField(
        read_only=True, help_text="name of the running period that `taken` is of; empty otherwise"
    )
    is_full = serializers.BooleanField(read_only=True)
    outlook = serializers.ChoiceField(
        [one.value for one in Outlook],
        read_only=True,
        help_text="what `on` is: the expected day, the day it became full, or the last day, by which it is "
        "not full; otherwise why no day can be named",
    )
    on = serializers.DateField(
        read_only=True, allow_null=True, help_text="a day of the organisation's time zone, or null"
    )
    again_on = serializers.DateField(
        read_only=True, allow_null=True, help_text="when it starts anew, or null"
    )
    days = serializers.IntegerField(
        read_only=True,
        help_text=f"the pace is measured by the last {STRETCH.days}, or those since it opened",
    )
    recent = serializers.IntegerField(
        read_only=True, help_text="how many came in the last `days` days: the pace"
    )


class QuotaChangeSerializer(OnlyKnown):
    most = serializers.IntegerField(min_value=1, max_value=keeping.LARGEST, required=False)
    is_active = serializers.BooleanField(required=False)


class OfQuotas(OfOrganisation[Quota]):
    needs: ClassVar = {"GET": "edit"}
    serializer_class: Any = QuotaSerializer

    def get_queryset(self) -> QuerySet[Quota]:
        return self.survey.quotas.order_by("pk")

    def found(self) -> Quota:
        return get_object_or_404(self.get_queryset(), public_id=self.kwargs["quota"])

    def standing(self, quota: Quota) -> Standing:
        return standings(self.survey, [quota])[0]


class Quotas(OfQuotas, generics.ListAPIView[Quota]):
    @extend_schema(responses={200: QuotaSerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """The survey's quotas in the order they were made: how many are taken, and when each is expected to
        be full at the pace of the last days."""
        page = self.paginate_queryset(self.get_queryset())
        told = QuotaSerializer(standings(self.survey, page or []), many=True)
        return self.get_paginated_response(told.data)

    @extend_schema(
        responses={201: QuotaSerializer} | PROBLEMS,
        examples=[
            OpenApiExample("Of the north", {"segments": {"region": "north"}, "most": 200}, request_only=True)
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Make a quota. Answers that are there already count; whom it is about never changes."""
        asked = QuotaSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            made = keeping.make(self.survey, **asked.validated_data["quota"])
        except keeping.QuotaRefused as refused:
            raise _problem(refused.problems) from None
        return Answered(QuotaSerializer(self.standing(made)).data, status=201)


class QuotaDetail(OfQuotas):
    @extend_schema(responses={200: QuotaSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """One quota."""
        return Answered(QuotaSerializer(self.standing(self.found())).data)

    @extend_schema(request=QuotaChangeSerializer, responses={200: QuotaSerializer} | PROBLEMS)
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Take more or fewer, pause it, or let it go on. What was taken stays taken."""
        own, asked = self.found(), QuotaChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        keeping.change(own, **asked.validated_data)
        return Answered(QuotaSerializer(self.standing(own)).data)

    @extend_schema(responses={204: None} | PROBLEMS)
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Remove a quota. Answers stay as they are; its count of those turned away goes with it."""
        keeping.remove(self.found())
        return Answered(status=204)


def _problem(problems: Mapping[str, str]) -> serializers.ValidationError:
    return serializers.ValidationError({field: [problem] for field, problem in problems.items()})
