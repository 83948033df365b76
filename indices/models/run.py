"""Runs. A run is the queue's memory; the message that wakes a worker may be lost."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models import Period, Survey, User
from surveys.models.fields import only_choices, public_id


class RunStatus(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("under way")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Trigger(models.TextChoices):
    MANAGER = "manager", _("asked for by a manager")
    SCHEDULE = "schedule", _("on schedule")
    ANSWERS = "answers", _("because of new answers")
    WEIGHTING = "weighting", _("because the weighting changed")


class Stage(models.TextChoices):
    WAITING = "waiting", _("waiting for a worker")
    READING = "reading", _("reading the answers")
    ML = "ml", _("fitting the structural model")
    PLS = "pls", _("fitting the partial least squares model and its resamples")
    STORING = "storing", _("storing the results")


class Run(models.Model):
    """One computation of one period's indices, for everybody (`segment` empty) or one `question:option`.

    `window` is of how many periods the answers are pooled, `period` being the last; 1 for the period alone.
    What a done run stored is never changed again: other answers give another revision. `released_at` is set
    on the runs of a released period; `changes` counts by what the answers differ from those of the released
    revision before (see `indices.releases`).
    Worked by claim: a worker sets `claim` and `lease_until` by an UPDATE that must change exactly one row,
    renews the lease while it computes, and stores only if the claim is still its own: who cancels the run
    takes the claim away (`ended_at` is when, `cancelled_by` who). What is needed to compute it again is kept:
    model, fingerprint of the data, seed, settings and library versions.
    """

    Status, Trigger, Stage = RunStatus, Trigger, Stage

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="runs")
    period = models.ForeignKey(Period, models.CASCADE, related_name="runs")
    measurement_key = models.CharField(max_length=32)
    segment = models.CharField(max_length=90, blank=True, default="")
    window = models.PositiveSmallIntegerField(default=1)
    revision = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.QUEUED)
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    attempts = models.PositiveIntegerField(default=0)
    claim = models.CharField(max_length=22, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.WAITING)
    progress = models.FloatField(default=0)  # share of the whole run that is done, 0..1
    error = models.TextField(blank=True, default="")
    queued_at = models.DateTimeField(default=timezone.now)
    woken_at = models.DateTimeField(default=timezone.now)  # when a worker was last told of it
    as_of = models.DateTimeField(null=True)  # answers that came later do not count; null: all that are read
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    responses = models.PositiveIntegerField(default=0)  # finished responses that were read
    excluded = models.PositiveIntegerField(default=0)  # finished responses that an analyst had taken out
    missing = models.JSONField(default=dict)  # item: {reason: count}
    model = models.TextField(blank=True, default="")  # lavaan syntax
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    seed = models.BigIntegerField(null=True)
    settings = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)
    released_at = models.DateTimeField(null=True)
    changes = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            only_choices("status", RunStatus, "run_status"),
            only_choices("trigger", Trigger, "run_trigger"),
            only_choices("stage", Stage, "run_stage"),
            models.UniqueConstraint(
                fields=["survey", "period", "measurement_key", "segment", "window", "revision"],
                name="run_revision_once",
            ),
            models.UniqueConstraint(
                fields=["survey", "period", "measurement_key", "segment", "window"],
                condition=models.Q(status="queued"),
                name="run_queued_once",
            ),
            models.CheckConstraint(condition=models.Q(window__gte=1), name="run_window"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "lease_until"], name="run_to_sweep"),
            models.Index(fields=["survey", "segment", "status"], name="run_of_survey"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} {self.period} {self.segment} r{self.revision} {self.status}"

    @property
    def read_up_to(self) -> datetime | None:
        """Until when answers came that the run counts; None before it was taken up."""
        return self.as_of or self.started_at

    @property
    def is_under_way(self) -> bool:
        """It waits, or a worker has it."""
        return self.status in {RunStatus.QUEUED, RunStatus.RUNNING}
