"""Answers packed by day, and their exact sums: made from the responses, and never the only copy."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from surveys.models.survey import Period, Survey
from surveys.models.version import Version


class AnswerBlock(models.Model):
    """Closed answers of some responses to one version, finished in one period and on one day.

    `codes` is items × n bytes (see `surveys.blocks.layout`), `keys` the n responses' primary keys as 64-bit
    integers, `marks` fields × n 16-bit integers: for language (named "") and every segment question the place
    of the response's value in the list of `fields`, [[name, [value, ...]], ...]. `day` is empty for answers
    that carry no date.
    """

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="blocks")
    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    period = models.ForeignKey(Period, models.CASCADE, related_name="+")
    day = models.DateField(null=True)
    n = models.PositiveIntegerField()
    codes = models.BinaryField()
    keys = models.BinaryField()
    marks = models.BinaryField()
    fields = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["survey", "period", "version", "day"], name="block_place"),
        ]

    def __str__(self) -> str:
        return f"{self.n} answers of {self.day}"


class AnswerSums(models.Model):
    """Sums over the answers under one measurement key, of one period, day and segment.

    `segment` is `question:option`, or empty for everybody; `sums` is a packed `surveys.blocks.tally.Tally`.
    """

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="sums")
    measurement_key = models.CharField(max_length=32)
    period = models.ForeignKey(Period, models.CASCADE, related_name="+")
    day = models.DateField(null=True)
    segment = models.CharField(max_length=90, blank=True, default="")
    n = models.PositiveIntegerField()
    sums = models.BinaryField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["survey", "measurement_key", "segment", "day"], name="sums_of_days"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["survey", "measurement_key", "period", "segment", "day"], name="sums_once"
            ),
            models.UniqueConstraint(
                fields=["survey", "measurement_key", "period", "segment"],
                condition=models.Q(day=None),
                name="sums_undated_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.n} answers of {self.day} {self.segment}"


class AnswerGroups(models.Model):
    """Sums over 100 random groups of a large period's complete answers, kept from when a run first needs
    them; `sums` is a packed `scoring.structural.group_sums.GroupSums`."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="group_sums")
    measurement_key = models.CharField(max_length=32)
    period = models.ForeignKey(Period, models.CASCADE, related_name="+")
    segment = models.CharField(max_length=90, blank=True, default="")
    sums = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["survey", "measurement_key", "period", "segment"], name="group_sums_once"
            ),
        ]

    def __str__(self) -> str:
        return f"groups of {self.period} {self.segment}"


class AnswerAudit(models.Model):
    """Whether blocks and sums were found to be what the answers give; `differences` says where they were not.

    `blocks` and `sums` are how many of each were looked at.
    """

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="audits")
    at = models.DateTimeField(default=timezone.now)
    blocks = models.PositiveIntegerField()
    sums = models.PositiveIntegerField()
    differences = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at} {len(self.differences)} differences"
