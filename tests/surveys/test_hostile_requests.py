"""Requests that no page of ours sends: forged, from another site, with ids and hosts that are none."""

import re
from urllib.parse import quote

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from surveys.models import Organisation
from tests.cast import signed_in
from tests.surveys.endpoints import DECISIONS, UNKNOWN_ID, Tenant, call, everything, parameters

pytestmark = [pytest.mark.django_db, pytest.mark.figures]
ACTIONS = (
    "remove=1&state=closed&role=owner&do=store&do=give-up&password=new-password-1&email=a@b.example&name=x"
)
POSTS = [name for name, methods in DECISIONS.items() if "POST" in methods]
IDS = {"survey", "batch", "invitation", "api_token"}
# They have no cookie that could be borrowed.
WITHOUT_COOKIE = {"respond", "respond-save", "withdraw", "api-hand-in", "digest-off", "opt-out"}
HOSTILE_IDS = [
    "1",
    "0",
    "' OR 1=1 --",
    "1) UNION SELECT 1--",
    "\0",
    "A" * 21 + "\0",
    "x" * 5_000,
    "<evil onload=x>",
    "{{7*7}}",
    "..",
    "﹣1",
    "𝟏",
    "%27",
    "a\r\nX: y",
]


@pytest.fixture
def owner(acme: Tenant) -> Client:
    return signed_in(acme.owner)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", DECISIONS)
def test_looking_changes_nothing(acme: Tenant, owner: Client, name: str, method: str) -> None:
    before = everything()
    for client in (owner, Client()):
        answer = client.generic(method, f"{acme.address(name)}?{ACTIONS}")
        assert answer.status_code < 500
    assert everything() == before


@pytest.mark.parametrize("name", [name for name, methods in DECISIONS.items() if "GET" not in methods])
def test_an_address_that_acts_cannot_be_looked_at(acme: Tenant, owner: Client, name: str) -> None:
    assert owner.get(acme.address(name)).status_code == owner.head(acme.address(name)).status_code == 405


def test_a_mail_scanner_that_opens_a_link_often_does_not_spend_it(acme: Tenant) -> None:
    address = acme.address("join")
    for _time in range(11):
        Client().get(address)
        Client().head(address)
    answer = Client().post(address, acme.body("join"))
    assert answer.status_code == 302 and answer.url == "/o/acme/"


