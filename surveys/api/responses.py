"""The API's view of single responses, and leaving some out of the indices. For those who may edit.

In an anonymous survey only the day of a response is told, and not what somebody wrote: by the minute, or by
their words, somebody may know who it was. So they may by the channel, where few came from it.
"""

from datetime import date, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response as Answered

from surveys.api.fields import Day, OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.channels.telling import told_channels
from surveys.forms.responses import LONGEST_REASON
from surveys.models import Channel, Exclusion, Response, Survey
from surveys.responses.exclusions import exclude, readmit
from surveys.responses.ids import finished_response, key_of, response_id
from surveys.responses.invitations import addressee

MOST_AT_ONCE = 100


class ResponseChannelSerializer(serializers.Serializer[Channel]):
    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(read_only=True)


class ResponseSerializer(serializers.ModelSerializer[Response]):
    id = serializers.SerializerMethodField()
    version = serializers.IntegerField(source="version.number", read_only=True)
    period = serializers.CharField(
        source="period.public_id", default=None, read_only=True, allow_null=True, help_text="a period's id"
    )
    channel = serializers.SerializerMethodField(
        help_text="where the open link stood; null where none is known, and in an anonymous survey where too "
        "few answered there"
    )
    segments = serializers.DictField(
        child=serializers.CharField(), read_only=True, help_text="question: option"
    )
    started_at = serializers.SerializerMethodField(
        help_text="null in an anonymous survey, and where not known"
    )
    finished_at = serializers.SerializerMethodField(
        help_text="null in an anonymous survey, and where not known"
    )
    finished_on = serializers.SerializerMethodField(help_text="the day, in the organisation's time zone")
    flags = serializers.DictField(
        read_only=True, help_text="what looks careless: speed, straight, duplicate; nobody is left out for it"
    )

    class Meta:
        model = Response
        fields: tuple[str, ...] = (
            "id",
            "state",
            "origin",
            "version",
            "period",
            "language",
            "channel",
            "segments",
            "page",
            "started_at",
            "finished_at",
            "finished_on",
            "flags",
            "is_excluded",
        )
        read_only_fields = fields

    def get_id(self, response: Response) -> str:
        return response_id(response.survey, response.pk)

    @extend_schema_field(ResponseChannelSerializer(allow_null=True))
    def get_channel(self, response: Response) -> dict[str, str] | None:
        channel = self.context["channels"].get(response.channel_id)
        return ResponseChannelSerializer(channel).data if channel else None

    def get_started_at(self, response: Response) -> datetime | None:
        return None if _is_anonymous(response) else response.started_at

    def get_finished_at(self, response: Response) -> datetime | None:
        return None if _is_anonymous(response) else response.finished_at

    def get_finished_on(self, response: Response) -> date | None:
        at = response.finished_at
        return at.astimezone(_zone(response.survey)).date() if at else None


class ExclusionSerializer(serializers.ModelSerializer[Exclusion]):
    class Meta:
        model = Exclusion
        fields = ("reason", "excluded_at", "ended_at")
        read_only_fields = fields


class WholeResponseSerializer(ResponseSerializer):
    answers = serializers.DictField(
        read_only=True,
        help_text='by code; null: skipped, "dk": not known, "na": does not apply, "hidden": by a condition',
    )
    texts = serializers.SerializerMethodField(help_text="what was written; null in an anonymous survey")
    contact = serializers.SerializerMethodField(
        help_text="the id of the contact whose link it came by; null in an anonymous survey, and for others"
    )
    exclusions = ExclusionSerializer(many=True, read_only=True)

    class Meta(ResponseSerializer.Meta):
        fields = (*ResponseSerializer.Meta.fields, "answers", "texts", "contact", "exclusions")
        read_only_fields = fields

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": {"type": "string"}})
    def get_texts(self, response: Response) -> dict[str, str] | None:
        return None if _is_anonymous(response) else dict(response.texts.values_list("code", "text"))

    def get_contact(self, response: Response) -> str | None:
        contact = addressee(response)
        return contact.public_id if contact else None


class ResponseFilterSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(Response.State.choices, required=False)
    period = serializers.CharField(max_length=22, required=False, help_text="a period's id")
    finished_from = Day(required=False, help_text="this day or later, in the organisation's time zone")
    is_excluded = serializers.BooleanField(required=False, allow_null=True, default=None)
    after = serializers.CharField(max_length=50, required=False, help_text="the id of the last one you have")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE, default=MOST_AT_ONCE)


