"""Invitations by e-mail, planned and counted by the API. For those who may edit."""

import smtplib
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import exceptions, generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveys.api.fields import LANGUAGES, MOST_NAMED, ChosenKey, Moment, OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS, Conflict, problems
from surveys.contacts.rows import LONGEST_OPTION, SEGMENT
from surveys.limits import client_address
from surveys.mailings import wording
from surveys.mailings.counts import counts_of
from surveys.mailings.planning import Plan, PlanConflict, PlanRefused, cancel, check, plan
from surveys.mailings.trials import TooMany, send_trials
from surveys.models import Mailing, MailRules
from surveys.models.mailing import LARGEST_SAMPLE, LONGEST_WAIT, MOST_REMINDERS
from surveys.views.access import May

# Who did, where only few could; who is not reminded has handed in.
TELLING = ("opened", "started", "finished", "response_rate", "reminded")


class TextSerializer(OnlyKnown):
    subject = serializers.CharField(max_length=wording.LONGEST_SUBJECT)
    body = serializers.CharField(max_length=wording.LONGEST_BODY, trim_whitespace=False)


class MailTexts(serializers.DictField):
    """What is written, by language: `{"en": {"subject": ..., "body": ...}}`."""

    def __init__(self, **more: Any) -> None:
        super().__init__(child=TextSerializer(), **more)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        texts: dict[str, Any] = super().to_internal_value(data)
        if unknown := [code for code in texts if code not in LANGUAGES]:
            raise serializers.ValidationError({code: ["unknown language"] for code in unknown[:MOST_NAMED]})
        return texts


class MailingWantedSerializer(OnlyKnown):
    texts = MailTexts(
        help_text="placeholders: {name}, {company} (as the questionnaire calls it), {link}, {opt_out}, "
        "{organisation}, {survey}; a body needs {link} and {opt_out}, with a rating {rating} and {opt_out}"
    )
    rating = serializers.CharField(
        max_length=90,
        default="",
        help_text="the code of a rating on the first page, such as `nps.recommend`: it stands at {rating}, "
        "and a click on a point counts when it is confirmed on the page",
    )
    reminder_texts = MailTexts(
        default=dict,
        help_text="what reminders say instead, by language; a language that is left out says the same again",
    )
    send_at = Moment(required=False, help_text="now, where it is not said; not more than an hour ago")
    remind_after_days = serializers.IntegerField(min_value=1, max_value=LONGEST_WAIT, default=7)
    most_reminders = serializers.IntegerField(min_value=0, max_value=MOST_REMINDERS, default=0)
    segment = serializers.RegexField(
        "^" + SEGMENT.pattern + r"\Z",
        max_length=40,
        default="",
        help_text="only contacts that have `option` there",
    )
    option = serializers.CharField(max_length=LONGEST_OPTION, default="")
    sample_size = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST_SAMPLE,
        default=0,
        help_text="only so many of them, drawn by chance from those who may be invited when it goes out; "
        "0: everybody",
    )
    columns = serializers.DictField(
        child=serializers.RegexField("^" + SEGMENT.pattern + r"\Z", max_length=40, allow_blank=True),
        default=dict,
        help_text="by the code of a segment question, which of the contacts' segments answers it for who "
        'does not say it; "" for none. A question that is left out is answered by the segment of its '
        "name, if there is one",
    )
    also_invited_before = serializers.BooleanField(
        default=False,
        help_text="also who was invited to this survey before, for surveys that ask the same people again; "
        "otherwise they are left out, and a sample is drawn from the others",
    )
    key = ChosenKey(default="", help_text="chosen at random; sent again, it plans no second mailing")


class CountsSerializer(serializers.Serializer[Any]):
    """Of the contacts chosen each is waiting, sent, refused or left out; `bounced`, `opted_out` and
    `reminded` are of those sent, `opened`, `started` and `finished` of the `base`."""

    chosen = serializers.IntegerField()
    waiting = serializers.IntegerField()
    sent = serializers.IntegerField(help_text="the mail server took the invitation")
    refused = serializers.IntegerField(help_text="by the mail server at once and for good")
    bounced = serializers.IntegerField(help_text="of those sent: came back later, as a message said")
    base = serializers.IntegerField(help_text="sent, and not come back: what the response rate is of")
    had_opted_out = serializers.IntegerField()
    bounced_before = serializers.IntegerField(help_text="left out: an earlier mail to the address had failed")
    quota_full = serializers.IntegerField(help_text="a quota that the contact belongs to was full")
    invited_before = serializers.IntegerField(help_text="left out: to this survey, by another mailing")
    too_soon = serializers.IntegerField(help_text="invited to a survey too short a time before")
    closed = serializers.IntegerField(help_text="the survey took no answers any more")
    cancelled = serializers.IntegerField(help_text="or erased before it was sent")
    opened = serializers.IntegerField(
        allow_null=True,
        help_text="the form was shown, perhaps to a program that reads mails; null, as started, finished, "
        "response_rate and reminded, where the `base` of an anonymous survey is smaller than the "
        "organisation's `least_group`",
    )
    started = serializers.IntegerField(allow_null=True)
    finished = serializers.IntegerField(allow_null=True)
    opted_out = serializers.IntegerField(help_text="by a mail of this mailing")
    reminded = serializers.IntegerField(allow_null=True)
    response_rate = serializers.FloatField(
        allow_null=True, help_text="finished of `base`, 0 to 1; a count, so that it has no interval"
    )


