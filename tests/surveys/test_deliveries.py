"""Messages that wait: who sends them, how often, in what order, and how long they are kept."""

import socket
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connections, transaction
from django.utils import timezone

from surveys import tasks
from surveys.models import Survey, Webhook, WebhookDelivery
from surveys.outgoing import deliveries, retention, webhooks
from surveys.outgoing.addresses import AddressRefused, read, resolved
from surveys.outgoing.deliveries import send_due
from surveys.outgoing.posting import NotDelivered
from tests.cast import draft, owner_of
from tests.surveys.receiver_cast import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey() -> Survey:
    return draft(owner_of("acme", "alice@example.org"))


def due() -> None:
    """As if the time to wait were over."""
    WebhookDelivery.objects.filter(state="waiting").update(next_try_at=timezone.now())


def test_what_fails_is_tried_again_with_the_same_id_and_body(webhook: Webhook, receiver: Receiver) -> None:
    receiver.statuses = [500, 302, 200]
    message = webhooks.enqueue(webhook, "alert.opened", {"b": 1, "a": 2}, None)
    for attempt, problem in enumerate(["HTTP 500", "HTTP 302"], start=1):
        assert webhooks.send_waiting() == 0
        message.refresh_from_db()
        wait = message.next_try_at - timezone.now()
        assert (message.state, message.attempts, message.problem) == ("waiting", attempt, problem)
        assert deliveries.wait_after(attempt) * 0.9 < wait <= deliveries.wait_after(attempt)
        assert webhooks.send_waiting() == 0 and len(receiver.received) == attempt  # not before its time
        due()
    assert webhooks.send_waiting() == 1
    assert len({(headers["webhook-id"], body) for _path, headers, body in receiver.received}) == 1


def test_it_is_given_up_after_some_tries(webhook: Webhook, receiver: Receiver) -> None:
    receiver.statuses = [404]
    message = webhooks.enqueue(webhook, "alert.opened", {}, None)
    for _attempt in range(deliveries.MOST_ATTEMPTS + 2):
        webhooks.send_waiting()
        due()
    message.refresh_from_db()
    assert message.state == "failed" and len(receiver.received) == deliveries.MOST_ATTEMPTS


def test_one_place_that_fails_holds_up_no_other(webhook: Webhook, survey: Survey, receiver: Receiver) -> None:
    with socket.socket() as nobody:  # bound, and not listening
        nobody.bind(("127.0.0.1", 0))
        broken, _secret = webhooks.add(survey, f"http://127.0.0.1:{nobody.getsockname()[1]}/")
        for _again in range(3):
            webhooks.enqueue(broken, "alert.opened", {}, None)
        webhooks.enqueue(webhook, "alert.opened", {}, None)
        assert webhooks.send_waiting() == 1
    assert WebhookDelivery.objects.filter(webhook=broken, attempts=1).count() == 1


def test_a_message_whose_worker_died_is_sent_again_and_one_that_is_done_never(
    webhook: Webhook, receiver: Receiver
) -> None:
    webhooks.enqueue(webhook, "alert.opened", {}, None)
    with suppress(KeyboardInterrupt):
        send_due(channel_of(dies))
    assert webhooks.send_waiting() == 0 and not receiver.received  # claimed, and its worker gone
    due()
    assert webhooks.send_waiting() == 1
    due()
    assert webhooks.send_waiting() == 0 and len(receiver.received) == 1


def dies(_messages: Any) -> None:
    raise KeyboardInterrupt


def channel_of(send: Any) -> deliveries.Channel[WebhookDelivery]:
    return replace(webhooks.channel(), send=send)


