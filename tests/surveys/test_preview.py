"""The preview: the public form over a draft, walked with test answers that are stored nowhere."""

import re
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from surveys.models import Member, Survey
from tests.cast import ECSI, REGION, draft, joined, key_in, owner_of, page_of, published, signed_in
from tests.surveys.endpoints import everything

pytestmark = [pytest.mark.django_db, pytest.mark.words]
NPS = {"kind": "instrument", "instrument": "nps"}
CRITICS = page_of(
    {"code": "why", "type": "short", "text": {"en": "What went wrong?"}, "required": True},
    code="critics",
    show_if=[{"question": "nps.score", "operator": "at_most", "values": [6]}],
)


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def author(alice: Member) -> Client:
    return signed_in(alice)


@pytest.fixture
def survey(alice: Member) -> Survey:
    return draft(alice, parts=[NPS, CRITICS, page_of(REGION)], languages=["en"], thanks={"en": "Bye now"})


def at(survey: Survey) -> str:
    return f"/o/acme/surveys/{survey.public_id}/preview/"


def go(author: Client, survey: Survey, page: Any, **fields: Any) -> Any:
    """Send what is shown with these fields, whose names have a line for the dot, and go on."""
    shown = re.search(r'name="page" value="([^"]+)"', page.content.decode())
    assert shown
    named = {name.replace("__", "."): value for name, value in fields.items()}
    button = {} if {"back", "switch"} & set(fields) else {"next": "1"}
    return author.post(at(survey), {"key": key_in(page), "page": shown[1], **button, **named})


def test_it_says_that_nothing_is_stored_and_stores_nothing(author: Client, survey: Survey) -> None:
    before = everything()
    page = author.get(at(survey))
    assert b"Preview: nothing is stored" in page.content and b"<script" not in page.content
    page = go(author, survey, page, nps__score="9")
    page = go(author, survey, page, own__region="north")
    assert b"Thank you" in page.content and b"Bye now" in page.content
    assert b"Preview: nothing is stored" in page.content
    assert everything() == before


def test_conditions_work(author: Client, survey: Survey) -> None:
    critic = go(author, survey, author.get(at(survey)), nps__score="0")
    assert b"What went wrong?" in critic.content
    promoter = go(author, survey, author.get(at(survey)), nps__score="9")
    assert b"Region" in promoter.content and b"What went wrong?" not in promoter.content


def test_answers_stay_on_the_way_back(author: Client, survey: Survey) -> None:
    page = go(author, survey, author.get(at(survey)), nps__score="9")
    page = go(author, survey, page, back="1", own__region="south")
    assert re.search(r'value="9"[^>]* checked', page.content.decode())
    page = go(author, survey, page, nps__score="9")
    assert re.search(r'value="south"[^>]* checked', page.content.decode())


def test_wrong_and_missing_answers_are_refused_as_in_the_public_form(author: Client, survey: Survey) -> None:
    page = go(author, survey, author.get(at(survey)), nps__score="11")
    assert page.status_code == 400 and b'class="problem"' in page.content
    critic = go(author, survey, author.get(at(survey)), nps__score="0")
    missing = go(author, survey, critic, own__why=" ")
    assert missing.status_code == 400 and b"Please answer this question" in missing.content


def test_consent_is_asked_for_first(author: Client, survey: Survey) -> None:
    Survey.objects.update(consent={"en": "I agree to this"})
    page = author.get(at(survey))
    assert b"I agree to this" in page.content
    refused = go(author, survey, page, nps__score="9")
    assert refused.status_code == 403 and b"Please agree first" in refused.content
    agreed = go(author, survey, page, nps__score="9", consent="1")
    assert agreed.status_code == 200 and b"I agree to this" not in agreed.content


def test_every_language_can_be_looked_at(author: Client, alice: Member) -> None:
    survey = draft(alice, parts=[ECSI])
    for language in survey.languages:
        page = author.get(at(survey), {"language": language})
        assert f'<html lang="{language}"' in page.content.decode()
    switched = go(author, survey, page, switch="zh-hans")
    assert "您对艾克美的印象如何" in switched.content.decode()


def test_a_draft_with_mistakes_shows_what_is_missing(author: Client, alice: Member) -> None:
    gone = {"kind": "instrument", "instrument": "gone"}
    survey = draft(alice, parts=[gone, page_of(REGION)], languages=["en", "zh-hans"], words={})
    region = {**REGION, "text": {"zh-hans": "地区"}}
    Survey.objects.update(parts=[gone, NPS, page_of(region)])
    page = author.get(at(survey), {"language": "en"})
    assert page.status_code == 200 and b"{company}" in page.content
    assert b"[text missing]" in go(author, survey, page, nps__score="9").content


def test_an_empty_draft_leads_back(author: Client, alice: Member) -> None:
    survey = draft(alice, parts=[page_of()])
    answer = author.get(at(survey), follow=True)
    assert b"nothing to preview" in answer.content


def test_a_key_that_is_not_of_this_preview_begins_anew(author: Client, survey: Survey) -> None:
    foreign = signing.dumps(["another survey", {"nps.score": 0}, True], salt="surveys.preview")
    misused = signing.dumps([survey.public_id, {"nps.score": 0}, True], salt="another purpose")
    for key in ("", "forged", "x" * 10_000, foreign, misused, signing.dumps(1, salt="surveys.preview")):
        page = author.post(at(survey), {"key": key, "page": "own.critics", "next": "1", "own.why": "x"})
        assert page.status_code == 200 and b"Step 1" in page.content


def test_its_key_is_worth_nothing_in_the_public_form(author: Client, alice: Member) -> None:
    survey = published(alice, parts=[NPS])
    fields = {"key": key_in(author.get(at(survey))), "page": "nps.score", "next": "1", "nps.score": "9"}
    assert Client().post(f"/s/{survey.public_id}/", fields).status_code == 400
    assert not survey.responses.exists()


def test_it_is_for_those_who_may_edit(alice: Member, survey: Survey) -> None:
    viewer = joined(alice, "victor@example.org", "viewer")
    assert signed_in(viewer).get(at(survey)).status_code == 403
    assert Client().get(at(survey)).status_code == 302


def test_its_form_carries_the_token_that_a_manager_needs(alice: Member, survey: Survey) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice.user)
    page = strict.get(at(survey))
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert token
    assert go(strict, survey, page, nps__score="9").status_code == 403
    assert go(strict, survey, page, nps__score="9", csrfmiddlewaretoken=token[1]).status_code == 200
