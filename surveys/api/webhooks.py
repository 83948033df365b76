"""Addresses of other programs that are told of a survey, by the API. For those who may edit."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response as Answered

from surveys.api.fields import OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.models import Webhook, WebhookDelivery
from surveys.outgoing import webhooks
from surveys.outgoing.addresses import LONGEST, AddressRefused


class TestMessageSerializer(serializers.ModelSerializer[WebhookDelivery]):
    """What came of the last test message."""

    class Meta:
        model = WebhookDelivery
        fields = ("state", "attempts", "problem", "next_try_at", "done_at")
        read_only_fields = fields


class WebhookSerializer(OnlyKnown):
    id = serializers.CharField(source="public_id", read_only=True)
    url = serializers.CharField(max_length=LONGEST, help_text="such as https://crm.example.com/hooks")
    events = serializers.ListField(
        child=serializers.ChoiceField(Webhook.Event.choices),
        max_length=len(Webhook.Event),
        required=False,
        help_text="what it is told of, besides the alerts of rules that name it. response.finished: of an "
        "anonymous survey as responses.finished, each morning; index.released: index.revised, too",
    )
    created_at = serializers.DateTimeField(read_only=True)
    rotated_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="when its secret was made anew"
    )
    waiting = serializers.IntegerField(read_only=True, help_text="messages that are to be sent")
    given_up = serializers.IntegerField(source="failed", read_only=True, help_text="in the last 30 days")
    taken_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="when it took the last message"
    )
    failing_since = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="null while it takes them"
    )
    problem = serializers.SerializerMethodField(help_text="of the last try that failed; empty if none did")
    test = serializers.SerializerMethodField()

    def get_problem(self, webhook: Webhook) -> str:
        return getattr(webhook, "problem", None) or ""

    @extend_schema_field(TestMessageSerializer(allow_null=True))
    def get_test(self, webhook: Webhook) -> Any:
        test = self.context["tests"].get(webhook.pk)
        return TestMessageSerializer(test).data if test else None


class WebhookChangeSerializer(WebhookSerializer):
    url = serializers.CharField(read_only=True)
    events = serializers.ListField(
        child=serializers.ChoiceField(Webhook.Event.choices), max_length=len(Webhook.Event)
    )


class WebhookWithSecretSerializer(WebhookSerializer):
    secret = serializers.CharField(read_only=True, help_text="told this once, and by no other address")


class OfWebhooks(OfOrganisation[Webhook]):
    needs: ClassVar = {"GET": "edit"}
    serializer_class: Any = WebhookSerializer

    def get_queryset(self) -> QuerySet[Webhook]:
        return webhooks.with_states(self.survey)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "tests": webhooks.tests_of(self.survey)}

    def found(self, public_id: str = "") -> Webhook:
        return get_object_or_404(self.get_queryset(), public_id=public_id or self.kwargs["webhook"])

    def shown(self, public_id: str = "", status: int = 200) -> Answered:
        """As it is now."""
        told = WebhookSerializer(self.found(public_id), context=self.get_serializer_context())
        return Answered(told.data, status=status)

    def with_secret(self, public_id: str, secret: str, status: int = 200) -> Answered:
        answer = self.shown(public_id, status)
        answer.data = {**answer.data, "secret": secret}
        return answer


class Webhooks(OfWebhooks, generics.ListAPIView[Webhook]):
    @extend_schema(responses={200: WebhookSerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """The survey's webhooks, and whether they take what is posted to them."""
        return self.list(request, *args, **kwargs)

    @extend_schema(
        responses={201: WebhookWithSecretSerializer} | PROBLEMS,
        examples=[
            OpenApiExample(
                "A CRM",
                {"url": "https://crm.example.com/hooks", "events": ["index.released"]},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Make a webhook. The answer holds the secret that signs its messages, which is told this once."""
        asked = WebhookSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        try:
            made, secret = webhooks.add(self.survey, given["url"], given.get("events", []))
        except AddressRefused as refused:
            raise serializers.ValidationError({"url": [str(refused)]}) from None
        return self.with_secret(made.public_id, secret, status=201)


class WebhookDetail(OfWebhooks):
    @extend_schema(responses={200: WebhookSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """One webhook."""
        return self.shown()

    @extend_schema(request=WebhookChangeSerializer, responses={200: WebhookSerializer} | PROBLEMS)
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Say anew what it is told of. For another address make another webhook."""
        own, context = self.found(), self.get_serializer_context()
        asked = WebhookChangeSerializer(data=request.data, context=context)
        asked.is_valid(raise_exception=True)
        webhooks.change_events(own, asked.validated_data["events"])
        return self.shown()

    @extend_schema(responses={204: None} | PROBLEMS)
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Remove a webhook, with what waits for it. Rules that name it stay."""
        webhooks.remove(self.found())
        return Answered(status=204)


class WebhookSecret(OfWebhooks):
    serializer_class = WebhookWithSecretSerializer

    @extend_schema(request=None, responses={200: WebhookWithSecretSerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Make another secret, told this once. From now on the one before signs nothing."""
        own = self.found()
        return self.with_secret(own.public_id, webhooks.rotate(own))


class WebhookTest(OfWebhooks):
    @extend_schema(request=None, responses={202: WebhookSerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Send the event `webhook.test`, the way all messages go. What comes of it stands in `test`, soon."""
        webhooks.send_test(self.found())
        return self.shown(status=202)


class WebhookAgain(OfWebhooks):
    @extend_schema(request=None, responses={202: WebhookSerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Try again, as if for the first time, what was given up."""
        webhooks.try_again(self.found())
        return self.shown(status=202)
