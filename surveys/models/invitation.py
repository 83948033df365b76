"""Personal links: each good for one questionnaire, on any device, until it is handed in."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from surveys.models.fields import public_id
from surveys.models.survey import Survey


class Invitation(models.Model):
    """One personal link. Only its token's digest is kept, and whether it was used, never by which response.

    The response's identity is derived from the token itself, so whoever holds the link finds the answers
    again on another device, and whoever holds the database alone cannot tell whose they are.
    """

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="invitations")
    token_digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120, blank=True, default="")  # what the sender calls it
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True)
    is_opened = models.BooleanField(default=False)  # the form was shown, perhaps to a program
    is_started = models.BooleanField(default=False)  # an answer was kept
    is_finished = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["survey", "is_finished", "id"], name="invitation_finished"),
            models.Index(
                fields=["survey", "id"], condition=models.Q(is_started=True), name="invitation_started"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.public_id