@pytest.mark.parametrize("ends", [True, False])
def test_a_worker_that_outlives_its_claim_changes_nothing(
    webhook: Webhook, receiver: Receiver, ends: bool
) -> None:
    """While it sends, its claim passes, and another worker delivers."""
    webhooks.enqueue(webhook, "alert.opened", {}, None)

    def slow(_messages: Any) -> None:
        due()
        assert webhooks.send_waiting() == 1
        if not ends:
            raise NotDelivered("HTTP 500")

    send_due(channel_of(slow))
    message = WebhookDelivery.objects.get()
    assert (message.state, message.attempts, message.problem) == ("done", 2, "")
    due()
    assert webhooks.send_waiting() == 0 and len(receiver.received) == 1


def test_a_task_that_is_out_of_time_sends_nothing_more(survey: Survey) -> None:
    for number in range(3):
        webhooks.enqueue(webhooks.add(survey, f"https://{number}.example.org/")[0], "alert.opened", {}, None)
    tried = []

    def too_slow(messages: Any) -> None:
        tried.append(messages)
        raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        send_due(channel_of(too_slow))
    assert len(tried) == 1 and WebhookDelivery.objects.filter(attempts=1).get().state == "waiting"


def test_slow_receivers_of_one_organisation_hold_up_no_other(survey: Survey) -> None:
    """By a clock of its own: each of the first organisation's receivers takes nine seconds."""
    other = draft(owner_of("globex", "gina@example.org"))
    for number in range(9):
        webhooks.enqueue(webhooks.add(survey, f"https://{number}.example.org/")[0], "alert.opened", {}, None)
    quick, _secret = webhooks.add(other, "https://quick.example.org/")
    webhooks.enqueue(quick, "alert.opened", {}, None), webhooks.enqueue(quick, "alert.opened", {}, None)
    now, told = 0.0, []

    def send(messages: Any) -> None:
        nonlocal now
        told.append(messages[0].webhook_id == quick.pk)
        now += 0.1 if told[-1] else 9.0

    send_due(channel_of(send), clock=lambda: now)
    assert told == [False, True, False, True]  # the rest is left to the next round


def test_a_name_that_nobody_looks_up_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answered.wait(20) and [])
    with pytest.raises(TimeoutError):
        resolved(read("https://hooks.example.org/"), seconds=0.05)
    answered.set()


@pytest.mark.django_db(transaction=True)
def test_added_at_once_there_are_no_more_than_a_survey_may_have(survey: Survey) -> None:
    for number in range(webhooks.MOST_PER_SURVEY - 1):
        webhooks.add(survey, f"https://hooks.example.org/{number}")
    refused: list[AddressRefused] = []

    def add_another() -> None:
        try:
            webhooks.add(survey, "https://hooks.example.org/another")
        except AddressRefused as error:
            refused.append(error)
        finally:
            connections.close_all()

    another = threading.Thread(target=add_another)
    with transaction.atomic():
        webhooks.add(survey, "https://hooks.example.org/last")
        another.start()
        another.join(0.5)  # it would be through by now, if it did not wait for this one
    another.join()
    assert refused and survey.webhooks.count() == webhooks.MOST_PER_SURVEY


def test_what_is_long_over_is_deleted_but_for_what_was_taken_last(webhook: Webhook) -> None:
    now = timezone.now()
    long_ago, lately = now - retention.KEPT - timedelta(hours=1), now - retention.KEPT + timedelta(hours=1)
    for state, at in [
        ("done", long_ago - timedelta(days=1)), ("done", long_ago), ("failed", long_ago), ("failed", lately),
        ("waiting", long_ago),
    ]:  # fmt: skip
        message = webhooks.enqueue(webhook, "alert.opened", {}, None, at=at)
        done_at = at if state == "done" else None
        WebhookDelivery.objects.filter(pk=message.pk).update(state=state, done_at=done_at)
    tasks.forget_finished()
    left = WebhookDelivery.objects.order_by("pk").values_list("state", "next_try_at")
    assert list(left) == [("done", long_ago), ("failed", lately), ("waiting", long_ago)]
    webhooks.enqueue(webhook, "alert.opened", {}, None)
    WebhookDelivery.objects.filter(next_try_at__gte=now).update(state="done", done_at=now)
    assert retention.forget_finished(now) == 1  # it was not the last any more
