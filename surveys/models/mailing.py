"""Invitations by e-mail: what is sent to whom, when, and what became of it."""

from copy import copy
from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models.accounts import User
from surveys.models.contact import Contact
from surveys.models.fields import only_choices
from surveys.models.fields import public_id as random_id
from surveys.models.invitation import Invitation
from surveys.models.survey import Survey

MOST_REMINDERS, LONGEST_WAIT = 5, 90
LARGEST_SAMPLE = 10_000_000


class Mailing(models.Model):
    """One invitation to a survey, sent to all contacts or those of one segment from `send_at` on.

    `texts` is what is written, by language: {"en": {"subject": ..., "body": ...}}, with the placeholders of
    `surveys.mailings.wording`; `reminder_texts` those of reminders, where they say something else; `rating`
    the question that stands in them, empty for none. The recipients are listed when it is due
    (`prepared_at`), under a lease.

    `sample_size`: how many of the contacts are drawn by chance, from `seed`; 0: everybody. `frame_size` is of
    how many they were drawn. `carried` counts, by question, the recipients whose links bring its answer.
    `columns` says by segment question which of the contacts' columns answers it; "" is none, and one that is
    not there is found by its name (see `surveys.mailings.carrying`).
    `also_invited_before`: who was invited to this survey by another mailing is invited again, as surveys that
    ask the same people every period do it.
    """

    public_id = models.CharField(max_length=22, unique=True, default=random_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="mailings")
    key = models.CharField(max_length=64, blank=True, default="")  # what was sent twice is planned once
    texts = models.JSONField(default=dict)
    reminder_texts = models.JSONField(default=dict)
    rating = models.CharField(max_length=90, blank=True, default="")
    segment = models.CharField(max_length=40, blank=True, default="")
    option = models.CharField(max_length=100, blank=True, default="")
    sample_size = models.PositiveIntegerField(_("a random sample of so many"), default=0)
    columns = models.JSONField(default=dict)
    also_invited_before = models.BooleanField(_("also who was invited to this survey before"), default=False)
    seed = models.CharField(max_length=22, default=random_id, editable=False)
    frame_size = models.PositiveIntegerField(null=True)
    carried = models.JSONField(default=dict)
    send_at = models.DateTimeField(_("send at"), default=timezone.now)
    remind_after_days = models.PositiveSmallIntegerField(
        _("days until a reminder"), default=7, validators=[MaxValueValidator(LONGEST_WAIT)]
    )
    most_reminders = models.PositiveSmallIntegerField(
        _("reminders, at most"), default=0, validators=[MaxValueValidator(MOST_REMINDERS)]
    )
    prepared_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    claim = models.CharField(max_length=22, blank=True, default="")  # of the worker that lists
    cancelled_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(most_reminders=0) | models.Q(remind_after_days__gte=1),
                name="mailing_reminds_later",
                violation_error_message=_("A reminder is sent a day after the mail before it, or later."),
            ),
            models.UniqueConstraint(
                fields=["survey", "key"], condition=~models.Q(key=""), name="mailing_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["send_at"],
                condition=models.Q(prepared_at=None, cancelled_at=None),
                name="mailing_to_prepare",
            )
        ]

    def __str__(self) -> str:
        return self.public_id

    def reminder(self) -> "Mailing":
        """The mailing as its reminders say it: the same again where no other text was written."""
        again = copy(self)
        again.texts = {**self.texts, **self.reminder_texts}
        return again


class RecipientState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    BOUNCED = "bounced", _("came back")
    REFUSED = "refused", _("refused by the mail server")
    OPTED_OUT = "opted_out", _("had opted out")
    BOUNCED_BEFORE = "bounced_before", _("an earlier mail had come back")
    QUOTA_FULL = "quota_full", _("a quota was full")
    INVITED_BEFORE = "invited_before", _("had been invited to this survey before")
    TOO_SOON = "too_soon", _("invited to a survey too short a time before")
    CLOSED = "closed", _("the survey took no answers any more")
    CANCELLED = "cancelled", _("cancelled")


class Recipient(models.Model):
    """A contact of a mailing. The invitation knows that it was opened, begun, finished, never by which
    response.

    `due_at` is when the next mail, number `mails` counted from 0, is to be sent: empty where none is. While a
    worker sends, it lies ahead as a lease, and when the worker dies, it passes. `nonce` makes the personal
    link together with the service's secret key; it goes when the questionnaire is handed in. `segments` is
    what the link brings of the contact (see `surveys.mailings.carrying`). `sent_to` is the digest of the
    address that the last mail went to.
    """

    State = RecipientState

    public_id = models.CharField(max_length=22, unique=True, default=random_id, editable=False)
    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="recipients")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="recipients")
    invitation = models.OneToOneField(Invitation, models.SET_NULL, null=True, related_name="recipient")
    nonce = models.CharField(max_length=22, blank=True, default=random_id)
    segments = models.JSONField(default=dict)
    sent_to = models.CharField(max_length=22, blank=True, default="")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    mails = models.PositiveSmallIntegerField(default=0)  # that the server took
    attempts = models.PositiveSmallIntegerField(default=0)  # for the next mail
    due_at = models.DateTimeField(null=True)
    claim = models.CharField(max_length=22, blank=True, default="")
    tried_at = models.DateTimeField(null=True)
    has_opted_out = models.BooleanField(default=False)  # by a mail of this mailing
    problem = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mailing", "contact"], name="recipient_once"),
            only_choices("state", RecipientState, "recipient_state"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "public_id"],
                condition=models.Q(due_at__isnull=False),
                name="recipient_due_order",
            ),
            models.Index(fields=["tried_at"], name="recipient_tried"),
            models.Index(fields=["claim"], condition=~models.Q(claim=""), name="recipient_claim"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"
