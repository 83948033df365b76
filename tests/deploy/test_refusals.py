"""What Django would refuse with a bare line gets a page."""

import pytest
from django.test import Client

from tests.cast import PASSWORD, owner_of, published

pytestmark = pytest.mark.django_db


def test_an_address_that_only_takes_a_form_says_so_when_it_is_opened() -> None:
    member = owner_of("acme", "alice@example.org")
    survey = published(member)
    client = Client()
    client.force_login(member.user)
    page = client.get(f"/o/acme/surveys/{survey.public_id}/state/")
    assert page.status_code == 405 and page.headers["Allow"] == "POST"
    assert b"Nothing to show here" in page.content


def test_the_api_keeps_its_own_refusals() -> None:
    member = owner_of("acme", "alice@example.org")
    client = Client()
    client.force_login(member.user)
    answer = client.delete("/api/v1/organisations/acme/surveys/")
    assert answer.status_code == 405 and answer.headers["Content-Type"] == "application/problem+json"


def test_a_form_without_its_token_is_explained_and_does_nothing() -> None:
    owner_of("acme", "alice@example.org")
    client = Client(enforce_csrf_checks=True)
    page = client.post("/sign-in/", {"username": "alice@example.org", "password": PASSWORD})
    assert page.status_code == 403 and b"open too long" in page.content
    assert "sessionid" not in client.cookies
