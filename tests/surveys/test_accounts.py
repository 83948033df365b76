"""Signing in and out, a new password by mail, and one's own settings."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from deploy.celery import app
from surveys.models import Member, User
from tests.cast import PASSWORD, joined, owner_of, signed_in

pytestmark = pytest.mark.django_db
NEW = "another-horse-stapled"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Tasks run where they are sent."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def sign_in(client: Client, email: str = "alice@example.org", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in/", {"username": email, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def ask_for_reset(capture: Any, email: str = "alice@example.org", **headers: str) -> Any:
    with capture(execute=True):
        return Client().post("/password/", {"email": email}, headers=headers)


def link_in_mail() -> str:
    match = re.search(r"http\S+", str(mail.outbox[-1].body))
    assert match
    return match[0]


def set_password(link: str, password: str = NEW, client: Client | None = None) -> Any:
    client = client or Client()
    form = client.get(link.removeprefix("http://127.0.0.1:8000"))
    if form.status_code != 302:
        return form
    return client.post(form.url, {"new_password1": password, "new_password2": password})


def test_signing_in_leads_to_ones_organisation_and_out_again(client: Client, alice: Member) -> None:
    assert sign_in(client).url == "/"
    assert client.get("/").url == "/o/acme/"
    assert client.post("/sign-out/").url == "/sign-in/"
    assert not is_signed_in(client)


def test_an_address_is_the_same_in_capitals(client: Client, alice: Member) -> None:
    sign_in(client, " ALICE@Example.ORG ")
    assert is_signed_in(client)


def test_signing_in_leads_back_to_the_page_that_was_asked_for(client: Client, alice: Member) -> None:
    asked = client.get("/o/acme/members/")
    assert asked.url == "/sign-in/?next=/o/acme/members/"
    assert b'name="next" value="/o/acme/members/"' in client.get(asked.url).content
    assert sign_in(client, next="/o/acme/members/").url == "/o/acme/members/"


def test_one_who_belongs_nowhere_is_told_whom_to_ask(client: Client) -> None:
    client.force_login(User.objects.create_user("nobody@example.org", PASSWORD))
    assert b"You belong to no organisation yet" in client.get("/").content


def test_signing_out_needs_a_post(alice: Member) -> None:
    client = signed_in(alice)
    assert client.get("/sign-out/").status_code == 405
    assert is_signed_in(client)


def test_a_new_password_by_mail(alice: Member, django_capture_on_commit_callbacks: Any) -> None:
    assert b"Check your e-mail" in ask_for_reset(django_capture_on_commit_callbacks).content
    assert mail.outbox[0].to == ["alice@example.org"]
    assert set_password(link_in_mail()).url == "/sign-in/"
    before, after = Client(), Client()
    sign_in(before)
    sign_in(after, password=NEW)
    assert not is_signed_in(before) and is_signed_in(after)


def test_a_reset_link_works_once(alice: Member, django_capture_on_commit_callbacks: Any) -> None:
    ask_for_reset(django_capture_on_commit_callbacks)
    set_password(link_in_mail())
    again = set_password(link_in_mail(), "a-third-horse-stapled")
    assert b"has been used or has expired" in again.content
    assert User.objects.get().check_password(NEW)


def test_a_reset_link_is_dead_after_a_change_of_password(
    alice: Member, django_capture_on_commit_callbacks: Any
) -> None:
    ask_for_reset(django_capture_on_commit_callbacks)
    client = signed_in(alice)
    alice.user.refresh_from_db()
    change = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/account/", change).status_code == 302
    assert b"has been used or has expired" in set_password(link_in_mail(), "mine-mine-mine").content
    assert User.objects.get().check_password(NEW)


def test_a_reset_link_is_dead_after_a_change_of_address(
    alice: Member, django_capture_on_commit_callbacks: Any
) -> None:
    ask_for_reset(django_capture_on_commit_callbacks)
    User.objects.update(email="alice@elsewhere.example")
    assert b"has been used or has expired" in set_password(link_in_mail()).content


def test_a_reset_link_expires(alice: Member, django_capture_on_commit_callbacks: Any, settings: Any) -> None:
    ask_for_reset(django_capture_on_commit_callbacks)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert b"has been used or has expired" in set_password(link_in_mail()).content


def test_a_reset_ends_every_session(alice: Member, django_capture_on_commit_callbacks: Any) -> None:
    thief = signed_in(alice)
    assert is_signed_in(thief)
    ask_for_reset(django_capture_on_commit_callbacks)
    set_password(link_in_mail())
    assert not is_signed_in(thief)


def test_the_mails_link_holds_the_configured_address_whatever_the_request_says(
    alice: Member, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://barometer.example"
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp", "Host": "testserver:666"}
    ask_for_reset(django_capture_on_commit_callbacks, **forged)
    assert re.findall(r"\w+://[^/\s]+", str(mail.outbox[0].body)) == ["https://barometer.example"]


@pytest.mark.parametrize(
    ("language", "subject"), [("zh-hant", "您的新密碼"), ("en", "Your new Barometer password")]
)
def test_the_mail_is_in_the_persons_own_language(
    alice: Member,
    django_capture_on_commit_callbacks: Any,
    settings: Any,
    tmp_path: Path,
    language: str,
    subject: str,
) -> None:
    write_catalogue(tmp_path / "zh_Hant", {"Your new Barometer password": "您的新密碼"})
    settings.LOCALE_PATHS = [tmp_path]
    User.objects.update(language=language)
    ask_for_reset(django_capture_on_commit_callbacks, **{"Accept-Language": "zh-hans"})
    assert mail.outbox[0].subject == subject


def write_catalogue(folder: Path, texts: dict[str, str]) -> None:
    """A compiled gettext catalogue, as msgfmt writes it."""
    texts = {"": "Content-Type: text/plain; charset=UTF-8\n", **texts}
    parts = [part.encode() for part in (*sorted(texts), *(texts[key] for key in sorted(texts)))]
    at, table = 28 + 8 * len(parts), b""
    for part in parts:
        table += struct.pack("<2I", len(part), at)
        at += len(part) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(texts), 28, 28 + 8 * len(texts), 0, 0)
    path = folder / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(head + table + b"".join(part + b"\0" for part in parts))


def test_ones_language_is_that_of_every_page_before_that_of_the_browser(alice: Member) -> None:
    client = signed_in(alice)
    client.post("/account/", {"name": "Alice", "language": "zh-hant"})
    assert User.objects.get().name == "Alice"
    for address in ("/account/", "/o/acme/", "/o/acme/members/"):
        assert b'<html lang="zh-hant"' in client.get(address, headers={"accept-language": "en"}).content


def test_a_language_that_is_not_offered_is_refused_by_its_field(alice: Member) -> None:
    page = signed_in(alice).post("/account/", {"name": "Alice", "language": "xx"})
    assert b'id="id_language_error"' in page.content
    assert User.objects.get().language == "en"


def test_ones_own_password_is_changed_only_with_the_old_one(alice: Member) -> None:
    client, elsewhere = signed_in(alice), signed_in(alice)
    wrong = client.post("/account/", {"old_password": "guess", "new_password1": NEW, "new_password2": NEW})
    assert wrong.status_code == 200 and b'id="id_old_password_error"' in wrong.content
    client.post("/account/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert User.objects.get().check_password(NEW)
    assert is_signed_in(client) and not is_signed_in(elsewhere)


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "x" * 129])
def test_a_weak_or_endless_password_cannot_be_set(
    alice: Member, django_capture_on_commit_callbacks: Any, password: str
) -> None:
    change = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}
    assert signed_in(alice).post("/account/", change).status_code == 200
    ask_for_reset(django_capture_on_commit_callbacks)
    assert set_password(link_in_mail(), password).status_code == 200
    assert User.objects.get().check_password(PASSWORD)


def test_the_longest_password_that_can_be_set_signs_in(alice: Member) -> None:
    longest = "long enough " * 10 + "12345678"
    assert len(longest) == 128
    change = {"old_password": PASSWORD, "new_password1": longest, "new_password2": longest}
    assert signed_in(alice).post("/account/", change).status_code == 302
    client = Client()
    sign_in(client, password=longest)
    assert is_signed_in(client)


def test_a_disabled_account_is_out_at_once_and_gets_no_mail(
    alice: Member, django_capture_on_commit_callbacks: Any
) -> None:
    bob = joined(alice, "bob@example.org", "viewer")
    client = signed_in(bob)
    assert is_signed_in(client)
    User.objects.filter(pk=bob.user.pk).update(is_active=False)
    assert not is_signed_in(client)
    ask_for_reset(django_capture_on_commit_callbacks, "bob@example.org")
    assert not mail.outbox
