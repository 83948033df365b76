"""Files of a survey's raw answers, made by workers for the one who asked, and gone after a day."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models.accounts import User
from surveys.models.fields import only_choices, public_id
from surveys.models.survey import Survey


class ExportKind(models.TextChoices):
    CSV = "csv", _("CSV")
    XLSX = "xlsx", _("Excel (XLSX)")
    SAV = "sav", _("SPSS (.sav)")
    CODEBOOK = "codebook", _("Codebook (CSV)")


class ExportStatus(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("under way")
    DONE = "done", _("ready")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")


UNDER_WAY = (ExportStatus.QUEUED, ExportStatus.RUNNING)
LIVE = (*UNDER_WAY, ExportStatus.DONE)


class Export(models.Model):
    """One file that somebody asked for: request → claim → write → keep until `expires_at`.

    `digest` tells what it would hold: asked again while nothing is new, it is the same row. `claim` is the
    token of the worker that has it. `withdrawals` counts those of the survey before its answers were read: a
    file is given to nobody once there are more. `file` is its name in the folder of exports.
    """

    Kind, Status = ExportKind, ExportStatus

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="exports")
    requested_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    language = models.CharField(max_length=10)  # of its labels
    with_labels = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    progress = models.FloatField(default=0)  # 0..1
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=22, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(default=timezone.now)
    woken_at = models.DateTimeField(default=timezone.now)  # when a worker was last told
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    withdrawals = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(null=True)
    size = models.PositiveBigIntegerField(null=True)  # bytes
    file = models.CharField(max_length=60, blank=True, default="")
    error = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            only_choices("kind", ExportKind, "export_kind"),
            only_choices("status", ExportStatus, "export_status"),
            models.UniqueConstraint(
                fields=["survey", "requested_by", "digest"],
                condition=models.Q(status__in=[one.value for one in LIVE]),
                name="export_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "woken_at"], name="export_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.survey_id} ({self.status})"

    @property
    def is_under_way(self) -> bool:
        return self.status in UNDER_WAY
