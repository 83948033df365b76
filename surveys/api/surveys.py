"""The API's view of surveys and periods. Every query starts from the caller's organisation."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.fields import get_error_detail
from rest_framework.request import Request
from rest_framework.response import Response

from surveys import publishing
from surveys.api.fields import LANGUAGES, Day, Moment, OnlyKnown, Texts, Words
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.models import Period, Survey
from surveys.periods import add_wave
from surveys.questionnaire.parts import LONGEST, PartRefused, read_parts
from surveys.selectors import surveys_of

FROZEN = ("privacy", "period_kind")  # at the first publishing
EXAMPLE = {
    "name": "Customers",
    "languages": ["en", "zh-hant"],
    "words": {
        "company": {"en": "Acme", "zh-hant": "艾克美"},
        "category": {"en": "phone service", "zh-hant": "電話服務"},
    },
    "parts": [
        {"kind": "instrument", "instrument": "ecsi"},
        {
            "kind": "page",
            "code": "about_you",
            "title": {"en": "About you", "zh-hant": "關於您"},
            "questions": [
                {
                    "code": "region",
                    "type": "single",
                    "segment": True,
                    "text": {"en": "Region", "zh-hant": "地區"},
                    "options": [
                        {"code": "north", "text": {"en": "North", "zh-hant": "北"}},
                        {"code": "south", "text": {"en": "South", "zh-hant": "南"}},
                    ],
                }
            ],
        },
    ],
    "privacy": "anonymous",
    "period_kind": "month",
    "refresh": "daily",
}


class SurveySerializer(serializers.ModelSerializer[Survey]):
    id = serializers.CharField(source="public_id", read_only=True)
    instruments = serializers.ListField(
        source="instrument_ids", child=serializers.CharField(), read_only=True, help_text="as they are asked"
    )

    class Meta:
        model = Survey
        fields = ("id", "name", "instruments", "state", "period_kind", "is_simulated", "languages", "link")
        read_only_fields = fields


class MistakeSerializer(serializers.Serializer[Any]):
    place = serializers.CharField(help_text="such as parts[1].questions[0].text.en")
    problem = serializers.CharField()


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": {}}})
class Parts(serializers.JSONField):
    """Read as a whole by `surveys.questionnaire.parts`, which names the place of a mistake."""


class DraftSerializer(OnlyKnown, serializers.ModelSerializer[Survey]):
    """One survey: its draft, which may be changed, and what became of it."""

    id = serializers.CharField(source="public_id", read_only=True)
    languages = serializers.ListField(
        child=serializers.ChoiceField(LANGUAGES), required=False, help_text="the first is the default"
    )
    words = Words(required=False, help_text="what fills the instruments' placeholders, by language")
    parts = Parts(required=False, help_text="what is asked, in order: instruments, and pages of one's own")
    consent = Texts(LONGEST, required=False, help_text="must be agreed to before anything is stored")
    thanks = Texts(LONGEST, required=False, help_text="said after the last page")
    refresh_after = serializers.IntegerField(
        min_value=1, max_value=1_000_000, required=False, allow_null=True,
        help_text="new answers after which the indices are computed before their time",
    )  # fmt: skip
    onward = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text="where the thank-you page leads"
    )
    opens_at = Moment(required=False, allow_null=True)
    closes_at = Moment(required=False, allow_null=True)
    version = serializers.IntegerField(
        source="current_version.number", default=None, read_only=True, allow_null=True,
        help_text="the version that is asked now; null before the first publishing",
    )  # fmt: skip
    is_changed = serializers.SerializerMethodField(help_text="whether the draft differs from that version")
    mistakes = serializers.SerializerMethodField(help_text="what must be put right before publishing")

    class Meta:
        model = Survey
        fields = (
            "id",
            "name",
            "languages",
            "words",
            "parts",
            "consent",
            "thanks",
            "onward",
            "opens_at",
            "closes_at",
            "privacy",
            "period_kind",
            "refresh",
            "refresh_after",
            "headline",
            "rolling",
            "close_after_days",
            "least_base_show",
            "least_base_release",
            "state",
            "link",
            "is_simulated",
            "created_at",
            "version",
            "is_changed",
            "mistakes",
        )
        read_only_fields = ("state", "link", "is_simulated", "created_at")

    def get_is_changed(self, survey: Survey) -> bool:
        return publishing.is_changed(survey)

    @extend_schema_field(MistakeSerializer(many=True))
    def get_mistakes(self, survey: Survey) -> list[dict[str, str]]:
        return [mistake._asdict() for mistake in publishing.draft_mistakes(survey)]

    def validate_languages(self, languages: list[str]) -> list[str]:
        return list(dict.fromkeys(languages))

    def validate_onward(self, address: str) -> str:
        if address:
            URLValidator(schemes=["http", "https"])(address)
        return address

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        try:
            read_parts(given.get("parts", []))
        except PartRefused as refused:
            raise serializers.ValidationError({refused.place: [str(refused)]}) from None
        opens, closes = (
            given.get(name, getattr(self.instance, name, None)) for name in ("opens_at", "closes_at")
        )
        if opens and closes and opens >= closes:
            raise serializers.ValidationError({"closes_at": [_("The survey must open before it closes.")]})
        self._refuse_another_estimator(given)
        return self._without_what_is_frozen(given)

    def _refuse_another_estimator(self, given: dict[str, Any]) -> None:
        survey = self.instance
        if survey and given.get("headline", survey.headline) != survey.headline and survey.is_released:
            raise serializers.ValidationError({"headline": [_("Fixed since figures were released.")]})

    def _without_what_is_frozen(self, given: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None or not self.instance.versions.exists():
            return given
        changed = [one for one in FROZEN if given.get(one, value := getattr(self.instance, one)) != value]
        if changed:
            problem = _("Fixed since the survey was published first.")
            raise serializers.ValidationError({name: [problem] for name in changed})
        return given

    def update(self, survey: Survey, given: dict[str, Any]) -> Survey:
        """Only what was sent is written: a publishing or closing meanwhile stays."""
        for name, value in given.items():
            setattr(survey, name, value)
        if given:
            survey.save(update_fields=list(given))
        return survey


class PeriodSerializer(serializers.ModelSerializer[Period]):
    id = serializers.CharField(source="public_id", read_only=True)
    state = serializers.ChoiceField(Period.State.choices, read_only=True)

    class Meta:
        model = Period
        fields = ("id", "name", "first_day", "last_day", "state", "closed_at", "released_at")
        read_only_fields = fields


class WaveSerializer(OnlyKnown):
    name = serializers.CharField(max_length=60)
    first_day = Day(default=None, allow_null=True)
    last_day = Day(default=None, allow_null=True, help_text="is part of the wave")


class SurveyList(OfOrganisation[Survey], generics.ListAPIView[Survey]):
    """The organisation's surveys, newest first."""

    serializer_class = SurveySerializer

    def get_queryset(self) -> QuerySet[Survey]:
        return surveys_of(self.member).order_by("-pk")

    @extend_schema(responses={200: SurveySerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        request=DraftSerializer,
        responses={201: DraftSerializer} | PROBLEMS,
        examples=[OpenApiExample("A survey", EXAMPLE, request_only=True)],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a draft. It may be incomplete: its `mistakes` say what publishing will ask for."""
        organisation, user = self.member.organisation, self.member.user
        draft = DraftSerializer(data=request.data)
        draft.is_valid(raise_exception=True)
        draft.save(organisation=organisation, created_by=user)
        return Response(draft.data, status=201)


class SurveyDetail(OfOrganisation[Survey]):
    """One survey: its draft, its state, and what must be put right before it can be published."""

    serializer_class = DraftSerializer

    @extend_schema(responses={200: DraftSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(DraftSerializer(self.survey).data)

    @extend_schema(
        responses={200: DraftSerializer} | PROBLEMS,
        examples=[OpenApiExample("Other words", {"words": EXAMPLE["words"]}, request_only=True)],
    )
    @transaction.atomic
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the draft; what is published stays as it is until the next publishing.

        `privacy` and `period_kind` are fixed at the first publishing, `headline` at the first release. Each
        field that is sent is replaced whole.
        """
        locked = surveys_of(self.member).select_for_update(of=("self",), no_key=True).get(pk=self.survey.pk)
        draft = DraftSerializer(locked, data=request.data, partial=True)
        draft.is_valid(raise_exception=True)
        return Response(DraftSerializer(draft.save()).data)


class PeriodList(OfOrganisation[Period], generics.ListAPIView[Period]):
    """The survey's periods in the order of time."""

    serializer_class = PeriodSerializer

    def get_queryset(self) -> QuerySet[Period]:
        return self.survey.periods.order_by("first_day", "pk")

    @extend_schema(responses={200: PeriodSerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(request=WaveSerializer, responses={201: PeriodSerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add a named wave. Periods of the calendar are made by themselves."""
        survey, asked = self.survey, WaveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            wave = add_wave(survey, **asked.validated_data)
        except ValidationError as error:
            raise serializers.ValidationError(get_error_detail(error)) from None
        return Response(PeriodSerializer(wave).data, status=201)
