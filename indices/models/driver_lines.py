"""Where the lines of a driver map stand."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from indices.models.run import Run
from surveys.models import Survey, User
from surveys.models.fields import only_choices


class MapLevel(models.TextChoices):
    DRIVERS = "drivers", _("Drivers")
    ITEMS = "items", _("Single questions")


class DriverLines(models.Model):
    """Where the two lines of a driver map cross, for all periods and segments alike.

    Lines through the means of what is shown would move with every period, and with them which driver lies on
    which side, so they are fixed: at the means of the first released period, `run` being the one they were
    read from, or at those of the run at which an editor set them anew, with the reason in `note`.
    `importance` is a standardised total effect on `outcome`, of single questions their share of it;
    `performance` is 0..100.
    """

    Level = MapLevel

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="driver_lines")
    measurement_key = models.CharField(max_length=32)
    outcome = models.CharField(max_length=40)
    level = models.CharField(max_length=10, choices=MapLevel.choices)
    importance = models.FloatField()
    performance = models.FloatField()
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True, default="")
    set_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            only_choices("level", MapLevel, "driver_lines_level"),
            models.UniqueConstraint(
                fields=["survey", "measurement_key", "outcome", "level"], name="driver_lines_once"
            ),
            models.CheckConstraint(
                condition=models.Q(performance__gte=0, performance__lte=100), name="driver_lines_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.level}: {self.importance:.2f}, {self.performance:.1f}"

    @property
    def name(self) -> tuple[str, str, str]:
        """What of the survey the lines are for."""
        return self.measurement_key, self.outcome, self.level
