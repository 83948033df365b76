"""Quotas: of how many people of a kind finished answers are taken, and who was turned away for it."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models.fields import only_choices, public_id
from surveys.models.response import Response
from surveys.models.survey import Period, Survey


class Per(models.TextChoices):
    SURVEY = "survey", _("for the whole survey")
    PERIOD = "period", _("anew in each period")


class Quota(models.Model):
    """How many finished answers are taken of those whose segments hold `segments`, {question: option}; empty:
    of everybody. Neither that nor `per` ever changes: places were given by it.

    Its row is what those who hand in wait for, one after the other, so that none takes a place twice.
    """

    Per = Per

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="quotas")
    segments = models.JSONField(default=dict, editable=False)
    per = models.CharField(max_length=10, choices=Per.choices, default=Per.SURVEY, editable=False)
    most = models.PositiveIntegerField(_("at most"))
    is_active = models.BooleanField(_("active"), default=True)  # a paused one counts on, and refuses nobody
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    is_settled = models.BooleanField(
        default=False, editable=False
    )  # who handed in when it was made has a place

    class Meta:
        constraints: ClassVar = [
            only_choices("per", Per, "quota_per"),
            models.CheckConstraint(condition=models.Q(most__gte=1), name="quota_takes_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.segments} {self.most}"


class QuotaPlace(models.Model):
    """A finished answer that counts in a quota. Rows are counted, so that no number can drift: a response
    that is erased takes its place with it, one that is left out of the indices gives it back."""

    quota = models.ForeignKey(Quota, models.CASCADE, related_name="places", db_index=False)
    response = models.ForeignKey(Response, models.CASCADE, related_name="quota_places")
    period = models.ForeignKey(  # the response's, as of when the place was given
        Period, models.CASCADE, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["quota", "response"], name="quota_place_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["quota", "period"], name="quota_place_period")]

    def __str__(self) -> str:
        return f"{self.response_id} in {self.quota_id}"


class TurnedAway(models.Model):
    """That an unfinished response was not taken because the quota was full; gone once it is taken. Nothing
    says when."""

    quota = models.ForeignKey(Quota, models.CASCADE, related_name="turned_away", db_index=False)
    response = models.ForeignKey(Response, models.CASCADE, related_name="turned_away")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["quota", "response"], name="turned_away_once"),
        ]

    def __str__(self) -> str:
        return f"{self.response_id} by {self.quota_id}"
