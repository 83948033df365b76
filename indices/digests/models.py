"""Who gets a digest how often, and what was sent."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models import Member
from surveys.models.fields import only_choices


class Every(models.TextChoices):
    WEEK = "weekly", _("Every week")
    DAY = "daily", _("Every day")
    NEVER = "off", _("Never")


class Digest(models.Model):
    """A member's digest of the organisation's surveys.

    `weekday` is 0 for Monday to 6. `told_until` is the moment up to which answers and releases were told;
    `handled` the last day whose digest was sent, or left out because there was nothing new; `left_out` how
    many were since the last one that was sent. Sent by claim: whoever changes `claimed_until` sends it, and
    records that in `handled`; a claim that lapsed without is taken over.
    """

    Every = Every

    member = models.OneToOneField(Member, models.CASCADE, related_name="digest")
    every = models.CharField(_("how often"), max_length=6, choices=Every.choices, default=Every.WEEK)
    weekday = models.PositiveSmallIntegerField(_("day of the week"), default=0)
    told_until = models.DateTimeField(default=timezone.now)
    handled = models.DateField(null=True)
    left_out = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            only_choices("every", Every, "digest_every"),
            models.CheckConstraint(condition=models.Q(weekday__gte=0, weekday__lte=6), name="digest_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.every}"
