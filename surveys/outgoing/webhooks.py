"""The addresses that are told of a survey, and posting to them."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.models import Response, Survey, Webhook, WebhookDelivery
from surveys.outgoing import addresses, posting, signing
from surveys.outgoing.addresses import AddressRefused
from surveys.outgoing.deliveries import ALL_TRIES, MOST_TOGETHER, Channel, id_of, send_due
from surveys.outgoing.mornings import day_began

MOST_PER_SURVEY = 10
COUNTED = "alerts.opened"  # an event whose messages go as one, which tells only how many there are
TEST = "webhook.test"
FIRST_OF_ALL = timedelta(days=1)  # due that long ago: a test stands before what waits at its address


def add(survey: Survey, url: str, events: Iterable[str] = ()) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is told this once. Raises AddressRefused."""
    addresses.read(url)
    try:
        with transaction.atomic():
            Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)  # two at once are counted so
            if survey.webhooks.count() >= MOST_PER_SURVEY:
                raise AddressRefused(_("There are as many as a survey may have; remove one first."))
            webhook = survey.webhooks.create(url=url, **_asking(survey, events, None))
    except IntegrityError:
        raise AddressRefused(_("is there already")) from None
    return webhook, signing.secret_of(webhook)


def change_events(webhook: Webhook, events: Iterable[str]) -> None:
    """From now on it is told of these, besides alerts. What waits for it is sent all the same."""
    with transaction.atomic():
        own = Webhook.objects.select_for_update(no_key=True, of=("self",)).select_related(
            "survey__organisation"
        )
        now = own.get(pk=webhook.pk)
        asking = _asking(now.survey, events, now.counted_until)
        Webhook.objects.filter(pk=webhook.pk).update(**asking)
    webhook.events, webhook.counted_until = asking["events"], asking["counted_until"]


def _asking(survey: Survey, events: Iterable[str], counted_until: datetime | None) -> dict[str, Any]:
    """Each event once. Whole days are counted, from today on: a count from the moment of asking would tell
    who asks again and again when somebody answered."""
    asked = set(events)
    chosen = [one for one in Webhook.Event.values if one in asked]
    if Webhook.Event.RESPONSE_FINISHED not in asked:
        return {"events": chosen, "counted_until": None}
    return {"events": chosen, "counted_until": counted_until or day_began(survey, timezone.now())}


def remove(webhook: Webhook) -> None:
    """With what waits for it. Should a message to it be stored at the same moment, it goes, too."""
    own = Webhook.objects.filter(pk=webhook.pk)
    try:
        with transaction.atomic():
            own.delete()
    except IntegrityError:
        own.all().delete()


def asking_for(survey: Survey, event: str, held: bool = False) -> list[Webhook]:
    """The survey's webhooks that asked for an event. They are few; no two databases look into lists alike.

    None that is `held` is removed before the transaction ends. Who can begin again need not hold them.
    """
    found = Webhook.objects.filter(survey=survey).exclude(events=[])
    if held:
        found = found.select_for_update(no_key=True).order_by("pk")
    return [one for one in found if event in one.events]


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


def tell(
    told: Iterable[Webhook], event: str, about: str, payload: dict[str, Any], response: Response | None = None
) -> None:
    """Likewise, to each once: whatever is told again `about` the same is passed over."""
    WebhookDelivery.objects.bulk_create(
        (
            WebhookDelivery(webhook=one, event=event, about=about, payload=payload, response=response)
            for one in told
        ),
        ignore_conflicts=True,
    )


def send_test(webhook: Webhook) -> WebhookDelivery:
    """A message that goes the way of all others. It takes the place of the test before, so that there is one,
    whose row says what came of it."""
    survey, now = webhook.survey, timezone.now()
    with transaction.atomic():
        webhook.deliveries.filter(event=TEST).delete()
        test = enqueue(webhook, TEST, {"survey": survey.public_id}, None, at=now - FIRST_OF_ALL)
        transaction.on_commit(lambda: current_app.send_task("surveys.send_webhooks"), robust=True)
    return test


def tests_of(survey: Survey) -> dict[int, WebhookDelivery]:
    """The last test message of each webhook, by its key."""
    return {one.webhook_id: one for one in WebhookDelivery.objects.filter(webhook__survey=survey, event=TEST)}


def try_again(webhook: Webhook) -> int:
    """Send once more, as if for the first time, what was given up; returns how many."""
    given_up = webhook.deliveries.filter(state=WebhookDelivery.State.FAILED)
    return given_up.update(state=WebhookDelivery.State.WAITING, attempts=0, next_try_at=timezone.now())


def give_up_overdue(now: datetime) -> int:
    """Give up what has waited for as long as all tries take, at addresses that took nothing all the while;
    returns how many. One after another they would be tried for weeks, and there would be ever more of them.
    """
    overdue = WebhookDelivery.objects.filter(
        state=WebhookDelivery.State.WAITING,
        next_try_at__lt=now - ALL_TRIES,
        webhook__failing_since__lt=now - ALL_TRIES,
    ).exclude(event=TEST)
    problem = _("The address took nothing for hours.")
    return overdue.update(state=WebhookDelivery.State.FAILED, next_try_at=now, problem=problem)


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
    done = send_due(channel())
    give_up_overdue(timezone.now())  # not before: an address that works again takes them
    return done


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
    own = Webhook.objects.filter(pk=webhook.pk)
    try:
        _post(webhook, messages)
    except (posting.NotDelivered, AddressRefused):
        own.filter(failing_since=None).update(failing_since=timezone.now())
        raise
    if webhook.failing_since:
        own.update(failing_since=None)


def _post(webhook: Webhook, messages: Sequence[WebhookDelivery]) -> None:
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
