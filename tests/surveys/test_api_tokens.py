"""Tokens for programs: what one may do with a token, and what is tried with tokens that are none."""

import base64
import json
import logging
import re
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from surveys.api.organisation import OfOrganisation
from surveys.api.tokens import TOKENS_PER_MEMBER, digest_of, make_token
from surveys.membership import accept, change_role, invite, remove
from surveys.models import ApiToken, Member, Survey, User
from surveys.views.access import May
from tests.cast import joined, signed_in
from tests.surveys.endpoints import DECISIONS, ROLES, Tenant, call, everything, parameters

pytestmark = [pytest.mark.django_db, pytest.mark.words]
API = {name: methods for name, methods in DECISIONS.items() if name.startswith("api-")}
OF_ORGANISATIONS = [
    (name, method, who)
    for name, methods in API.items()
    if "organisation" in parameters(name)
    for method, who in methods.items()
]
SURVEYS = "/api/v1/organisations/acme/surveys/"


def made(member: Member, may: str = "edit") -> str:
    return make_token(member, "A program", may, 30)


def program(secret: str) -> Client:
    """A caller with nothing but a token, whose changes need no CSRF token."""
    return Client(headers={"authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)


def secret_in(page: Any) -> str:
    match = re.search(r'value="(bt_[^"]+)" readonly', page.content.decode())
    assert match
    return match[1]


def base64url(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def refused(answer: Any) -> bool:
    """The one answer to every token that does not work."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    text = "The token does not work: it is unknown, was revoked or has expired."
    body = {"title": "Unauthorized", "status": 401, "problems": [{"field": "", "problem": text}]}
    return bool(answer.status_code == 401 and answer.json() == body)


class TestWhatATokenMayDo:
    @pytest.mark.parametrize(("name", "method", "who"), OF_ORGANISATIONS)
    def test_it_may_what_the_members_role_may(self, acme: Tenant, name: str, method: str, who: str) -> None:
        answer = call(program(made(acme.member(who))), method, acme.address(name), acme.body(name))
        # What only owners may no token may: it would outlast the session it was made in.
        assert answer.status_code in ({403} if who == "owner" else {200, 201, 202, 204})

    @pytest.mark.parametrize(("name", "method", "who"), OF_ORGANISATIONS)
    def test_it_may_not_what_the_members_role_may_not(
        self, acme: Tenant, name: str, method: str, who: str
    ) -> None:
        secrets = [made(acme.member(role)) for role in ROLES[: ROLES.index(who)]]
        for secret in secrets:
            answer = call(program(secret), method, acme.address(name), acme.body(name))
            assert answer.status_code == 403 and answer.json()["status"] == 403

    @pytest.mark.parametrize(("name", "method", "who"), OF_ORGANISATIONS)
    def test_made_for_reading_it_reads_whatever_the_role(
        self, acme: Tenant, name: str, method: str, who: str
    ) -> None:
        reader = program(made(acme.owner, "read"))
        reader.get(SURVEYS)  # notes the use
        before = everything()
        answer = call(reader, method, acme.address(name), acme.body(name))
        assert answer.status_code == (200 if who == "viewer" else 403)
        assert everything() == before

    @pytest.mark.parametrize(("name", "method", "_who"), OF_ORGANISATIONS)
    def test_what_another_organisation_has_is_not_there(
        self, acme: Tenant, globex: Tenant, name: str, method: str, _who: str
    ) -> None:
        named, caller = parameters(name), program(made(acme.owner))
        for owners in product((acme, globex), repeat=len(named)):
            if globex in owners:
                values = {one: owner.value(one) for one, owner in zip(named, owners, strict=True)}
                answer = call(caller, method, acme.address(name, **values), acme.body(name))
                assert answer.status_code == 404 and b"globex" not in answer.content.lower()
        absent = call(caller, method, acme.address(name, organisation="nowhere"), acme.body(name))
        foreign = call(caller, method, acme.address(name, organisation="globex"), acme.body(name))
        assert absent.status_code == foreign.status_code == 404 and absent.content == foreign.content

    def test_it_does_not_reach_the_same_persons_other_organisation(
        self, acme: Tenant, globex: Tenant
    ) -> None:
        Member.objects.create(organisation=globex.owner.organisation, user=acme.owner.user, role="owner")
        assert signed_in(acme.owner).get(globex.address("api-surveys")).status_code == 200
        assert program(made(acme.owner)).get(globex.address("api-surveys")).status_code == 404

    @pytest.mark.parametrize("name", ["home", "tokens", "survey", "members", "account", "start"])
    def test_it_opens_no_page(self, acme: Tenant, name: str) -> None:
        answer = program(made(acme.owner)).get(acme.address(name))
        assert answer.status_code == 302 and answer.url.startswith("/sign-in/")

    def test_it_makes_no_further_token(self, acme: Tenant) -> None:
        caller, before = program(made(acme.owner)), everything()
        assert caller.post(acme.address("tokens"), acme.body("tokens")).status_code == 403
        assert everything() == before

    def test_it_decides_alone_whoever_is_signed_in_besides(self, acme: Tenant) -> None:
        """A cookie neither lends a token rights nor lets one that does not work through."""
        browser = signed_in(acme.owner)
        headers = {"authorization": f"Bearer {made(acme.member('viewer'))}"}
        body = {"period": acme.period.public_id}
        asked = browser.post(acme.address("api-runs"), body, "application/json", headers=headers)
        assert asked.status_code == 403
        assert refused(browser.get(SURVEYS, headers={"authorization": "Bearer bt_unknown"}))

    def test_its_use_is_noted_at_most_once_a_minute(self, acme: Tenant) -> None:
        caller, token = program(made(acme.owner)), acme.owner.api_tokens
        caller.get(SURVEYS)
        first = token.get().last_used_at
        with CaptureQueriesContext(connection) as second:
            caller.get(SURVEYS)
        assert token.get().last_used_at == first
        assert not [query for query in second.captured_queries if query["sql"].startswith("UPDATE")]
        token.update(last_used_at=first - timedelta(minutes=2))
        caller.get(SURVEYS)
        assert token.get().last_used_at >= first


class Guarded(OfOrganisation[Survey]):
    """A view that says of one method what it needs, as one that is to come may."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response("seen")


class TestWhatAViewNeeds:
    def status(self, needed: May, method: str, secret: str) -> int:
        view = Guarded.as_view(needs={"GET": needed})
        request = APIRequestFactory().generic(method, "/", headers={"authorization": f"Bearer {secret}"})
        return int(view(request, organisation="acme").status_code)

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_it_is_asked_of_the_role_and_of_the_token(self, acme: Tenant, method: str) -> None:
        edits, reads = made(acme.owner), made(acme.owner, "read")
        viewers = made(acme.member("viewer"))
        assert [self.status("read", method, one) for one in (edits, reads, viewers)] == [200, 200, 200]
        assert [self.status("edit", method, one) for one in (edits, reads, viewers)] == [200, 403, 403]

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_no_token_manages(self, acme: Tenant, method: str) -> None:
        assert self.status("manage", method, made(acme.owner)) == 403


class TestTokensThatDoNotWork:
    @pytest.mark.parametrize(
        "sent",
        [
            "",
            "bt_",
            "bt_" + "A" * 43,
            "xx_{bare}",
            "{bare}",
            "BT_{bare}",
            "{secret}A",
            "{secret} {secret}",
            "{secret},{secret}",
            "{digest}",
            "bt_{digest}",
            "bt_' OR 1=1 --",
            "bt_%",
            "bt_\x00",
            "bt_é\xff",
            "bt_" + "x" * 100_000,
            "null",
        ],
    )
    def test_a_forged_one_is_refused(self, acme: Tenant, sent: str) -> None:
        secret = made(acme.owner)
        filled = sent.format(secret=secret, bare=secret.removeprefix("bt_"), digest=digest_of(secret))
        assert refused(program(filled).get(SURVEYS))

    def test_signed_or_unsigned_claims_are_no_token(self, acme: Tenant) -> None:
        claims = {"sub": acme.owner.user.pk, "email": acme.owner.user.email, "may": "edit", "exp": 9e9}
        unsigned = f"{base64url({'alg': 'none', 'typ': 'JWT'})}.{base64url(claims)}."
        for forged in (unsigned, f"bt_{unsigned}", signing.dumps(claims), f"bt_{signing.dumps(claims)}"):
            assert refused(program(forged).get(SURVEYS))

    def test_a_secret_of_another_flow_is_no_token(self, acme: Tenant) -> None:
        cookie = signed_in(acme.owner).cookies["sessionid"].value
        for other in (acme.join_token, cookie, acme.token("reset-confirm"), acme.survey.public_id):
            for text in (other, f"bt_{other}"):
                assert refused(program(text).get(SURVEYS))

    def test_a_token_is_no_secret_of_another_flow(self, acme: Tenant) -> None:
        secret, client = made(acme.owner), Client()
        assert client.post(f"/join/{secret}/", acme.body("join")).status_code == 410
        client.cookies["sessionid"] = secret
        assert client.get("/account/").status_code == 302

    @pytest.mark.parametrize("place", ["{}?token={secret}", "{}?access_token={secret}&api_key={secret}"])
    def test_in_the_address_it_counts_for_nothing(self, acme: Tenant, place: str) -> None:
        assert Client().get(place.format(SURVEYS, secret=made(acme.owner))).status_code == 403

    @pytest.mark.parametrize("scheme", ["", "Token ", "Basic ", "Bearer: ", "Bearer\t"])
    def test_sent_in_another_way_it_opens_nothing(self, acme: Tenant, scheme: str) -> None:
        answer = Client(headers={"authorization": f"{scheme}{made(acme.owner)}"}).get(SURVEYS)
        assert answer.status_code == 403 and b"acme survey" not in answer.content

    def test_a_revoked_one_stops_at_once(self, acme: Tenant) -> None:
        caller = program(made(acme.owner))
        assert caller.get(SURVEYS).status_code == 200
        token = acme.owner.api_tokens.get()
        signed_in(acme.owner).post(acme.address("token-revoke", api_token=token.public_id))
        assert refused(caller.get(SURVEYS))

    def test_an_expired_one_stops(self, acme: Tenant) -> None:
        caller = program(made(acme.owner))
        acme.owner.api_tokens.update(expires_at=timezone.now() + timedelta(seconds=60))
        assert caller.get(SURVEYS).status_code == 200
        acme.owner.api_tokens.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert refused(caller.get(SURVEYS))

    def test_that_of_a_disabled_account_stops(self, acme: Tenant) -> None:
        caller = program(made(acme.owner))
        User.objects.filter(pk=acme.owner.user.pk).update(is_active=False)
        assert refused(caller.get(SURVEYS))

    def test_that_of_a_member_who_was_taken_out_stops_and_stays_so(self, acme: Tenant) -> None:
        analyst = acme.member("analyst")
        caller = program(made(analyst))
        remove(analyst)
        assert refused(caller.get(SURVEYS))
        accept(invite(acme.owner, analyst.user.email, "analyst").split("/")[-2], analyst.user)
        assert refused(caller.get(SURVEYS))

    def test_that_of_a_member_who_was_given_a_lower_role_only_reads(self, acme: Tenant) -> None:
        analyst = acme.member("analyst")
        caller, body = program(made(analyst)), {"period": acme.period.public_id}
        assert call(caller, "POST", acme.address("api-runs"), body).status_code == 202
        change_role(analyst, "viewer")
        before = everything()
        assert call(caller, "POST", acme.address("api-runs"), body).status_code == 403
        assert caller.get(acme.address("api-runs")).status_code == 200
        assert everything() == before

    def test_each_is_looked_for_in_the_same_way(self, acme: Tenant) -> None:
        revoked, expired = made(acme.owner), made(acme.owner)
        acme.owner.api_tokens.filter(digest=digest_of(revoked)).update(revoked_at=timezone.now())
        acme.owner.api_tokens.filter(digest=digest_of(expired)).update(expires_at=timezone.now())
        asked = set()
        for secret in (revoked, expired, "bt_unknown", "' OR 1=1 --", "x" * 10_000):
            with CaptureQueriesContext(connection) as queries:
                assert refused(program(secret).get(SURVEYS))
            (only,) = queries.captured_queries
            asked.add(re.sub(r"'[^']*'", "?", only["sql"]))
        assert len(asked) == 1


class TestTheSecret:
    def test_it_is_shown_once_and_works(self, acme: Tenant) -> None:
        browser = signed_in(acme.owner)
        page = browser.post(acme.address("tokens"), acme.body("tokens"))
        secret = secret_in(page)
        assert re.fullmatch(r"bt_[A-Za-z0-9_-]{43}", secret)
        assert "no-store" in page.headers["Cache-Control"]
        assert program(secret).get(SURVEYS).status_code == 200
        assert secret[3:] not in browser.get(acme.address("tokens")).content.decode()

    def test_it_is_not_stored(self, acme: Tenant) -> None:
        secret = secret_in(signed_in(acme.owner).post(acme.address("tokens"), acme.body("tokens")))
        program(secret).get(SURVEYS)
        stored = str([list(model._default_manager.values()) for model in apps.get_models()])
        stored += str([session.get_decoded() for session in Session.objects.all()])
        assert digest_of(secret) in stored and secret[3:] not in stored

    def test_no_answer_of_the_api_and_no_page_holds_it_or_its_digest(self, acme: Tenant) -> None:
        secret = made(acme.owner)
        browser = signed_in(acme.owner)
        seen = [program(secret).get(acme.address(name)).content for name in API]
        seen += [program(secret).generic("OPTIONS", acme.address(name)).content for name in API]
        seen += [browser.get(acme.address(name)).content for name in ("tokens", "members", "account")]
        seen += [Client().get("/api/v1/schema/").content, program(secret + "x").get(SURVEYS).content]
        assert not [one for one in seen if secret[3:].encode() in one or digest_of(secret).encode() in one]

    def test_no_log_holds_it(self, acme: Tenant, caplog: Any) -> None:
        with caplog.at_level(logging.DEBUG):
            secret = secret_in(signed_in(acme.owner).post(acme.address("tokens"), acme.body("tokens")))
            caller = program(secret)
            caller.get(SURVEYS)
            caller.get("/api/v1/nothing/")
            caller.put(SURVEYS)
            acme.owner.api_tokens.update(revoked_at=timezone.now())
            caller.get(SURVEYS)
        assert "Unauthorized" in caplog.text and secret[3:] not in caplog.text


class TestThePage:
    def test_one_sees_and_revokes_ones_own(self, acme: Tenant) -> None:
        viewer = acme.member("viewer")
        make_token(acme.member("analyst"), "Not the viewer's", "edit", 30)
        browser = signed_in(viewer)
        page = browser.get(acme.address("tokens")).content.decode()
        assert "acme program" in page and "Not the viewer" not in page
        answer = browser.post(acme.address("token-revoke"), follow=True)
        assert "works no more" in answer.content.decode()
        assert viewer.api_tokens.get().revoked_at is not None

    def test_an_owner_sees_and_revokes_everybodys(self, acme: Tenant) -> None:
        browser = signed_in(acme.owner)
        page = browser.get(acme.address("tokens")).content.decode()
        assert "acme program" in page and "viewer@acme.example" in page
        browser.post(acme.address("token-revoke"))
        assert acme.member("viewer").api_tokens.get().revoked_at is not None

    def test_nobody_else_revokes_anothers(self, acme: Tenant, globex: Tenant) -> None:
        theirs = acme.value("api_token")
        before = everything()
        second = joined(acme.owner, "second@acme.example", "analyst")
        for member, address in [
            (second, acme.address("token-revoke")),
            (globex.owner, acme.address("token-revoke")),
            (globex.owner, globex.address("token-revoke", api_token=theirs)),
        ]:
            assert signed_in(member).post(address).status_code == 404
        assert everything()["ApiToken"] == before["ApiToken"]

    def test_to_revoke_again_keeps_the_first_time(self, acme: Tenant) -> None:
        browser, tokens = signed_in(acme.owner), acme.member("viewer").api_tokens
        address = acme.address("token-revoke")
        browser.post(address)
        first = tokens.get().revoked_at
        browser.post(address)
        assert tokens.get().revoked_at == first
        assert "Revoked or expired" in browser.get(acme.address("tokens")).content.decode()

    def test_a_viewer_makes_no_token_that_would_edit_after_a_promotion(self, acme: Tenant) -> None:
        browser, before = signed_in(acme.member("viewer")), everything()
        answer = browser.post(acme.address("tokens"), acme.body("tokens") | {"may": "edit"})
        assert answer.status_code == 200 and b'value="bt_' not in answer.content
        assert everything() == before

    @pytest.mark.parametrize(
        "wrong",
        [{"name": ""}, {"name": "x" * 81}, {"name": "\0"}, {"may": "manage"}, {"may": ""}, {"days": "0"},
         {"days": "-1"}, {"days": "100000"}, {"days": ""}],
    )  # fmt: skip
    def test_a_form_that_makes_no_sense_makes_no_token(self, acme: Tenant, wrong: dict[str, str]) -> None:
        browser, before = signed_in(acme.owner), everything()
        answer = browser.post(acme.address("tokens"), acme.body("tokens") | wrong)
        assert answer.status_code == 200 and b'class="error"' in answer.content
        assert everything() == before

    def test_fields_of_the_server_cannot_be_set(self, acme: Tenant, globex: Tenant) -> None:
        forged = {
            "member": globex.owner.pk, "digest": "0" * 64, "public_id": "B" * 22,
            "expires_at": "2999-01-01", "revoked_at": "2001-01-01", "last_used_at": "2001-01-01",
        }  # fmt: skip
        signed_in(acme.owner).post(acme.address("tokens"), acme.body("tokens") | forged)
        token = acme.owner.api_tokens.get()
        assert token.digest != "0" * 64 and token.public_id != "B" * 22
        assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=31)
        assert token.revoked_at is token.last_used_at is None

    def test_a_members_tokens_are_limited_in_number(self, acme: Tenant) -> None:
        browser = signed_in(acme.owner)
        for _one in range(TOKENS_PER_MEMBER):
            made(acme.owner)
        answer = browser.post(acme.address("tokens"), acme.body("tokens"))
        assert b"Revoke one" in answer.content and acme.owner.api_tokens.count() == TOKENS_PER_MEMBER
        ApiToken.objects.filter(pk=acme.owner.api_tokens.latest("pk").pk).update(revoked_at=timezone.now())
        assert secret_in(browser.post(acme.address("tokens"), acme.body("tokens")))

    def test_a_name_is_never_shown_as_markup(self, acme: Tenant) -> None:
        browser = signed_in(acme.owner)
        body = acme.body("tokens") | {"name": "<img src=x onerror=alert(1)>"}
        assert b"<img src=x" not in browser.post(acme.address("tokens"), body).content
        token = acme.owner.api_tokens.get()
        answer = browser.post(acme.address("token-revoke", api_token=token.public_id), follow=True)
        assert b"<img src=x" not in answer.content

    def test_the_account_leads_to_it(self, acme: Tenant) -> None:
        page = signed_in(acme.owner).get(acme.address("account")).content.decode()
        assert acme.address("tokens") in page

    def test_it_asks_the_database_as_often_for_many_tokens_as_for_one(
        self, acme: Tenant, django_assert_num_queries: Any
    ) -> None:
        browser = signed_in(acme.owner)
        with CaptureQueriesContext(connection) as one:
            browser.get(acme.address("tokens"))
        for role in ROLES:
            made(acme.member(role))
        with django_assert_num_queries(len(one)):
            browser.get(acme.address("tokens"))