class ResponsePageSerializer(serializers.Serializer[Any]):
    after = serializers.CharField(allow_null=True, help_text="for the next page; null on the last")
    results = ResponseSerializer(many=True)


class DecisionSerializer(OnlyKnown):
    is_excluded = serializers.BooleanField()
    reason = serializers.CharField(
        max_length=LONGEST_REASON, required=False, help_text="needed to leave a response out; kept with it"
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["is_excluded"] and not given.get("reason"):
            raise serializers.ValidationError({"reason": [_("Say why.")]})
        return given


class Responses(OfOrganisation[Response]):
    needs: ClassVar = {"GET": "edit"}
    serializer_class = ResponseSerializer
    pagination_class = None

    @extend_schema(
        operation_id="organisations_surveys_responses_list",
        parameters=[ResponseFilterSerializer],
        responses={200: ResponsePageSerializer} | PROBLEMS,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """The survey's responses, the latest stored first, without their answers.

        Pages follow the key of each response: with `after` none comes twice and none is left out, whatever is
        handed in, imported or withdrawn meanwhile.
        """
        survey, asked = self.survey, ResponseFilterSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        chosen = asked.validated_data
        rows = list(_chosen(survey, chosen).order_by("-pk")[: chosen["limit"] + 1])
        page = rows[: chosen["limit"]]
        after = response_id(survey, page[-1].pk) if len(rows) > len(page) else None
        context = {"channels": told_channels(survey)}
        return Answered(ResponsePageSerializer({"after": after, "results": page}, context=context).data)


class ResponseDetail(OfOrganisation[Response]):
    needs: ClassVar = {"GET": "edit"}
    serializer_class = WholeResponseSerializer

    @extend_schema(responses={200: WholeResponseSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """A finished response with its answers, and when and why it was left out of the indices."""
        return self._told()

    @extend_schema(
        request=DecisionSerializer,
        responses={200: WholeResponseSerializer} | PROBLEMS,
        examples=[
            OpenApiExample("Leave it out", {"is_excluded": True, "reason": "A test."}, request_only=True),
            OpenApiExample("Take it back in", {"is_excluded": False}, request_only=True),
        ],
    )
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Leave the response out of the indices, or take it back in.

        Deciding the same again changes nothing: the first reason stands.
        """
        found, asked = self._found(), DecisionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        decision = asked.validated_data
        try:
            if decision["is_excluded"]:
                exclude(found, decision["reason"], self.member.user)
            else:
                readmit(found, self.member.user)
        except Response.DoesNotExist as gone:  # withdrawn meanwhile
            raise Http404 from gone
        return self._told()

    def _told(self) -> Answered:
        context = {"channels": told_channels(self.survey)}
        return Answered(WholeResponseSerializer(self._found(), context=context).data)

    def _found(self) -> Response:
        found = finished_response(self.survey, self.kwargs["response_id"])
        if found is None:
            raise Http404
        return found


def _chosen(survey: Survey, chosen: dict[str, Any]) -> QuerySet[Response]:
    rows = survey.responses.select_related("version", "period", "survey__organisation")
    if "state" in chosen:
        rows = rows.filter(state=chosen["state"])
    if "period" in chosen:
        rows = rows.filter(period=_period(survey, chosen["period"]))
    if "finished_from" in chosen:
        rows = rows.filter(finished_at__gte=_midnight(survey, chosen["finished_from"]))
    if chosen["is_excluded"] is not None:
        rows = rows.filter(is_excluded=chosen["is_excluded"])
    if "after" in chosen:
        rows = rows.filter(pk__lt=_key(survey, chosen["after"]))
    return rows


def _period(survey: Survey, public_id: str) -> int:
    """The key of the survey's period; another survey's and none at all are the same mistake."""
    period = survey.periods.filter(public_id=public_id).first()
    if period is None:
        raise serializers.ValidationError({"period": [_("The survey has no period with this id.")]})
    return period.pk


def _key(survey: Survey, text: str) -> int:
    """The place in the list; the response itself may be withdrawn by now."""
    key = key_of(survey, text)
    if key is None:
        raise serializers.ValidationError({"after": [_("is not the id of a response of this survey")]})
    return key


def _midnight(survey: Survey, day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()), _zone(survey))


def _zone(survey: Survey) -> ZoneInfo:
    return ZoneInfo(survey.organisation.time_zone)


def _is_anonymous(response: Response) -> bool:
    return response.survey.privacy == Survey.Privacy.ANONYMOUS
