"""Posting to a real server of this machine: what is sent, what is followed, for how long."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connections, transaction
from django.utils import timezone

from surveys import tasks
from surveys.models import Member, Survey, Webhook, WebhookDelivery
from surveys.outgoing import deliveries, retention, webhooks
from surveys.outgoing.addresses import AddressRefused, Target, read, resolved
from surveys.outgoing.deliveries import send_due
from surveys.outgoing.posting import NotDelivered, post
from surveys.outgoing.signing import secret_of
from tests.cast import draft, owner_of

pytestmark = pytest.mark.django_db


class Receiver(ThreadingHTTPServer):
    """A server that keeps what it is sent, and answers with `statuses`, one by one, the last for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses = [200]
        self.location = ""
        self.dripping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?a=b"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((self.path, headers, body))
        statuses = self.server.statuses
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        if status == 0:  # one byte after another, without an end
            while not self.server.dripping.wait(0.02):
                self.wfile.write(b"H")
            return
        self.send_response(status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.dripping.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return draft(alice)


@pytest.fixture
def webhook(survey: Survey, receiver: Receiver, settings: Any) -> Webhook:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    return webhooks.add(survey, receiver.url)[0]


def due() -> None:
    """As if the time to wait were over."""
    WebhookDelivery.objects.filter(state="waiting").update(next_try_at=timezone.now())


def test_a_message_is_signed_so_that_the_receiver_can_tell(webhook: Webhook, receiver: Receiver) -> None:
    message = webhooks.enqueue(webhook, "alert.opened", {"score": 3, "said": "太慢"}, None)
    assert webhooks.send_waiting() == 1 and webhooks.send_waiting() == 0
    ((path, headers, body),) = receiver.received
    assert path == "/hook?a=b" and headers["content-type"] == "application/json"
    assert headers["host"] == f"127.0.0.1:{receiver.server_port}"
    sent = json.loads(body)
    assert sent == {"id": message.public_id, "event": "alert.opened", "data": {"score": 3, "said": "太慢"}}
    key = base64.b64decode(secret_of(webhook).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}" and headers["webhook-id"] == message.public_id
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    message.refresh_from_db()
    assert message.state == "done" and message.attempts == 1 and message.done_at


def test_another_secret_signs_from_the_moment_it_was_made(webhook: Webhook, receiver: Receiver) -> None:
    before = secret_of(webhook)
    after = webhooks.rotate(webhook)
    assert after != before and secret_of(Webhook.objects.get()) == after and webhook.rotated_at
    assert after not in repr(Webhook.objects.values().get())  # nothing that signs is stored


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


def test_no_redirect_is_followed(webhook: Webhook, receiver: Receiver) -> None:
    receiver.statuses, receiver.location = [302], receiver.url.replace("/hook", "/inside")
    webhooks.enqueue(webhook, "alert.opened", {}, None)
    webhooks.send_waiting()
    assert [path for path, _headers, _body in receiver.received] == ["/hook?a=b"]


def test_without_the_setting_nothing_reaches_this_machine(
    webhook: Webhook, receiver: Receiver, settings: Any, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    with pytest.raises(AddressRefused):
        webhooks.add(survey, receiver.url + "2")
    named, _secret = webhooks.add(survey, f"http://hooks.example.org:{receiver.server_port}/")
    look_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, *args, **more: look_up("127.0.0.1", *args, **more)
    )
    for one in (webhook, named):
        webhooks.enqueue(one, "alert.opened", {}, None)
    assert webhooks.send_waiting() == 0 and not receiver.received
    problems = set(WebhookDelivery.objects.values_list("problem", flat=True))
    assert problems == {"leads to an address that is not of the public network"}


def test_a_name_that_stands_for_another_address_a_moment_later_gains_nothing(
    receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to the address that was checked; a second question would find nobody."""
    settings.WEBHOOK_ALLOW_PRIVATE = True
    look_up, answers = socket.getaddrinfo, ["127.0.0.1", "127.0.0.2", "127.0.0.2"]

    def rebinding(host: str, *args: Any, **more: Any) -> Any:
        return look_up(answers.pop(0) if host == "hooks.example.org" else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    target = read(f"http://hooks.example.org:{receiver.server_port}/")
    post(target, resolved(target), b"{}", {})
    ((_path, headers, _body),) = receiver.received
    assert headers["host"] == f"hooks.example.org:{receiver.server_port}" and len(answers) == 2


def test_an_answer_without_an_end_is_cut_off(receiver: Receiver) -> None:
    receiver.statuses = [0]
    with pytest.raises(NotDelivered):
        post(read_as_it_is(receiver), "127.0.0.1", b"{}", {}, seconds=0.3)


def test_a_handshake_without_an_end_is_cut_off(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            other, _address = server.accept()
            with other, suppress(OSError):
                other.sendall(b"\x16\x03\x03\x40\x00")  # the head of a record of 16,384 bytes
                while not receiver.dripping.wait(0.02):
                    other.sendall(b"\0")

        threading.Thread(target=drip, daemon=True).start()
        target = Target("https", "hooks.example.org", server.getsockname()[1], "/")
        with pytest.raises(NotDelivered):
            post(target, "127.0.0.1", b"{}", {}, seconds=0.3)


def read_as_it_is(receiver: Receiver, scheme: str = "http") -> Target:
    return Target(scheme, "hooks.example.org", receiver.server_port, "/")


@pytest.fixture
def certified(receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """The receiver with a certificate of hooks.example.org, which this process trusts."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=hooks"
    names = ["-addext", "subjectAltName=DNS:hooks.example.org"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", *asked.split(), *names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return receiver


def test_a_certificate_must_be_that_of_the_name_though_the_address_is_connected_to(
    certified: Receiver,
) -> None:
    target = read_as_it_is(certified, "https")
    post(target, "127.0.0.1", b"{}", {})
    assert len(certified.received) == 1
    with pytest.raises(NotDelivered):
        post(replace(target, host="other.example.org"), "127.0.0.1", b"{}", {})
    assert len(certified.received) == 1
