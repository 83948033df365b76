"""What is tried against sign-in, the reset of a password and the links that work without either."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.tokens import default_token_generator
from django.core import mail, signing
from django.test import Client
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from surveys import limits, membership
from surveys.models import Attempt, Member, User
from surveys.responses import keys
from tests.cast import PASSWORD, joined, owner_of, published, signed_in
from tests.surveys.endpoints import everything

pytestmark = pytest.mark.django_db
UNKNOWN = "nobody@example.org"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def sign_in(email: str, password: str, client: Client | None = None, **more: Any) -> Any:
    return (client or Client()).post("/sign-in/", {"username": email, "password": password}, **more)


def words_of(page: Any) -> str:
    """The page without the token and the address that was typed in."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())
    return re.sub(r"[\w.]+@example.org", "", text)


class Counting(MD5PasswordHasher):
    """Counts how often a password was digested: what sign-in takes its time for."""

    digested = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).digested += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("password", ["wrong", "x" * 129, "x" * 100_000])
def test_sign_in_says_the_same_of_wrong_passwords_unknown_addresses_and_disabled_accounts(
    alice: Member, password: str
) -> None:
    bob = joined(alice, "bob@example.org", "viewer")
    User.objects.filter(pk=bob.user.pk).update(is_active=False)
    known, unknown = sign_in("alice@example.org", password), sign_in(UNKNOWN, password)
    disabled, disabled_right = sign_in("bob@example.org", password), sign_in("bob@example.org", PASSWORD)
    assert "do not belong together" in words_of(known)
    assert words_of(known) == words_of(unknown) == words_of(disabled) == words_of(disabled_right)


