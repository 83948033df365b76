"""What respondents answered, and where imported answers came from."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from surveys.models.block import AnswerBlock
from surveys.models.channel import Channel
from surveys.models.fields import only_choices, public_id
from surveys.models.invitation import Invitation
from surveys.models.survey import Period, Survey
from surveys.models.version import Version


class ImportState(models.TextChoices):
    DRAFT = "draft"
    STORED = "stored"


class ResponseState(models.TextChoices):
    STARTED = "started"
    FINISHED = "finished"


class Origin(models.TextChoices):
    WEB = "web"
    IMPORT = "import"


# Answers that count and are not packed yet, and packed ones that count no more.
TO_FOLD = models.Q(state="finished", period__isnull=False, is_excluded=False, block__isnull=True)
TO_TAKE_OUT = models.Q(is_excluded=True, block__isnull=False)


class ImportBatch(models.Model):
    """One file of earlier answers: first a draft that is looked at, then stored once."""

    State = ImportState

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="imports")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    filename = models.CharField(max_length=255)
    file_digest = models.CharField(max_length=64)
    content = models.BinaryField(null=True)  # the file, compressed, until it is stored or given up
    settings = models.JSONField(default=dict)  # mapping, encoding, where the period comes from
    rows_stored = models.PositiveIntegerField(default=0)
    rows_left_out = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey("surveys.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    stored_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            only_choices("state", ImportState, "import_state"),
            models.UniqueConstraint(
                fields=["survey", "file_digest"],
                condition=models.Q(state="stored"),
                name="import_file_once",
            ),
        ]

    def __str__(self) -> str:
        return self.filename


class Response(models.Model):
    """One respondent's answers to one version.

    `answers` is keyed by permanent code (`ecsi.image1`, `own.region`): a whole number on the item's scale, an
    option's code, a list of them, a number, a day, or null (seen and skipped), "dk" (don't know), "na" (not
    applicable), "hidden" (a condition hid it). A code that is missing was not asked in this version, or its
    page was never reached. Texts stand in TextAnswer.
    `key_digest` is the submission's identity; only the form holds the key itself. `withdrawal_digest` is
    that of the code with which the respondent may take the answers back.
    `page` is the furthest page that was shown. `flags` names what looks careless, and why; a flag excludes
    nobody. `is_excluded`: an analyst took the response out; Exclusion says why.
    `channel` is where the open link stood; what is known of everybody from there stands in `segments` unless
    the question itself was answered. `invitation` is the personal link, of a confidential survey only: of an
    anonymous one nothing here leads to it.
    `block` holds a packed copy of the answers while they count (see `surveys.blocks`).
    """

    State, Origin = ResponseState, Origin

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="responses")
    version = models.ForeignKey(Version, models.PROTECT, related_name="responses")
    period = models.ForeignKey(Period, models.PROTECT, null=True, related_name="responses")
    batch = models.ForeignKey(ImportBatch, models.CASCADE, null=True, related_name="responses")
    channel = models.ForeignKey(  # most have none: its index leaves those out
        Channel, models.SET_NULL, null=True, related_name="responses", db_index=False
    )
    invitation = models.ForeignKey(
        Invitation, models.SET_NULL, null=True, related_name="responses", db_index=False
    )
    key_digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  imported rows have none
    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTED)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.WEB)
    language = models.CharField(max_length=10)
    answers = models.JSONField(default=dict)
    segments = models.JSONField(default=dict)
    page = models.CharField(max_length=90, blank=True, default="")
    agreed_at = models.DateTimeField(null=True)  # to the survey's consent text
    withdrawal_digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001
    answers_digest = models.CharField(max_length=32, blank=True, default="")  # equal for equal scored answers
    flags = models.JSONField(default=dict)
    is_excluded = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # Only ever looked up from here: an index and a constraint would cost more than the column.
    block = models.ForeignKey(
        AnswerBlock, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["survey", "id"], condition=TO_FOLD, name="response_to_fold"),
            models.Index(fields=["survey", "id"], condition=TO_TAKE_OUT, name="response_to_take_out"),
            models.Index(
                fields=["survey", "period"], condition=models.Q(is_excluded=True), name="response_excluded"
            ),
            models.Index(fields=["survey", "period", "state"], name="response_period"),
            models.Index(
                fields=["channel", "state"],
                condition=models.Q(channel__isnull=False),
                name="response_channel",
            ),
            models.Index(
                fields=["invitation"],
                condition=models.Q(invitation__isnull=False),
                name="response_invitation",
            ),
            models.Index(
                fields=["survey", "finished_at"],
                condition=models.Q(origin="web", state="finished"),
                name="response_just_finished",
            ),
            models.Index(
                fields=["survey", "answers_digest"],
                condition=~models.Q(answers_digest=""),
                name="response_same_answers",
            ),
        ]
        constraints: ClassVar = [
            only_choices("state", ResponseState, "response_state"),
            only_choices("origin", Origin, "response_origin"),
            models.CheckConstraint(
                condition=models.Q(state="started")
                | models.Q(finished_at__isnull=False)
                | models.Q(origin="import"),
                name="response_finished_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class TextAnswer(models.Model):
    """What a respondent wrote in answer to an open question. `public_id` also is an order that tells nothing
    of who wrote when: keys do."""

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    response = models.ForeignKey(Response, models.CASCADE, related_name="texts")
    code = models.CharField(max_length=90)
    text = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["response", "code"], name="text_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.response_id}"


class Exclusion(models.Model):
    """An analyst's decision to leave a response out of every index, and, if so, to take it back in."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="exclusions")
    reason = models.CharField(max_length=500)
    excluded_by = models.ForeignKey("surveys.User", models.SET_NULL, null=True, related_name="+")
    excluded_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey("surveys.User", models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["response"], condition=models.Q(ended_at=None), name="exclusion_once"
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class Withdrawal(models.Model):
    """That a response was taken back by who gave it. Nothing of the answers is kept."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="withdrawals")
    period = models.ForeignKey(Period, models.CASCADE, null=True, related_name="withdrawals")
    withdrawn_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.survey_id} {self.withdrawn_at}"
