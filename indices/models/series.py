"""What stands beside a series of periods: limits, notes and targets."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from indices.models.figures import FiguresBy
from surveys.models import Period, Survey, User
from surveys.models.fields import only_choices, public_id


class ControlChart(models.Model):
    """The limits of a long series of one construct's index, and the periods that are out of the ordinary.

    `periods` are the public ids of those the limits were drawn from, in the order of time; `signals` says
    which of them broke which rules: [{"period", "rules": ["beyond", "run", "near"]}, ...].
    """

    Estimator = FiguresBy

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="control_charts")
    measurement_key = models.CharField(max_length=32)
    segment = models.CharField(max_length=90, blank=True, default="")
    estimator = models.CharField(max_length=5, choices=FiguresBy.choices)
    construct = models.CharField(max_length=40)
    centre = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    periods = models.JSONField(default=list)
    signals = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            only_choices("estimator", FiguresBy, "control_chart_estimator"),
            models.UniqueConstraint(
                fields=["survey", "measurement_key", "segment", "estimator", "construct"],
                name="control_chart_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.construct} {self.low:.1f} to {self.high:.1f}"


class SurveyNote(models.Model):
    """What happened in a period that a reader of the series should know."""

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="notes")
    period = models.ForeignKey(Period, models.CASCADE, related_name="notes")
    text = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["period", "text"], name="survey_note_once"),
        ]

    def __str__(self) -> str:
        return self.text


class SurveyTarget(models.Model):
    """The index that a construct is meant to reach."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="targets")
    instrument_id = models.CharField(max_length=40)
    construct = models.CharField(max_length=40)
    value = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "instrument_id", "construct"], name="target_once"),
            models.CheckConstraint(condition=models.Q(value__gte=0, value__lte=100), name="target_range"),
        ]

    def __str__(self) -> str:
        return f"{self.construct} {self.value:.1f}"
