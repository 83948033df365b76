"""Which answers call for attention, and those that did."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models.accounts import Member
from surveys.models.fields import public_id
from surveys.models.follow_up import FollowUp
from surveys.models.response import Response
from surveys.models.survey import Survey
from surveys.models.webhook import Delivery, Webhook


class AlertRule(models.Model):
    """An answer to `item` from `lowest` to `highest`, handed in after `since`, opens an alert.

    `looked_until` is when new answers were last looked for. `tells_comment`: mails and messages say what was
    written, too; never in an anonymous survey.
    """

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="alert_rules")
    item = models.CharField(_("question"), max_length=90)
    lowest = models.IntegerField(_("from"))
    highest = models.IntegerField(_("up to"))
    recipients = models.ManyToManyField(Member, blank=True, related_name="+")
    webhook = models.ForeignKey(Webhook, models.SET_NULL, null=True, blank=True, related_name="rules")
    tells_comment = models.BooleanField(_("tell what was written, too"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    since = models.DateTimeField(default=timezone.now)
    looked_until = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(lowest__lte=models.F("highest")), name="alert_rule_bounds"
            )
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.lowest}–{self.highest}"


class Alert(models.Model):
    """That a response matched a rule: once for each of both. Owner and state are those of its follow-up."""

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    rule = models.ForeignKey(AlertRule, models.SET_NULL, null=True, related_name="alerts")
    response = models.ForeignKey(Response, models.CASCADE, related_name="alerts")
    follow_up = models.ForeignKey(FollowUp, models.CASCADE, related_name="alerts")
    item = models.CharField(max_length=90)
    score = models.IntegerField()
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["rule", "response"], name="alert_once")]

    def __str__(self) -> str:
        return f"{self.item} = {self.score}"


class AlertMail(Delivery):
    """The mail that tells one member of an alert."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="mails")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")

    class Meta(Delivery.Meta):
        constraints: ClassVar = [
            *Delivery.Meta.constraints,
            models.UniqueConstraint(fields=["alert", "member"], name="alert_mail_once"),
        ]
