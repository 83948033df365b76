"""A company's use of an instrument: the survey, its frozen versions and its periods."""

from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from scoring.instrument import Instrument
from scoring.instrument_file import parse
from surveys.models.accounts import Organisation, User
from surveys.models.fields import only_choices, public_id


class PeriodKind(models.TextChoices):
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    WAVES = "waves", _("Named waves")


class Refresh(models.TextChoices):
    REQUEST = "request", _("Only when asked for")
    HOURLY = "hourly", _("Every hour")
    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")


class Privacy(models.TextChoices):
    ANONYMOUS = "anonymous", _("Anonymous")
    CONFIDENTIAL = "confidential", _("Confidential")


class Estimator(models.TextChoices):
    ML = "ml", _("maximum likelihood")
    PLS = "pls", _("partial least squares")


class SurveyState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Survey(models.Model):
    """What may change from version to version is drafted here; what was published stands in Version.

    `words` fills the instrument's placeholders: {"company": {"en": ..., "zh-hans": ...}, ...}.
    `segments` lists closed questions that place a respondent in a group:
    [{"code": "region", "text": {"en": ...}, "options": [{"code": "north", "text": {"en": ...}}]}].
    """

    PeriodKind, Refresh, Privacy, State = PeriodKind, Refresh, Privacy, SurveyState
    Estimator = Estimator

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="surveys")
    name = models.CharField(_("name"), max_length=120)
    instrument_id = models.CharField(_("instrument"), max_length=40)
    languages = models.JSONField(_("languages"), default=list)
    words = models.JSONField(default=dict)
    segments = models.JSONField(default=list)
    privacy = models.CharField(
        _("privacy"), max_length=12, choices=Privacy.choices, default=Privacy.ANONYMOUS,
        help_text=_(
            "Anonymous: nobody can see who answered. Confidential: an invitation may be linked to its "
            "answers, and respondents are told so. Fixed once the survey is published."
        ),
    )  # fmt: skip
    period_kind = models.CharField(
        _("periods"), max_length=10, choices=PeriodKind.choices, default=PeriodKind.MONTH
    )
    refresh = models.CharField(
        _("refresh the indices"), max_length=10, choices=Refresh.choices, default=Refresh.DAILY
    )
    refresh_after = models.PositiveIntegerField(
        _("or as soon as so many new answers came in"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
    )
    headline = models.CharField(
        _("the index shown first is estimated by"),
        max_length=5,
        choices=Estimator.choices,
        default=Estimator.ML,
        help_text=_(
            "Both are computed. Maximum likelihood gives none where the answers do not carry the model."
        ),
    )
    state = models.CharField(max_length=10, choices=SurveyState.choices, default=SurveyState.DRAFT)
    is_simulated = models.BooleanField(default=False)
    source_note = models.JSONField(default=dict)  # where the answers come from, by language
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            only_choices("privacy", Privacy, "survey_privacy"),
            only_choices("period_kind", PeriodKind, "survey_period_kind"),
            only_choices("refresh", Refresh, "survey_refresh"),
            only_choices("headline", Estimator, "survey_headline"),
            only_choices("state", SurveyState, "survey_state"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def source_text(self) -> str:
        """Where the answers come from, in the reader's language; empty for a survey of one's own."""
        notes: dict[str, str] = self.source_note
        return notes.get(get_language() or "en") or notes.get("en", "")

    @property
    def link(self) -> str:
        """The public address; from the configured address, never from a request's Host header."""
        return f"{settings.PUBLIC_URL}/s/{self.public_id}/"

    @property
    def current_version(self) -> "Version | None":
        return self.versions.order_by("-number").first()


class Version(models.Model):
    """A published questionnaire, frozen: never edited, only followed by the next one.

    `snapshot` holds the instrument's whole text, the survey's words, languages and segments; `digest` is its
    SHA-256. Answers with equal `measurement_key` may be pooled.
    """

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    snapshot = models.JSONField()
    digest = models.CharField(max_length=64)
    measurement_key = models.CharField(max_length=32)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "number"], name="version_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} v{self.number}"

    @cached_property
    def instrument(self) -> Instrument:
        return parse(self.snapshot["instrument"], f"{self.survey_id}/v{self.number}")

    @property
    def languages(self) -> list[str]:
        languages: list[str] = self.snapshot["languages"]
        return languages

    @property
    def segments(self) -> list[dict[str, Any]]:
        segments: list[dict[str, Any]] = self.snapshot["segments"]
        return segments

    def words(self, language: str) -> dict[str, str]:
        """The values of the placeholders in one language."""
        return {name: texts[language] for name, texts in self.snapshot["words"].items()}


class Period(models.Model):
    """A stretch of a survey's time that gets an index of its own.

    Days are the organisation's; `last_day` is included. A wave of answers that carry no date has no days.
    """

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="periods")
    name = models.CharField(_("name"), max_length=60)
    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "name"], name="period_name_once"),
            models.CheckConstraint(
                condition=models.Q(first_day__isnull=True, last_day__isnull=True)
                | models.Q(first_day__lte=models.F("last_day")),
                name="period_days_in_order",
                violation_error_message=_(
                    "Give both days or neither; the last day must not lie before the first."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name
