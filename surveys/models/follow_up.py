"""What is done about a response: who looks after it, what was noted, and when it was closed."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models.accounts import Member, User
from surveys.models.fields import only_choices, public_id
from surveys.models.response import Response, TextAnswer


class FollowUpState(models.TextChoices):
    NEW = "new", _("new")
    ASSIGNED = "assigned", _("assigned")
    CLOSED = "closed", _("closed")


class NoteKind(models.TextChoices):
    NOTE = "note", _("noted")
    ASSIGNED = "assigned", _("assigned")
    RELEASED = "released", _("given back")
    CLOSED = "closed", _("closed")
    REOPENED = "reopened", _("opened again")


class FollowUp(models.Model):
    """One for each response that is followed up. Its state follows from `owner` and `closed_at`, so that an
    owner who leaves the organisation leaves it new. It goes with the response.

    In an anonymous survey each comment that is followed up has one of its own, `text`, so that neither alerts
    nor other comments of the same person are joined to it; there `text` is empty in those of alerts.
    """

    State = FollowUpState

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    response = models.ForeignKey(Response, models.CASCADE, related_name="follow_ups")
    text = models.OneToOneField(TextAnswer, models.CASCADE, null=True, related_name="own_follow_up")
    owner = models.ForeignKey(Member, models.SET_NULL, null=True, blank=True, related_name="follow_ups")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["response"], condition=models.Q(text=None), name="follow_up_of_response_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

    @property
    def state(self) -> FollowUpState:
        if self.closed_at:
            return FollowUpState.CLOSED
        return FollowUpState.ASSIGNED if self.owner_id else FollowUpState.NEW


class FollowUpNote(models.Model):
    """One line of a follow-up's history. `text` is a note or the reason for closing; `about` the member whom
    it was assigned to, by name as it was then. `key` names a note that may be sent twice."""

    Kind = NoteKind

    follow_up = models.ForeignKey(FollowUp, models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=10, choices=NoteKind.choices, default=NoteKind.NOTE)
    text = models.TextField(blank=True, default="")
    about = models.CharField(max_length=254, blank=True, default="")
    key = models.CharField(max_length=64, default=public_id)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            only_choices("kind", NoteKind, "follow_up_note_kind"),
            models.UniqueConstraint(fields=["follow_up", "key"], name="follow_up_note_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"
