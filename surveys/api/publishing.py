"""Publishing by the API, what was published, and opening and closing."""

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveys import publishing
from surveys.api.fields import OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.api.surveys import SurveySerializer
from surveys.models import Survey, Use, Version

STATES = (Survey.State.OPEN.value, Survey.State.CLOSED.value)


class UseSerializer(serializers.ModelSerializer[Use]):
    instrument = serializers.CharField(source="instrument_id", read_only=True)

    class Meta:
        model = Use
        fields = ("instrument", "kind", "measurement_key", "series")
        read_only_fields = fields


class VersionSerializer(serializers.ModelSerializer[Version]):
    """Answers of versions whose uses have the same `measurement_key` are pooled, others never."""

    uses = UseSerializer(many=True, read_only=True)

    class Meta:
        model = Version
        fields: tuple[str, ...] = ("number", "digest", "published_at", "uses")
        read_only_fields = fields


class FrozenVersionSerializer(VersionSerializer):
    snapshot = serializers.SerializerMethodField(help_text="all that was published; digest is its SHA-256")

    class Meta(VersionSerializer.Meta):
        fields = (*VersionSerializer.Meta.fields, "snapshot")
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_snapshot(self, version: Version) -> dict[str, Any]:
        snapshot: dict[str, Any] = version.snapshot
        return snapshot


class PublishSerializer(OnlyKnown):
    keeps = serializers.DictField(
        child=serializers.BooleanField(),
        required=False,
        help_text="for each instrument whose wording changed: whether it still measures the same",
    )


class StateSerializer(OnlyKnown):
    state = serializers.ChoiceField(STATES)


class Publish(OfOrganisation[Survey]):
    serializer_class = PublishSerializer

    @extend_schema(
        request=PublishSerializer,
        responses={200: VersionSerializer} | PROBLEMS,
        examples=[OpenApiExample("Reworded, but the same", {"keeps": {"ecsi": True}}, request_only=True)],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Freeze the draft as a version and open the survey.

        Publishing an unchanged draft again gives the same version. A draft with mistakes is refused, each
        mistake with its place.
        """
        survey, asked = self.survey, PublishSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            version = publishing.publish(survey, self.member.user, asked.validated_data.get("keeps"))
        except publishing.PublishingRefused as refused:
            problems = defaultdict(list)
            for mistake in refused.mistakes:
                problems[mistake.place].append(mistake.problem)
            raise serializers.ValidationError(problems) from None
        return Response(VersionSerializer(version).data)


@extend_schema_view(get=extend_schema(responses={200: FrozenVersionSerializer(many=True)} | PROBLEMS))
class VersionList(OfOrganisation[Version], generics.ListAPIView[Version]):
    """The survey's versions, newest first, each with all that was published."""

    serializer_class = FrozenVersionSerializer

    def get_queryset(self) -> QuerySet[Version]:
        return self.survey.versions.prefetch_related("uses").order_by("-number")


class State(OfOrganisation[Survey]):
    serializer_class = StateSerializer

    @extend_schema(request=StateSerializer, responses={200: SurveySerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Close the survey, or open it again. Asking for the state it has changes nothing."""
        survey, asked = self.survey, StateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if survey.current_version is None:
            raise serializers.ValidationError({"state": [_("The survey has not been published yet.")]})
        change = publishing.close if asked.validated_data["state"] == "closed" else publishing.reopen
        change(survey)
        survey.refresh_from_db(fields=["state"])
        return Response(SurveySerializer(survey).data)
