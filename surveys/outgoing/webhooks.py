"""The addresses that are told of a survey, and posting to them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.models import Response, Survey, Webhook, WebhookDelivery
from surveys.outgoing import addresses, posting, signing
from surveys.outgoing.addresses import AddressRefused
from surveys.outgoing.deliveries import MOST_TOGETHER, Channel, id_of, send_due

MOST_PER_SURVEY = 10
COUNTED = "alerts.opened"  # an event whose messages go as one, which tells only how many there are


def add(survey: Survey, url: str) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is told this once. Raises AddressRefused."""
    addresses.read(url)
    try:
        with transaction.atomic():
            Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)  # two at once are counted so
            if survey.webhooks.count() >= MOST_PER_SURVEY:
                raise AddressRefused(_("There are as many as a survey may have; remove one first."))
            webhook = survey.webhooks.create(url=url)
    except IntegrityError:
        raise AddressRefused(_("is there already")) from None
    return webhook, signing.secret_of(webhook)


def rotate(webhook: Webhook) -> str:
    """Another secret, told this once; from now on the one before signs nothing."""
    webhook.nonce, webhook.rotated_at = signing.new_nonce(), timezone.now()
    webhook.save(update_fields=["nonce", "rotated_at"])
    return signing.secret_of(webhook)


def enqueue(
    webhook: Webhook,
    event: str,
    payload: dict[str, Any],
    about: Response | None,
    at: datetime | None = None,
) -> WebhookDelivery:
    """To be called in the transaction in which it happened. It goes when the response `about` goes, and is
    sent `at` a later time, if one is given."""
    return WebhookDelivery.objects.create(
        webhook=webhook, event=event, payload=payload, response=about, next_try_at=at or timezone.now()
    )


def with_states(survey: Survey) -> QuerySet[Webhook]:
    """The survey's webhooks, each with how many messages wait, their time having come, and were given up
    (`waiting`, `failed`), when one was last taken (`taken_at`) and why the last of those that were not failed
    (`problem`)."""
    is_begun = Q(deliveries__attempts__gt=0) | Q(deliveries__next_try_at__lte=timezone.now())
    own = WebhookDelivery.objects.filter(webhook=OuterRef("pk"))
    not_taken = own.exclude(problem="").order_by("-next_try_at", "-pk")
    return survey.webhooks.order_by("pk").annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=WebhookDelivery.State.WAITING) & is_begun),
        failed=Count("deliveries", filter=Q(deliveries__state=WebhookDelivery.State.FAILED)),
        taken_at=Max("deliveries__done_at"),
        problem=Subquery(not_taken.values("problem")[:1]),
    )


def send_waiting() -> int:
    """Post what is due; returns how many were taken."""
    return send_due(channel())


def channel() -> Channel[WebhookDelivery]:
    return Channel(
        messages=WebhookDelivery.objects.select_related("webhook"),
        organisation="webhook__survey__organisation",
        group=("webhook", "event"),
        send=deliver,
        together=lambda group: MOST_TOGETHER if group[1] == COUNTED else 1,
    )


def deliver(messages: Sequence[WebhookDelivery]) -> None:
    """Raises NotDelivered or AddressRefused."""
    webhook = messages[0].webhook
    target = addresses.read(webhook.url)
    try:
        address = addresses.resolved(target)
    except OSError as unknown:
        raise posting.NotDelivered(_("The name is not known.")) from unknown
    body, message_id = body_of(messages), id_of(messages)
    secret, at = signing.secret_of(webhook), int(timezone.now().timestamp())
    posting.post(target, address, body, signing.headers(secret, message_id, at, body))


def body_of(messages: Sequence[WebhookDelivery]) -> bytes:
    """The same bytes at every try. What goes as one tells how many they are."""
    first = messages[0]
    data = first.payload | {"new": len(messages)} if first.event == COUNTED else first.payload
    content = {"id": id_of(messages), "event": first.event, "data": data}
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
