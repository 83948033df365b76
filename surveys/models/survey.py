"""A company's survey and its periods. What was published of it stands in Version."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from surveys.models.accounts import Organisation, User
from surveys.models.fields import only_choices, public_id

if TYPE_CHECKING:
    from surveys.models.version import Version


class PeriodKind(models.TextChoices):
    DAY = "day", _("Day")
    WEEK = "week", _("Week, Monday to Sunday")
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    YEAR = "year", _("Year")
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


# Of how many periods, the newest included, the answers may be pooled beside each period's own.
ROLLING: tuple[tuple[int, Any], ...] = ((0, _("none")), *((size, str(size)) for size in range(2, 13)))


class PeriodState(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    RELEASED = "released", _("Released")


class SurveyState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Survey(models.Model):
    """What may change from version to version is drafted here; what was published stands in Version.

    `words` fills the instruments' placeholders: {"company": {"en": ..., "zh-hans": ...}, ...}.
    `parts` is what is asked, in order; `surveys.questionnaire.parts` says how it is written.
    `codes` counts the codes that were made for its own pages, questions, options and features, so that none
    is ever made again (see `surveys.drafts.drafting`).
    `weighting` is what is known of the population (see `surveys.weighting`), empty where answers count alike.
    `opens_at` and `closes_at` bound the time in which answers are taken; they are not part of a version.
    """

    PeriodKind, Refresh, Privacy, State = PeriodKind, Refresh, Privacy, SurveyState
    Estimator = Estimator

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="surveys")
    name = models.CharField(_("name"), max_length=120)
    languages = models.JSONField(_("languages"), default=list)
    words = models.JSONField(default=dict)
    parts = models.JSONField(default=list)
    codes = models.JSONField(default=dict)
    weighting = models.JSONField(default=dict)
    consent = models.JSONField(default=dict)  # what must be agreed to before the first page, by language
    thanks = models.JSONField(default=dict)  # said on the thank-you page, by language
    onward = models.URLField(
        _("where to go afterwards"), max_length=500, blank=True, default="",
        help_text=_("A link on the thank-you page, for example to your own site."),
    )  # fmt: skip
    frame_origins = models.JSONField(default=list)  # of pages that may show the questionnaire in a frame
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    privacy = models.CharField(
        _("privacy"), max_length=12, choices=Privacy.choices, default=Privacy.ANONYMOUS,
        help_text=_(
            "Anonymous: nobody can see who answered. Confidential: you see whose answers came by an "
            "invitation and can follow them up, and respondents are told so. Fixed once the survey is "
            "published."
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
    rolling = models.PositiveSmallIntegerField(
        _("also an index over the last so many periods together"),
        choices=ROLLING,
        default=0,
        help_text=_("A rolling year of quarters, for example, takes 4. It moves less, and later."),
    )
    close_after_days = models.PositiveSmallIntegerField(
        _("days until a period closes"),
        default=3,
        validators=[MaxValueValidator(366)],
        help_text=_("Counted from its last day, to wait for late answers."),
    )
    least_base_show = models.PositiveIntegerField(
        _("fewest answers for an index to be shown"), default=30, validators=[MaxValueValidator(1_000_000)]
    )
    least_base_release = models.PositiveIntegerField(
        _("fewest answers for a period to be released"),
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
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
            models.CheckConstraint(
                condition=models.Q(rolling__in=[size for size, _label in ROLLING]), name="survey_rolling"
            ),
            models.CheckConstraint(
                condition=models.Q(opens_at__isnull=True)
                | models.Q(closes_at__isnull=True)
                | models.Q(opens_at__lt=models.F("closes_at")),
                name="survey_opens_before_it_closes",
                violation_error_message=_("The survey must open before it closes."),
            ),
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
    def instrument_ids(self) -> list[str]:
        """The instruments the draft uses, in the order they are asked."""
        return [part["instrument"] for part in self.parts if part.get("kind") == "instrument"]

    @property
    def least_told(self) -> int:
        """The fewest answers of which any figure is told: enough to be precise, and to hide everybody."""
        return max(self.least_base_show, self.organisation.least_group)

    @property
    def takes_answers(self) -> bool:
        return self.state == SurveyState.OPEN and not self.is_early and not self.is_late

    @property
    def is_early(self) -> bool:
        return self.opens_at is not None and timezone.now() < self.opens_at

    @property
    def is_late(self) -> bool:
        return self.closes_at is not None and timezone.now() >= self.closes_at

    @property
    def is_released(self) -> bool:
        """Figures were released, so which estimator's are shown first is settled."""
        return self.periods.filter(released_at__isnull=False).exists()

    @property
    def current_version(self) -> "Version | None":
        return self.versions.order_by("-number").first()


class Period(models.Model):
    """A stretch of a survey's time that gets an index of its own.

    Days are the organisation's; `last_day` is included. A wave of answers that carry no date has no days.
    It is open, then closed, then released, and never goes back. An answer may still come after that, by an
    import for instance: it counts, and what was released before stays readable (see `indices.releases`).
    """

    State = PeriodState

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="periods")
    name = models.CharField(_("name"), max_length=60)
    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
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
            models.CheckConstraint(
                condition=models.Q(released_at=None) | models.Q(closed_at__isnull=False),
                name="period_closed_before_released",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> PeriodState:
        if self.released_at:
            return PeriodState.RELEASED
        return PeriodState.CLOSED if self.closed_at else PeriodState.OPEN
