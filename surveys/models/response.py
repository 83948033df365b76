"""What respondents answered, and where imported answers came from."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from surveys.models.fields import only_choices, public_id
from surveys.models.survey import Period, Survey, Version


class ImportState(models.TextChoices):
    DRAFT = "draft"
    STORED = "stored"


class ResponseState(models.TextChoices):
    STARTED = "started"
    FINISHED = "finished"


class Origin(models.TextChoices):
    WEB = "web"
    IMPORT = "import"


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

    `answers` is keyed by permanent item code (`ecsi.image1`): a whole number on the item's scale, or
    null (seen and skipped), "dk" (don't know), "na" (not applicable), "hidden" (a condition hid it).
    A code that is missing was not asked in this version, or its page was never reached.
    `key_digest` is the submission's identity; only the form holds the key itself.
    """

    State, Origin = ResponseState, Origin

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="responses")
    version = models.ForeignKey(Version, models.PROTECT, related_name="responses")
    period = models.ForeignKey(Period, models.PROTECT, null=True, related_name="responses")
    batch = models.ForeignKey(ImportBatch, models.CASCADE, null=True, related_name="responses")
    key_digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  imported rows have none
    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTED)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.WEB)
    language = models.CharField(max_length=10)
    answers = models.JSONField(default=dict)
    segments = models.JSONField(default=dict)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["survey", "period", "state"], name="response_period")]
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