class MailingSerializer(serializers.ModelSerializer[Mailing]):
    id = serializers.CharField(source="public_id", read_only=True)
    texts = serializers.JSONField(read_only=True)
    reminder_texts = serializers.JSONField(read_only=True)
    sample_seed = serializers.CharField(
        source="seed",
        read_only=True,
        help_text="the sample has the contacts with the smallest SHA-256 of this seed followed by their id",
    )
    counts = serializers.SerializerMethodField()

    class Meta:
        model = Mailing
        fields = (
            "id", "texts", "reminder_texts", "rating", "segment", "option", "sample_size", "sample_seed",
            "columns", "also_invited_before", "frame_size", "carried", "send_at", "remind_after_days",
            "most_reminders", "prepared_at", "cancelled_at", "counts",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs: ClassVar = {
            "prepared_at": {"help_text": "when the contacts were chosen"},
            "carried": {
                "help_text": "by segment question, how many links bring what is known of the contact; of an "
                "anonymous survey only what `least_group` recipients have in common"
            },
            "sample_size": {"help_text": "how many were to be drawn; 0: everybody was chosen"},
            "frame_size": {
                "help_text": "from how many the sample was drawn; fewer than asked for: all of them"
            },
        }

    @extend_schema_field(CountsSerializer)
    def get_counts(self, mailing: Mailing) -> Any:
        counts = counts_of(mailing)
        told = counts._asdict() | {"response_rate": counts.response_rate, "base": counts.base}
        return CountsSerializer(told | dict.fromkeys(TELLING, None) if counts.is_hidden else told).data


class OfMailings(OfOrganisation[Mailing]):
    needs: ClassVar[dict[str, May]] = {"GET": "edit"}
    serializer_class = MailingSerializer

    def get_queryset(self) -> QuerySet[Mailing]:
        return self.survey.mailings.order_by("-send_at", "-pk")


class MailingList(OfMailings, generics.ListAPIView[Mailing]):
    @extend_schema(responses={200: MailingSerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The survey's invitations by e-mail, the latest first, with what became of them."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=MailingWantedSerializer,
        responses={201: MailingSerializer} | PROBLEMS | problems(409),
        examples=[
            OpenApiExample(
                "With one reminder",
                {
                    "texts": {"en": {"subject": "{company}", "body": "Please answer: {link}\n\n{opt_out}"}},
                    "most_reminders": 1,
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Plan invitations to the contacts. They go out by themselves when the time has come."""
        wanted = _wanted(request)
        try:
            made = plan(self.survey, wanted, self.member.user)
        except PlanConflict as other:
            raise Conflict({"key": other.problems[0][1]}) from other
        except PlanRefused as refused:
            raise _problem(refused) from refused
        return Response(MailingSerializer(made).data, status=201)


def _wanted(request: Request) -> Plan:
    asked = MailingWantedSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return Plan(**{"send_at": timezone.now(), **asked.validated_data})


def _problem(refused: PlanRefused) -> serializers.ValidationError:
    named = {field or "non_field_errors": [why] for field, why in refused.problems[:MOST_NAMED]}
    return serializers.ValidationError(named)


class TrialSentSerializer(serializers.Serializer[Any]):
    sent_to = serializers.EmailField(read_only=True, help_text="the address of the token's owner")
    mails = serializers.IntegerField(read_only=True, help_text="one for every text")


class ServerAway(exceptions.APIException):
    status_code = 503
    default_detail = "The mail server does not take mails now."


class MailingTrial(OfMailings):
    @extend_schema(
        request=MailingWantedSerializer,
        responses={200: TrialSentSerializer} | PROBLEMS | problems(429, 503),
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send what would be sent to oneself, and nobody else. Nothing is planned; the links ask nobody."""
        wanted, user = _wanted(request), self.member.user
        try:
            number = send_trials(check(self.survey, wanted), user, client_address(request._request))
        except PlanRefused as refused:
            raise _problem(refused) from refused
        except TooMany:
            raise exceptions.Throttled(detail="Too many test mails in a short time.") from None
        except (OSError, smtplib.SMTPException):
            raise ServerAway from None
        return Response({"sent_to": user.email, "mails": number})


class MailRulesSerializer(OnlyKnown, serializers.ModelSerializer[MailRules]):
    class Meta:
        model = MailRules
        fields = ("rest_days", "per_minute")
        extra_kwargs: ClassVar = {"rest_days": {"required": True}, "per_minute": {"required": True}}


class MailRulesDetail(OfOrganisation[MailRules]):
    """How often the organisation writes. A token never changes it, whatever its member's role."""

    needs: ClassVar[dict[str, May]] = {"GET": "edit", "PUT": "manage"}
    serializer_class = MailRulesSerializer

    def get_object(self) -> MailRules:
        return MailRules.objects.filter(organisation=self.member.organisation).first() or MailRules()

    @extend_schema(responses={200: MailRulesSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """How many days one person is left alone between two surveys, and how many mails a minute has."""
        return Response(MailRulesSerializer(self.get_object()).data)

    @extend_schema(request=MailRulesSerializer, responses={200: MailRulesSerializer} | PROBLEMS)
    def put(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Set both. What waits to be sent is sent by the new rules."""
        asked = MailRulesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        # Not the whole row: a worker may hold its lease at this moment.
        MailRules.objects.update_or_create(
            organisation=self.member.organisation, defaults=asked.validated_data
        )
        return Response(asked.data)


class MailingDetail(OfMailings):
    def found(self) -> Mailing:
        return get_object_or_404(self.get_queryset(), public_id=self.kwargs["mailing"])

    @extend_schema(responses={200: MailingSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of the survey's invitations by e-mail, with what became of it."""
        return Response(MailingSerializer(self.found()).data)

    @extend_schema(responses={204: None} | PROBLEMS)
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send no more of it, reminders neither. What was sent stays counted, and its links work."""
        cancel(self.found())
        return Response(status=204)