@pytest.mark.parametrize("name", [name for name in POSTS if name not in WITHOUT_COOKIE])
def test_a_post_from_another_site_is_refused(acme: Tenant, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    if name not in {"sign-in", "join", "first"}:
        strict.force_login(acme.owner.user)
    before = everything()
    answer = call(strict, "POST", acme.address(name), acme.body(name))
    assert answer.status_code == 403 and everything() == before


def test_the_questionnaire_alone_needs_no_cookie_but_a_signed_key(acme: Tenant) -> None:
    before = everything()
    answer = Client(enforce_csrf_checks=True).post(acme.address("respond"), {"page": "1", "ecsi.image1": "5"})
    assert answer.status_code == 400 and everything() == before


@pytest.mark.parametrize("name", DECISIONS)
def test_a_host_that_is_not_ours_is_refused(acme: Tenant, owner: Client, name: str) -> None:
    answer = owner.get(acme.address(name), headers={"host": "evil.example"})
    assert answer.status_code == 400 and b"evil" not in answer.content


@pytest.mark.parametrize("name", ["home", "survey", "api-surveys", "api-runs", "sign-in", "respond"])
def test_a_forwarded_host_is_not_believed(acme: Tenant, owner: Client, name: str) -> None:
    forged = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    answer = owner.get(acme.address(name), headers=forged)
    assert answer.status_code in {200, 302} and b"evil.example" not in answer.content


@pytest.mark.parametrize("name", DECISIONS)
def test_every_answer_forbids_inline_scripts_foreign_frames_and_guessed_types(
    acme: Tenant, owner: Client, name: str
) -> None:
    answer = owner.get(acme.address(name))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert all(b" src=" in script for script in re.findall(rb"<script[^>]*>", answer.content))
    assert b" style=" not in answer.content


@pytest.mark.parametrize("value", HOSTILE_IDS)
@pytest.mark.parametrize("name", [name for name in DECISIONS if IDS & set(parameters(name))])
def test_an_id_that_is_none_is_not_found(acme: Tenant, owner: Client, name: str, value: str) -> None:
    before = everything()
    for one in IDS & set(parameters(name)):
        address = acme.address(name).replace(str(acme.value(one)), quote(value, safe=""))
        for method in DECISIONS[name]:
            answer = call(owner, method, address, acme.body(name))
            assert answer.status_code == 404 and b"<evil" not in answer.content
    assert everything() == before


@pytest.mark.parametrize("value", HOSTILE_IDS)
def test_a_token_that_is_none_opens_nothing(acme: Tenant, owner: Client, value: str) -> None:
    before, text = everything(), quote(value, safe="")
    for address in (f"/join/{text}/", f"/first/{text}/"):
        for answer in (owner.get(address), owner.post(address, acme.body("join"))):
            assert answer.status_code == 410 and b"<evil" not in answer.content
    for address in (f"/password/{text}/{text}/", f"/password/{acme.value('uidb64')}/{text}/"):
        answer = owner.get(address, follow=True)
        assert b"has been used or has expired" in answer.content and b"<evil" not in answer.content
    assert everything() == before


@pytest.mark.parametrize("value", ["0", "9" * 19, "9" * 40])
def test_a_number_that_is_no_member_is_not_found(owner: Client, value: str) -> None:
    assert owner.post(f"/o/acme/members/{value}/", {"remove": "1"}).status_code == 404


@pytest.mark.parametrize("value", HOSTILE_IDS)
def test_a_hostile_question_to_a_report_is_not_found(acme: Tenant, owner: Client, value: str) -> None:
    for field in ("period", "segment"):
        answer = owner.get(acme.address("report"), {field: value})
        assert answer.status_code == 404 and b"<evil" not in answer.content
    assert owner.post(acme.address("run-request"), {"period": value}).status_code == 404


@pytest.mark.parametrize("value", HOSTILE_IDS)
def test_what_the_address_asks_is_never_shown_as_markup(acme: Tenant, owner: Client, value: str) -> None:
    for name in ("respond", "sign-in", "home", "survey", "members", "account"):
        answer = owner.get(acme.address(name), {"language": value, "next": value, "t": value, "key": value})
        assert answer.status_code in {200, 302, 404, 410} and b"<evil" not in answer.content


def test_ids_that_are_shown_hold_128_random_bits_and_never_count(
    acme: Tenant, globex: Tenant, owner: Client
) -> None:
    for one, another in (
        (acme.survey, globex.survey),
        (acme.period, globex.period),
        (acme.batch, globex.batch),
        (acme.invitation, globex.invitation),
    ):
        assert len(one.public_id) == 22 and one.public_id[:8] != another.public_id[:8]
    for address in (f"/s/{acme.survey.pk}/", f"/o/acme/surveys/{acme.survey.pk}/"):
        assert owner.get(address).status_code == 404


def test_a_form_larger_than_any_of_ours_is_refused(acme: Tenant, owner: Client) -> None:
    before = everything()
    for name in ("account", "survey-new", "member-invite"):
        huge = owner.post(acme.address(name), {"name": "x" * 2_000_000})
        many = owner.post(acme.address(name), {f"field{number}": "1" for number in range(2_000)})
        assert {huge.status_code, many.status_code} <= {400, 413}
    assert everything() == before


def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(f"secret of {Organisation.objects.count()} organisations")


urlpatterns = [path("breaks/", breaks)]


@pytest.mark.urls(__name__)
def test_an_error_of_ours_shows_nothing_of_its_inside() -> None:
    answer = Client(raise_request_exception=False).get("/breaks/")
    assert answer.status_code == 500 and b"Something went wrong on our side" in answer.content
    assert b"secret" not in answer.content and b"RuntimeError" not in answer.content


def test_refusals_name_no_table_path_or_library(acme: Tenant, owner: Client) -> None:
    answers = [owner.get("/nothing/"), owner.get("/o/nowhere/"), owner.get("/api/v1/nothing/")]
    answers += [owner.get(acme.address("api-runs", survey=UNKNOWN_ID)), owner.post("/o/acme/members/999/")]
    for answer in answers:
        assert answer.status_code == 404
        for word in (b"matches the given", b"Survey", b"/work", b"django", b"urlconf"):
            assert word not in answer.content
