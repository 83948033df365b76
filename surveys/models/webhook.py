"""Addresses of other programs that are told what happens, and every message to one."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models.fields import public_id as random_id
from surveys.models.response import Response
from surveys.models.survey import Survey


class WebhookEvent(models.TextChoices):
    """What a webhook may ask to be told of. Alerts come by rules, and are none of these."""

    RESPONSE_FINISHED = "response.finished", _("Finished responses")
    INDEX_RELEASED = "index.released", _("Released and revised figures")


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("delivered")
    FAILED = "failed", _("given up")


class Webhook(models.Model):
    """Where messages about a survey are posted. The secret that signs them is not stored: it is made from
    `nonce` and this service's own secret (see `surveys.outgoing.signing`).

    `events` are those of WebhookEvent that it asked for, besides the alerts whose rules name it.
    `counted_until` is up to when it was told how many responses to an anonymous survey were finished (see
    `surveys.outgoing.mornings`); none while it did not ask. `failing_since` is when the first message was not
    taken after the last that was.
    """

    Event = WebhookEvent

    public_id = models.CharField(max_length=22, unique=True, default=random_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="webhooks")
    url = models.CharField(_("address"), max_length=500)
    nonce = models.CharField(max_length=22, default=random_id, editable=False)
    events = models.JSONField(default=list)
    counted_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    rotated_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["survey", "url"], name="webhook_once")]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One message to one place. `next_try_at` is also a lease: while one is being sent it lies ahead, and
    when the worker dies, it passes. `problem` says why the last try failed."""

    State = DeliveryState

    public_id = models.CharField(max_length=22, unique=True, default=random_id, editable=False)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        abstract = True
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(state="waiting"),
                name="%(class)s_due",
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=DeliveryState.values), name="%(class)s_state")
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"


class WebhookDelivery(Delivery):
    """`payload` is what is posted, the same at every try. It goes with the response that it is about.

    `about` names what happened, so that a webhook is told of it once; empty where that cannot come twice.
    """

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    response = models.ForeignKey(Response, models.CASCADE, null=True, related_name="+")
    event = models.CharField(max_length=40)
    about = models.CharField(max_length=60, blank=True, default="")
    payload: Any = models.JSONField()

    class Meta(Delivery.Meta):
        constraints: ClassVar = [
            *Delivery.Meta.constraints,
            models.UniqueConstraint(
                fields=["webhook", "event", "about"],
                condition=~models.Q(about=""),
                name="webhook_delivery_once",
            ),
        ]
