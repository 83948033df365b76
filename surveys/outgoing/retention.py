"""How long messages are kept that are over: what they told, and to whom, is of no use afterwards."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from surveys.models import AlertMail, WebhookDelivery
from surveys.models.webhook import DeliveryState

KEPT = timedelta(days=30)


def forget_finished(now: datetime) -> int:
    """Delete what was delivered or given up that long ago, but for what an address took last, which its page
    tells; returns how many."""
    until = now - KEPT
    delivered = Q(state=DeliveryState.DONE, done_at__lt=until)
    is_over = delivered | Q(state=DeliveryState.FAILED, next_try_at__lt=until)
    newer = WebhookDelivery.objects.filter(webhook=OuterRef("webhook"), done_at__gt=OuterRef("done_at"))
    is_last = Q(state=DeliveryState.DONE) & ~Exists(newer)
    mails, _of_each = AlertMail.objects.filter(is_over).delete()
    messages, _of_each = WebhookDelivery.objects.filter(is_over).exclude(is_last).delete()
    return mails + messages
