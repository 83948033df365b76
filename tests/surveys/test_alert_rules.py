"""The page and the API of rules: what they take, and what they never tell."""

import json
from typing import Any

import pytest
from django.test import Client

from surveys.follow_up.rules import MOST_PER_SURVEY
from surveys.models import AlertRule, Member, Survey
from surveys.outgoing import webhooks
from tests.cast import joined, owner_of, signed_in
from tests.surveys.endpoints import everything
from tests.surveys.words_cast import recommending

pytestmark = [pytest.mark.django_db, pytest.mark.words]
DETRACTORS = {"item": "nps.score", "lowest": 0, "highest": 6}
URL = "https://hooks.example.org/in"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def client(alice: Member) -> Client:
    return signed_in(alice)


@pytest.fixture
def survey(alice: Member) -> Survey:
    return recommending(alice)


def pages(survey: Survey) -> str:
    return f"/o/acme/surveys/{survey.public_id}/alerts/"


def of_api(client: Client, survey: Survey, method: str, body: Any = None, rule: str = "") -> Any:
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/alert-rules/" + (
        f"{rule}/" if rule else ""
    )
    return client.generic(method, address, json.dumps(body), content_type="application/json")


def problems(answer: Any) -> list[str]:
    assert answer.status_code == 400
    return [one["field"].partition(".")[0] for one in answer.json()["problems"]]


def test_a_rule_is_made_changed_and_removed_on_its_page(
    client: Client, survey: Survey, alice: Member
) -> None:
    form = {**DETRACTORS, "recipients": [alice.public_id], "is_active": "on"}
    form["webhook"] = webhooks.add(survey, URL)[0].public_id
    assert client.post(pages(survey) + "rules/", form).status_code == 302
    rule = AlertRule.objects.get()
    assert (rule.item, rule.lowest, rule.highest, rule.is_active) == ("nps.score", 0, 6, True)
    assert list(rule.recipients.all()) == [alice] and rule.webhook and rule.webhook.url == URL
    address = f"{pages(survey)}rules/{rule.public_id}/"
    shown = client.get(address).content.decode()
    assert f'value="{form["webhook"]}" selected' in shown and f'value="{alice.public_id}"' in shown
    assert client.post(address, {**form, "highest": 4}).status_code == 302
    changed = AlertRule.objects.get()
    assert changed.highest == 4 and changed.since > rule.since
    assert client.post(address, {**form, "highest": 4, "recipients": []}).status_code == 302
    assert AlertRule.objects.get().since == changed.since and not changed.recipients.exists()
    assert client.post(address, {"do": "remove"}).status_code == 302 and not AlertRule.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"highest": 11}, "highest"), ({"lowest": -1}, "lowest"), ({"lowest": 7}, "highest"),
        ({"item": "nps.reason"}, "item"), ({"item": "own.region"}, "item"), ({"item": "' OR 1=1"}, "item"),
        ({"lowest": "x"}, "lowest"), ({"tells_comment": True}, "tells_comment"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_names_the_field(
    client: Client, survey: Survey, changes: dict[str, Any], field: str
) -> None:
    assert problems(of_api(client, survey, "POST", DETRACTORS | changes)) == [field]
    if field != "tells_comment":  # which the page of an anonymous survey does not ask
        answer = client.post(pages(survey) + "rules/", DETRACTORS | changes)
        assert answer.status_code == 200 and f'id="id_{field}_error"' in answer.content.decode()
    assert not AlertRule.objects.exists()


def test_neither_foreign_members_and_addresses_nor_viewers_are_taken(
    client: Client, survey: Survey, alice: Member
) -> None:
    gus = owner_of("globex", "gus@example.org")
    foreign, _secret = webhooks.add(recommending(gus), URL)
    sibling, _secret = webhooks.add(recommending(alice), URL)
    viewer = joined(alice, "vera@example.org", "viewer")
    before = everything()
    for field, value in [
        ("recipients", [gus.public_id]),
        ("recipients", [viewer.public_id]),
        ("webhook", foreign.public_id),
        ("webhook", sibling.public_id),
    ]:
        answer = of_api(client, survey, "POST", {**DETRACTORS, field: value})
        assert problems(answer) == [field]
        own, nothing = (value[0], ["A" * 22]) if isinstance(value, list) else (value, "A" * 22)
        absent = of_api(client, survey, "POST", {**DETRACTORS, field: nothing}).content.decode()
        assert answer.content.decode().replace(str(own), "A" * 22) == absent
    for form in (
        {"recipients": [str(gus.pk)]},
        {"recipients": [str(viewer.pk)]},
        {"webhook": str(foreign.pk)},
    ):
        assert client.post(pages(survey) + "rules/", DETRACTORS | form).status_code == 200
    assert everything() == before


def test_there_are_only_so_many_rules(client: Client, survey: Survey) -> None:
    AlertRule.objects.bulk_create(AlertRule(survey=survey, **DETRACTORS) for _one in range(MOST_PER_SURVEY))
    assert of_api(client, survey, "POST", DETRACTORS).status_code == 400
    assert client.post(pages(survey) + "rules/", DETRACTORS).status_code == 200
    assert AlertRule.objects.count() == MOST_PER_SURVEY


def test_the_page_says_when_messages_come(client: Client, survey: Survey) -> None:
    for privacy, once, is_at_once in [("anonymous", "come once a day", False), ("confidential", "", True)]:
        Survey.objects.update(privacy=privacy)
        content = client.get(pages(survey) + "rules/").content.decode()
        assert once in content and ("within a minute" in content) == is_at_once