def test_sign_in_takes_the_same_time_whether_the_account_exists(alice: Member, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    alice.user.set_password(PASSWORD)
    alice.user.save()
    taken = []
    for email, password in [("alice@example.org", "wrong"), (UNKNOWN, "wrong")]:
        Counting.digested = 0
        sign_in(email, password)
        taken.append(Counting.digested)
    assert taken == [1, 1]


def test_an_endless_password_is_not_digested(alice: Member, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    Counting.digested = 0
    sign_in("alice@example.org", "x" * 129)
    assert Counting.digested == 0


def test_a_reset_says_the_same_of_known_and_unknown_addresses_and_only_sends_a_message(
    alice: Member, django_capture_on_commit_callbacks: Any
) -> None:
    pages, sent = [], []
    for email in ("alice@example.org", UNKNOWN):
        with django_capture_on_commit_callbacks() as callbacks:
            pages.append(words_of(Client().post("/password/", {"email": email})))
        sent.append(len(callbacks))
    assert pages[0] == pages[1] and sent == [1, 1] and not mail.outbox


def test_guessing_is_limited_for_one_account_from_many_addresses(alice: Member, settings: Any) -> None:
    for number in range(settings.ATTEMPTS_PER_ACCOUNT):
        sign_in("alice@example.org", "wrong", REMOTE_ADDR=f"192.0.2.{number}")
    page = sign_in("Alice@Example.org ", PASSWORD, REMOTE_ADDR="198.51.100.1")
    assert b"Too many failed attempts" in page.content


def test_guessing_is_limited_for_one_address_over_many_accounts(alice: Member, settings: Any) -> None:
    settings.ATTEMPTS_PER_ADDRESS = 4
    for number in range(4):
        sign_in(f"user{number}@example.org", "wrong")
    assert b"Too many failed attempts" in sign_in("alice@example.org", PASSWORD).content


def test_the_limit_says_the_same_of_an_account_that_does_not_exist(alice: Member, settings: Any) -> None:
    settings.ATTEMPTS_PER_ACCOUNT = 1
    sign_in(UNKNOWN, "wrong")
    sign_in("alice@example.org", "wrong")
    assert words_of(sign_in(UNKNOWN, "wrong")) == words_of(sign_in("alice@example.org", "wrong"))


def test_the_limit_ends_and_what_it_noted_is_forgotten(alice: Member, settings: Any) -> None:
    settings.ATTEMPTS_PER_ACCOUNT = 1
    sign_in("alice@example.org", "wrong")
    long_ago = timezone.now() - timedelta(minutes=settings.ATTEMPT_WINDOW_MINUTES + 1)
    Attempt.objects.update(at=long_ago)
    assert sign_in("alice@example.org", PASSWORD).status_code == 302
    sign_in(UNKNOWN, "wrong")
    assert not Attempt.objects.filter(at=long_ago).exists()


def test_what_the_limit_notes_names_nobody(alice: Member) -> None:
    sign_in("alice@example.org", "wrong", REMOTE_ADDR="192.0.2.7")
    noted = str(list(Attempt.objects.values()))
    assert Attempt.objects.count() == 1 and "alice" not in noted and "192.0.2.7" not in noted


def test_resets_are_limited_and_the_page_does_not_say_so(
    alice: Member, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.ATTEMPTS_PER_ACCOUNT = 2
    pages = set()
    with django_capture_on_commit_callbacks() as callbacks:
        for _time in range(5):
            pages.add(words_of(Client().post("/password/", {"email": "alice@example.org"})))
    assert len(callbacks) == 2 and len(pages) == 1


@pytest.mark.parametrize(
    ("proxies", "chain", "counts"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.66, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.66, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (2, "", "192.0.2.1"),
        (1, " , ", "192.0.2.1"),
    ],
)
def test_a_forwarded_address_is_believed_only_as_far_as_our_own_proxies_wrote_it(
    rf: Any, settings: Any, proxies: int, chain: str, counts: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    request = rf.get("/", headers={"x-forwarded-for": chain}, REMOTE_ADDR="192.0.2.1")
    assert limits.client_address(request) == counts


def test_a_forged_forwarded_address_does_not_escape_the_limit(alice: Member, settings: Any) -> None:
    settings.ATTEMPTS_PER_ADDRESS = 3
    for number in range(3):
        sign_in(f"user{number}@example.org", "wrong", headers={"x-forwarded-for": f"203.0.113.{number}"})
    page = sign_in("alice@example.org", PASSWORD, headers={"x-forwarded-for": "203.0.113.99"})
    assert b"Too many failed attempts" in page.content


def test_all_addresses_of_one_ipv6_line_share_one_limit(alice: Member, settings: Any) -> None:
    settings.ATTEMPTS_PER_ADDRESS = 3
    for number in range(3):
        sign_in(f"user{number}@example.org", "wrong", REMOTE_ADDR=f"2001:db8:1:2:{number}::1")
    page = sign_in("alice@example.org", PASSWORD, REMOTE_ADDR="2001:db8:1:2:ffff::1")
    assert b"Too many failed attempts" in page.content
    assert sign_in("alice@example.org", PASSWORD, REMOTE_ADDR="2001:db8:1:3::1").status_code == 302


def test_signing_in_changes_the_sessions_id(alice: Member) -> None:
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    before = client.cookies["sessionid"].value
    sign_in("alice@example.org", PASSWORD, client)
    assert client.cookies["sessionid"].value != before
    stale = Client()
    stale.cookies["sessionid"] = before
    assert stale.get("/account/").status_code == 302


def test_a_session_cookie_of_the_past_does_not_work_after_signing_out(alice: Member) -> None:
    client, kept = signed_in(alice), Client()
    kept.cookies["sessionid"] = client.cookies["sessionid"].value
    assert kept.get("/account/").status_code == 200
    client.post("/sign-out/")
    assert kept.get("/account/").status_code == 302


def test_the_session_cookie_is_not_for_scripts_or_other_sites(alice: Member) -> None:
    client = Client()
    sign_in("alice@example.org", PASSWORD, client)
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "javascript:alert(1)",
     "http:evil.example", "\thttps://evil.example", "https://testserver@evil.example/"],
)  # fmt: skip
def test_signing_in_never_leads_to_another_site(alice: Member, target: str) -> None:
    client = Client()
    assert b"evil" not in client.get("/sign-in/", {"next": target}).content
    answer = client.post("/sign-in/", {"username": "alice@example.org", "password": PASSWORD, "next": target})
    assert answer.url == "/"
    assert client.get("/sign-in/", {"next": target}).url == "/"


def test_a_token_of_one_purpose_opens_nothing_else(alice: Member) -> None:
    survey = published(alice)
    assert survey.current_version
    tokens = {
        "join": membership.invite(alice, "new@example.org", "owner").split("/")[-2],
        "first": membership.first_link().split("/")[-2],
        "answer": keys.new_key(survey.current_version),
        "reset": default_token_generator.make_token(alice.user),
    }
    before, body = everything(), {"name": "x", "language": "en", "password": "quite-a-new-secret"}
    for purpose, token in tokens.items():
        if purpose != "join":
            assert Client().post(f"/join/{token}/", body).status_code == 410
        if purpose != "answer":
            assert Client().post(f"/s/{survey.public_id}/", {"key": token, "page": "1"}).status_code == 400
        if purpose != "reset":
            page = Client().get(f"/password/{uid_of(alice)}/{token}/", follow=True)
            assert b"has been used or has expired" in page.content
    assert everything() == before


def test_no_token_of_another_purpose_makes_the_first_organisation() -> None:
    user = User.objects.create_user("alice@example.org", PASSWORD)
    forged = [
        signing.dumps("first"),
        signing.dumps("first", salt=keys.SALT),
        signing.dumps([1, "x"], salt=keys.SALT),
        signing.Signer(key="another key", salt=membership.FIRST_SALT).sign_object("first"),
        default_token_generator.make_token(user),
    ]
    assert {Client().get(f"/first/{token}/").status_code for token in forged} == {410}
    assert Client().get(membership.first_link().removeprefix("http://127.0.0.1:8000")).status_code == 200


def uid_of(member: Member) -> str:
    return urlsafe_base64_encode(str(member.user.pk).encode())


def test_a_reset_token_of_another_person_is_refused(alice: Member) -> None:
    bob = joined(alice, "bob@example.org", "owner")
    token = default_token_generator.make_token(bob.user)
    page = Client().get(f"/password/{uid_of(alice)}/{token}/", follow=True)
    assert b"has been used or has expired" in page.content
