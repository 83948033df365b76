"""Runs and what they stored. A run is the queue's memory; the message that wakes a worker may be lost."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models import Period, Survey, User
from surveys.models.fields import only_choices, public_id
from surveys.models.survey import Estimator


class RunStatus(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("under way")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Trigger(models.TextChoices):
    MANAGER = "manager", _("asked for by a manager")
    SCHEDULE = "schedule", _("on schedule")
    ANSWERS = "answers", _("because of new answers")


class Stage(models.TextChoices):
    WAITING = "waiting", _("waiting for a worker")
    READING = "reading", _("reading the answers")
    ML = "ml", _("fitting the structural model")
    PLS = "pls", _("fitting the partial least squares model and its resamples")
    STORING = "storing", _("storing the results")


class Run(models.Model):
    """One computation of one period's indices, for everybody (`segment` empty) or one `question:option`.

    Worked by claim: a worker sets `claim` and `lease_until` by an UPDATE that must change exactly one row,
    renews the lease while it computes, and stores only if the claim is still its own. What is needed to
    compute it again is kept: model, fingerprint of the data, seed, settings and library versions.
    """

    Status, Trigger, Stage = RunStatus, Trigger, Stage

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="runs")
    period = models.ForeignKey(Period, models.CASCADE, related_name="runs")
    measurement_key = models.CharField(max_length=32)
    segment = models.CharField(max_length=90, blank=True, default="")
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
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    responses = models.PositiveIntegerField(default=0)  # finished responses that were read
    missing = models.JSONField(default=dict)  # item: {reason: count}
    model = models.TextField(blank=True, default="")  # lavaan syntax
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    seed = models.BigIntegerField(null=True)
    settings = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            only_choices("status", RunStatus, "run_status"),
            only_choices("trigger", Trigger, "run_trigger"),
            only_choices("stage", Stage, "run_stage"),
            models.UniqueConstraint(
                fields=["survey", "period", "measurement_key", "segment", "revision"],
                name="run_revision_once",
            ),
            models.UniqueConstraint(
                fields=["survey", "period", "measurement_key", "segment"],
                condition=models.Q(status="queued"),
                name="run_queued_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "lease_until"], name="run_to_sweep"),
            models.Index(fields=["survey", "segment", "status"], name="run_of_survey"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} {self.period} {self.segment} r{self.revision} {self.status}"


class Estimate(models.Model):
    """What one estimator said: the whole result, in the form `python -m scoring fit --json` prints."""

    Estimator = Estimator

    run = models.ForeignKey(Run, models.CASCADE, related_name="estimates")
    estimator = models.CharField(max_length=5, choices=Estimator.choices)
    status = models.CharField(max_length=20)
    n = models.PositiveIntegerField()
    n_used = models.PositiveIntegerField()
    result = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            only_choices("estimator", Estimator, "estimate_estimator"),
            models.UniqueConstraint(fields=["run", "estimator"], name="estimate_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.estimator} {self.status}"


class Index(models.Model):
    """A construct's index, 0..100, with its 95 % interval: the rows that series and tables are read from."""

    estimate = models.ForeignKey(Estimate, models.CASCADE, related_name="indices")
    construct = models.CharField(max_length=40)
    value = models.FloatField()
    se = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["estimate", "construct"], name="index_once"),
            models.CheckConstraint(condition=models.Q(value__gte=0, value__lte=100), name="index_range"),
        ]

    def __str__(self) -> str:
        return f"{self.construct} {self.value:.1f}"
