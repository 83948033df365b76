"""Which answers open alerts, by the API. For those who may edit."""

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response as Answered

from surveys.api.fields import OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.follow_up import rules
from surveys.follow_up.changes import members_who_read
from surveys.forms.alerts import bounds_problems
from surveys.models import AlertRule, Member, Survey, Webhook
from surveys.words.scores import ratings_of

LEAST, LARGEST = -1_000, 1_000


class AlertRuleSerializer(OnlyKnown, serializers.ModelSerializer[AlertRule]):
    """`recipients` and `webhook` are of the survey's organisation; the context holds the `survey`."""

    id = serializers.CharField(source="public_id", read_only=True)
    item = serializers.CharField(max_length=90, help_text="the code of a rating")
    lowest = serializers.IntegerField(min_value=LEAST, max_value=LARGEST)
    highest = serializers.IntegerField(min_value=LEAST, max_value=LARGEST)
    recipients = serializers.SlugRelatedField(
        slug_field="public_id", many=True, queryset=Member.objects.none(), required=False,
        help_text="ids of members who are mailed; owners and analysts",
    )  # fmt: skip
    webhook = serializers.SlugRelatedField(
        slug_field="public_id", queryset=Webhook.objects.none(), required=False, allow_null=True,
        help_text="the id of one of the survey's webhooks",
    )  # fmt: skip
    tells_comment = serializers.BooleanField(required=False, help_text="refused in an anonymous survey")
    since = serializers.DateTimeField(read_only=True, help_text="answers from before open no alert")

    class Meta:
        model = AlertRule
        fields = (
            "id",
            "item",
            "lowest",
            "highest",
            "recipients",
            "webhook",
            "tells_comment",
            "is_active",
            "since",
        )

    def get_fields(self) -> dict[str, Any]:
        found: dict[str, Any] = super().get_fields()
        survey: Survey | None = self.context.get("survey")
        if survey:
            found["recipients"].child_relation.queryset = members_who_read(survey.organisation_id)
            found["webhook"].queryset = survey.webhooks.all()
        return found

    def validate_tells_comment(self, value: bool) -> bool:
        if value and self.context["survey"].privacy == Survey.Privacy.ANONYMOUS:
            raise serializers.ValidationError(_("In an anonymous survey no comment is told."))
        return value

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        survey: Survey = self.context["survey"]

        def now(name: str) -> Any:
            return given[name] if name in given else getattr(self.instance, name)

        rating = ratings_of(survey, survey.languages[0]).get(now("item"))
        if rating is None:
            raise serializers.ValidationError({"item": [_("is no rating of the published survey")]})
        if problems := bounds_problems(rating.lowest, rating.highest, now("lowest"), now("highest")):
            raise serializers.ValidationError({name: [text] for name, text in problems.items()})
        return given

    def kept(self) -> AlertRule:
        """Store what was given. Raises TooManyRules."""
        rule = self.instance if isinstance(self.instance, AlertRule) else AlertRule()
        before = rules.deciding(rule) if rule.pk else None
        given = dict(self.validated_data)
        recipients = given.pop("recipients", None)
        for name, value in given.items():
            setattr(rule, name, value)
        with transaction.atomic():
            rules.keep(rule, self.context["survey"], before)
            if recipients is not None:
                rule.recipients.set(recipients)
        return rule


class AlertRules(generics.ListAPIView[AlertRule], OfOrganisation[AlertRule]):
    needs: ClassVar = {"GET": "edit"}
    serializer_class = AlertRuleSerializer

    def get_queryset(self) -> QuerySet[AlertRule]:
        return self.survey.alert_rules.order_by("pk").prefetch_related("recipients").select_related("webhook")

    @extend_schema(responses={200: AlertRuleSerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """The survey's rules."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        responses={201: AlertRuleSerializer} | PROBLEMS,
        examples=[
            OpenApiExample("Detractors", {"item": "nps.score", "lowest": 0, "highest": 6}, request_only=True)
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Make a rule: an answer to `item` from `lowest` to `highest` that is handed in from now on opens an
        alert, mails the recipients and is posted to the webhook."""
        asked = AlertRuleSerializer(data=request.data, context={"survey": self.survey})
        asked.is_valid(raise_exception=True)
        try:
            rule = asked.kept()
        except rules.TooManyRules:
            problem = _("There are as many as a survey may have; remove one first.")
            raise serializers.ValidationError({"non_field_errors": [problem]}) from None
        return Answered(AlertRuleSerializer(rule).data, status=201)


class AlertRuleDetail(OfOrganisation[AlertRule]):
    needs: ClassVar = {"GET": "edit"}
    serializer_class = AlertRuleSerializer

    def found(self) -> AlertRule:
        return get_object_or_404(AlertRule, survey=self.survey, public_id=self.kwargs["rule"])

    @extend_schema(responses={200: AlertRuleSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """One rule."""
        return Answered(AlertRuleSerializer(self.found()).data)

    @extend_schema(responses={200: AlertRuleSerializer} | PROBLEMS)
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Change a rule. One that matches other answers than before is about those that come from now on."""
        context = {"survey": self.survey}
        asked = AlertRuleSerializer(self.found(), data=request.data, partial=True, context=context)
        asked.is_valid(raise_exception=True)
        return Answered(AlertRuleSerializer(asked.kept()).data)

    @extend_schema(responses={204: None} | PROBLEMS)
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Remove a rule. Alerts that it opened stay."""
        self.found().delete()
        return Answered(status=204)
