"""What is done about responses, by the API, and the alerts that call for it. For those who may edit."""

from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response as Answered

from surveys.api.fields import ChosenKey, OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.follow_up import changes
from surveys.follow_up.selectors import ASSIGNED, CLOSED, OPEN, alerts_of, follow_up_of, texts_of
from surveys.models import Alert, FollowUp, FollowUpNote, Member, Survey


class NoteSerializer(serializers.ModelSerializer[FollowUpNote]):
    by = serializers.CharField(source="by.email", default=None, read_only=True, allow_null=True)

    class Meta:
        model = FollowUpNote
        fields = ("kind", "text", "about", "by", "at")
        read_only_fields = fields


class FollowUpSerializer(serializers.ModelSerializer[FollowUp]):
    id = serializers.CharField(source="public_id", read_only=True)
    state = serializers.ChoiceField(FollowUp.State.choices, read_only=True)
    owner = serializers.CharField(
        source="owner.public_id", default=None, read_only=True, allow_null=True, help_text="a member's id"
    )
    opened_at = serializers.SerializerMethodField(help_text="null in an anonymous survey")
    comments = serializers.SerializerMethodField(
        help_text="the ids of what the response's writer wrote; in an anonymous survey only of the comment "
        "that it was begun from, and of none where it came from an alert"
    )
    notes = NoteSerializer(many=True, read_only=True)

    class Meta:
        model = FollowUp
        fields = ("id", "state", "owner", "opened_at", "closed_at", "comments", "notes")
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"], "format": "date-time"})
    def get_opened_at(self, follow_up: FollowUp) -> str | None:
        return _time(follow_up.response.survey, follow_up.opened_at)

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_comments(self, follow_up: FollowUp) -> list[str]:
        return sorted(text.public_id for text in texts_of(follow_up))


class ChangeSerializer(OnlyKnown):
    owner = serializers.CharField(
        max_length=22, required=False, allow_null=True, help_text="a member's id; null: nobody"
    )
    is_closed = serializers.BooleanField(required=False)
    reason = serializers.CharField(
        max_length=changes.LONGEST_NOTE, required=False, help_text="needed to close it; kept with it"
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("is_closed") and not given.get("reason"):
            raise serializers.ValidationError({"reason": [_("Say why.")]})
        return given


class NewNoteSerializer(OnlyKnown):
    text = serializers.CharField(max_length=changes.LONGEST_NOTE)
    key = ChosenKey(default="", help_text="chosen at random; sent again, it makes no second note")


class OfFollowUp(OfOrganisation[FollowUp]):
    serializer_class = FollowUpSerializer

    def found(self) -> FollowUp:
        found = follow_up_of(self.survey, self.kwargs["follow_up"])
        if found is None:
            raise Http404
        return found

    def told(self) -> Answered:
        return Answered(FollowUpSerializer(self.found()).data)


class FollowUpDetail(OfFollowUp):
    needs: ClassVar = {"GET": "edit"}

    @extend_schema(responses={200: FollowUpSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Who looks after a response, and what was done."""
        return self.told()

    @extend_schema(
        request=ChangeSerializer,
        responses={200: FollowUpSerializer} | PROBLEMS,
        examples=[
            OpenApiExample("Close it", {"is_closed": True, "reason": "Called back."}, request_only=True)
        ],
    )
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Assign it, close it or open it again. What is so already stays as it is: the first reason
        stands."""
        found, asked = self.found(), ChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            _change(found, asked.validated_data, self.member)
        except changes.ChangeRefused as refused:
            raise serializers.ValidationError({"owner": [str(refused)]}) from refused
        except FollowUp.DoesNotExist as gone:  # withdrawn meanwhile
            raise Http404 from gone
        return self.told()


def _change(found: FollowUp, given: dict[str, Any], by: Member) -> None:
    if given.get("is_closed") is False:
        changes.reopen(found, by.user)
    if "owner" in given:
        changes.assign(found, _owner(found, given["owner"]), by.user)
    if given.get("is_closed"):
        changes.close(found, given["reason"], by.user)


def _owner(found: FollowUp, public_id: str | None) -> Member | None:
    if public_id is None:
        return None
    member = changes.may_own(found).filter(public_id=public_id).first()
    if member is None:
        problem = _("Choose an owner or analyst of the organisation: others may not read responses.")
        raise serializers.ValidationError({"owner": [problem]})
    return member


class FollowUpNotes(OfFollowUp):
    needs: ClassVar = {"POST": "edit"}

    @extend_schema(request=NewNoteSerializer, responses={200: FollowUpSerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Add a note."""
        found, asked = self.found(), NewNoteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            changes.note(found, by=self.member.user, **asked.validated_data)
        except FollowUp.DoesNotExist as gone:
            raise Http404 from gone
        return self.told()


class AlertSerializer(serializers.ModelSerializer[Alert]):
    id = serializers.CharField(source="public_id", read_only=True)
    rule = serializers.CharField(
        source="rule.public_id", default=None, read_only=True, allow_null=True, help_text="null once removed"
    )
    opened_at = serializers.SerializerMethodField(help_text="null in an anonymous survey")
    period = serializers.CharField(
        source="response.period.public_id", default=None, read_only=True, allow_null=True, help_text="its id"
    )
    follow_up = FollowUpSerializer(read_only=True)

    class Meta:
        model = Alert
        fields = ("id", "rule", "item", "score", "opened_at", "period", "follow_up")
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"], "format": "date-time"})
    def get_opened_at(self, alert: Alert) -> str | None:
        return _time(alert.response.survey, alert.opened_at)


def _time(survey: Survey, at: datetime) -> str | None:
    """When an alert came tells when somebody answered."""
    return None if survey.privacy == Survey.Privacy.ANONYMOUS else at.isoformat()


class AlertFilterSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(
        [OPEN, ASSIGNED, CLOSED], required=False, help_text="assigned ones are open"
    )


class Alerts(generics.ListAPIView[Alert], OfOrganisation[Alert]):
    needs: ClassVar = {"GET": "edit"}
    serializer_class = AlertSerializer

    def get_queryset(self) -> QuerySet[Alert]:
        asked = AlertFilterSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        found = alerts_of(self.survey, asked.validated_data.get("state", ""))
        return found.select_related(
            "rule", "follow_up__text", "follow_up__response__survey"
        ).prefetch_related("follow_up__notes__by")

    @extend_schema(parameters=[AlertFilterSerializer], responses={200: AlertSerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Answers that called for attention, the latest first, each with what is done about it."""
        return super().get(request, *args, **kwargs)
