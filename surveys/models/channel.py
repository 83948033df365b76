"""Channels: places where the open link stands, each with a name and an address of its own."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models.fields import public_id
from surveys.models.survey import Survey


class Channel(models.Model):
    """A place such as a shop's counter, a receipt or a web page, from which anybody may answer.

    `segments` is what is known of everybody who comes from there: {question: option} of the survey's segment
    questions. It is part of the signed address that was printed, and never changes.
    """

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="channels")
    name = models.CharField(_("name"), max_length=120)
    segments = models.JSONField(default=dict, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "name"], name="channel_name_once"),
        ]

    def __str__(self) -> str:
        return self.name
