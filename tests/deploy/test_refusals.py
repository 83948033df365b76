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


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize(
    "unknown",
    ["/api/", "/api/v1/", "/api/v2/organisations/acme/", "/api/v1/organisations/acme/nothing/",
     "/api/v1/organisations/acme/surveys/short/", "/api/%00/", "/api/<b>/"],
)  # fmt: skip
def test_what_the_api_does_not_have_is_answered_as_what_is_not_found_there(unknown: str, method: str) -> None:
    member = owner_of("acme", "alice@example.org")
    client = Client(raise_request_exception=False)
    client.force_login(member.user)
    known = client.get(f"/api/v1/organisations/acme/surveys/{'A' * 22}/")
    answer = getattr(client, method)(unknown)
    assert answer.status_code == known.status_code == 404
    assert answer.headers["Content-Type"] == known.headers["Content-Type"] == "application/problem+json"
    assert answer.content == known.content


@pytest.mark.parametrize("unknown", ["/nothing/", "/o/acme/api/", "/apis/", "/s/x/"])
def test_of_other_addresses_that_are_unknown_there_is_a_page(unknown: str) -> None:
    answer = Client().get(unknown)
    assert answer.status_code == 404 and answer.headers["Content-Type"].startswith("text/html")


def test_a_form_without_its_token_is_explained_and_does_nothing() -> None:
    owner_of("acme", "alice@example.org")
    client = Client(enforce_csrf_checks=True)
    page = client.post("/sign-in/", {"username": "alice@example.org", "password": PASSWORD})
    assert page.status_code == 403 and b"open too long" in page.content
    assert "sessionid" not in client.cookies
