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
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from surveys.models import Survey, Webhook, WebhookDelivery
from surveys.outgoing import webhooks
from surveys.outgoing.addresses import AddressRefused, Target, read, resolved
from surveys.outgoing.posting import NotDelivered, post
from surveys.outgoing.signing import secret_of
from tests.cast import draft, owner_of
from tests.surveys.receiver_cast import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey() -> Survey:
    return draft(owner_of("acme", "alice@example.org"))


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
