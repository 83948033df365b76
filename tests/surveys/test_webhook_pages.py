"""The page and the API of webhooks: what they take, what they say of each, and what they never tell."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from surveys.models import AlertRule, Member, Survey, Webhook, WebhookDelivery
from surveys.outgoing import webhooks
from surveys.outgoing.signing import secret_of
from tests.cast import joined, owner_of, signed_in
from tests.surveys.endpoints import everything
from tests.surveys.receiver_cast import Receiver
from tests.surveys.words_cast import recommending

pytestmark = [pytest.mark.django_db, pytest.mark.words]
URL = "https://hooks.example.org/in"
BOTH = ["response.finished", "index.released"]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def client(alice: Member) -> Client:
    return signed_in(alice)


@pytest.fixture
def survey(alice: Member) -> Survey:
    return recommending(alice)


def page(survey: Survey, one: Webhook | None = None) -> str:
    return f"/o/acme/surveys/{survey.public_id}/webhooks/" + (f"{one.public_id}/" if one else "")


def shown(client: Client, survey: Survey) -> str:
    """The page's text, without tags."""
    content = client.get(page(survey)).content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", content)).split())


def of_api(client: Client, survey: Survey, method: str, body: Any = None, path: str = "") -> Any:
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/webhooks/{path}"
    return client.generic(method, address, json.dumps(body), content_type="application/json")


def test_a_survey_s_settings_and_its_rules_lead_to_the_page(client: Client, survey: Survey) -> None:
    for there in ("", "alerts/rules/"):
        content = client.get(f"/o/acme/surveys/{survey.public_id}/{there}").content.decode()
        assert f'href="{page(survey)}"' in content


def test_a_webhook_is_made_changed_and_removed_on_its_page(client: Client, survey: Survey) -> None:
    answer = client.post(page(survey), {"url": URL, "events": BOTH[1:]})
    own = Webhook.objects.get()
    assert answer.status_code == 200 and (own.url, own.events) == (URL, BOTH[1:])
    checked = re.findall(r'value="([a-z.]+)"[^>]*checked', client.get(page(survey)).content.decode())
    assert checked == BOTH[1:]
    for chosen in (BOTH, BOTH[:1], []):
        assert client.post(page(survey, own), {"do": "events", "events": chosen}).status_code == 302
        own.refresh_from_db()
        assert own.events == chosen and (own.counted_until is None) == (BOTH[0] not in chosen)
    assert client.post(page(survey, own), {"do": "events", "events": "alert.opened"}).status_code == 404
    assert client.post(page(survey, own), {"do": "nothing"}).status_code == 404
    assert client.post(page(survey, own), {"do": "remove"}).status_code == 302
    assert not Webhook.objects.exists() and "The address is removed." in shown(client, survey)


def test_a_program_makes_changes_and_removes_one(client: Client, survey: Survey) -> None:
    answer = of_api(client, survey, "POST", {"url": URL})
    assert answer.status_code == 201 and answer.json()["events"] == []
    own = answer.json()["id"] + "/"
    assert of_api(client, survey, "PATCH", {"events": BOTH[::-1]}, own).json()["events"] == BOTH
    told = of_api(client, survey, "GET", path=own).json()
    assert told | {"events": BOTH, "waiting": 0, "given_up": 0, "test": None, "problem": ""} == told
    assert of_api(client, survey, "PATCH", told, own).status_code == 200  # as it was read
    assert [one["id"] for one in of_api(client, survey, "GET").json()["results"]] == [told["id"]]
    assert of_api(client, survey, "DELETE", path=own).status_code == 204
    assert of_api(client, survey, "GET", path=own).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": URL, "events": ["alert.opened"]}, "events"), ({"url": URL, "events": "x"}, "events"),
        ({"url": URL, "events": [BOTH] * 3}, "events"), ({"url": URL, "secret": "whsec_x"}, "secret"),
        ({"url": URL, "events": None}, "events"), ({"url": "http://127.0.0.1/"}, "url"),
    ],
)  # fmt: skip
def test_what_cannot_be_names_the_field(
    client: Client, survey: Survey, body: dict[str, Any], field: str
) -> None:
    answer = of_api(client, survey, "POST", body)
    assert answer.status_code == 400 and not Webhook.objects.exists()
    assert field in {one["field"].partition(".")[0] for one in answer.json()["problems"]}


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://169.254.169.254/", "http://a.org\n/", "x", URL])
def test_an_address_that_nothing_is_posted_to_is_refused(client: Client, survey: Survey, url: str) -> None:
    webhooks.add(survey, URL)
    answer = client.post(page(survey), {"url": url, "events": BOTH})
    content = answer.content.decode()
    assert answer.status_code == 200 and 'id="id_url_error"' in content
    assert content.count("checked") == 2  # nothing that was typed is lost
    assert of_api(client, survey, "POST", {"url": url}).status_code == 400
    assert Webhook.objects.count() == 1


def test_a_secret_is_shown_once_and_told_by_nothing_else(client: Client, survey: Survey) -> None:
    secrets = [html.unescape(client.post(page(survey), {"url": URL}).content.decode())]
    own = Webhook.objects.get()
    assert secret_of(own) in secrets[0]
    secrets.append(html.unescape(client.post(page(survey, own), {"do": "rotate"}).content.decode()))
    own.refresh_from_db()
    assert secret_of(own) in secrets[1] and secret_of(own) not in secrets[0]
    again = of_api(client, survey, "POST", path=f"{own.public_id}/secret/")
    own.refresh_from_db()
    assert again.status_code == 200 and again.json()["secret"] == secret_of(own)
    made = of_api(client, survey, "POST", {"url": URL + "2"}).json()
    assert made["secret"] == secret_of(Webhook.objects.get(public_id=made["id"]))
    rule = {"item": "nps.score", "lowest": 0, "highest": 6, "webhook": own.public_id}
    rules = f"/api/v1/organisations/acme/surveys/{survey.public_id}/alert-rules/"
    assert client.post(rules, json.dumps(rule), content_type="application/json").status_code == 201
    told = [client.get(one) for one in (page(survey), rules, f"/o/acme/surveys/{survey.public_id}/alerts/")]
    told += [of_api(client, survey, "GET"), of_api(client, survey, "GET", path=f"{own.public_id}/")]
    told += [of_api(client, survey, "POST", path=f"{own.public_id}/{one}/") for one in ("test", "again")]
    told.append(of_api(client, survey, "PATCH", {"events": BOTH}, f"{own.public_id}/"))
    content = html.unescape("".join(one.content.decode() for one in told)) + repr(everything())
    assert "whsec_" not in content and secret_of(own).partition("_")[2] not in content
    client.post(page(survey, own), {"do": "remove"})
    assert AlertRule.objects.get().webhook is None


def test_it_says_how_an_address_takes_what_is_posted(client: Client, survey: Survey) -> None:
    own, _secret = webhooks.add(survey, URL)
    webhooks.add(survey, URL + "/other")
    for state, problem in [("waiting", "HTTP 500"), ("waiting", ""), ("failed", "HTTP <b>"), ("done", "")]:
        message = webhooks.enqueue(own, "alert.opened", {}, None)
        WebhookDelivery.objects.filter(pk=message.pk).update(state=state, problem=problem)
    said = shown(client, survey)
    assert "Waiting 2 Given up 1 Last problem HTTP <b>" in said and "HTTP <b>" not in client.get(
        page(survey)
    ).content.decode().replace("HTTP &lt;b&gt;", "")
    assert said.count("nothing yet") == 2 and "Nothing was taken since" not in said
    told = of_api(client, survey, "GET", path=f"{own.public_id}/").json()
    assert (told["waiting"], told["given_up"], told["problem"]) == (2, 1, "HTTP <b>")


def test_an_address_that_fails_is_said_to_and_what_was_given_up_is_tried_again(
    client: Client, survey: Survey, webhook: Webhook, receiver: Receiver
) -> None:
    receiver.statuses = [503]
    webhooks.enqueue(webhook, "alert.opened", {"n": 1}, None)
    webhooks.send_waiting()
    assert "Nothing was taken since" in shown(client, survey) and "HTTP 503" in shown(client, survey)
    WebhookDelivery.objects.update(state="failed", attempts=10)
    receiver.statuses = [200]
    assert client.post(page(survey, webhook), {"do": "again"}).status_code == 302
    assert "1 message is tried again." in shown(client, survey) and webhooks.send_waiting() == 1
    assert "Nothing was taken since" not in shown(client, survey)
    assert webhooks.try_again(webhook) == 0 and len(receiver.received) == 2


# -- the test message


def test_a_test_message_goes_as_the_others_do_and_the_page_says_what_came_of_it(
    client: Client, survey: Survey, webhook: Webhook, receiver: Receiver
) -> None:
    receiver.statuses, receiver.location = [302, 200], "http://169.254.169.254/"
    assert client.post(page(survey, webhook), {"do": "test"}).status_code == 302
    assert "Test message on its way Look again" in shown(client, survey)
    assert webhooks.send_waiting() == 0
    assert "Test message not taken HTTP 302 · tried again at" in shown(client, survey)
    WebhookDelivery.objects.update(next_try_at=timezone.now())
    assert webhooks.send_waiting() == 1 and "Test message taken" in shown(client, survey)
    (_first, (path, headers, body)) = receiver.received
    sent = json.loads(body)
    assert path == "/hook?a=b" and headers["webhook-id"] == sent["id"] and headers["webhook-signature"]
    assert sent["event"] == "webhook.test" and sent["data"] == {"survey": survey.public_id}


def test_there_is_one_test_of_each_webhook_and_it_goes_before_what_waits(
    client: Client, survey: Survey, webhook: Webhook, receiver: Receiver
) -> None:
    receiver.statuses = [500]
    for _one in range(3):
        webhooks.enqueue(webhook, "alert.opened", {}, None)
    for _one in range(3):
        answer = of_api(client, survey, "POST", path=f"{webhook.public_id}/test/")
        assert answer.status_code == 202 and answer.json()["test"]["state"] == "waiting"
    webhooks.send_waiting()
    ((_path, _headers, body),) = receiver.received
    assert json.loads(body)["event"] == "webhook.test"
    told = of_api(client, survey, "GET", path=f"{webhook.public_id}/").json()
    assert (told["test"]["attempts"], told["test"]["problem"], told["waiting"]) == (1, "HTTP 500", 4)


def test_a_test_message_reaches_no_private_address_either(
    client: Client, survey: Survey, webhook: Webhook, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    client.post(page(survey, webhook), {"do": "test"})
    assert webhooks.send_waiting() == 0 and not receiver.received
    assert "not of the public network" in shown(client, survey)


# -- others


def test_viewers_and_other_organisations_neither_see_nor_change_one(survey: Survey, alice: Member) -> None:
    own, _secret = webhooks.add(survey, URL, BOTH)
    viewer = signed_in(joined(alice, "vera@example.org", "viewer"))
    gus = owner_of("globex", "gus@example.org")
    foreign, _secret = webhooks.add(recommending(gus), URL)
    sibling, _secret = webhooks.add(recommending(alice), URL)
    before = everything()
    for path in ("", f"{own.public_id}/"):
        assert of_api(viewer, survey, "GET", path=path).status_code == 403
    assert viewer.get(page(survey)).status_code == 403
    assert of_api(viewer, survey, "PATCH", {"events": []}, f"{own.public_id}/").status_code == 403
    client = signed_in(alice)
    for one in (foreign, sibling):
        for path, method in [("", "PATCH"), ("", "DELETE"), ("secret/", "POST"), ("test/", "POST")]:
            answer = of_api(client, survey, method, {"events": []}, f"{one.public_id}/{path}")
            absent = of_api(client, survey, method, {"events": []}, f"{'A' * 22}/{path}")
            assert answer.status_code == absent.status_code == 404 and answer.content == absent.content
        for do in ("rotate", "remove", "test", "again", "events"):
            assert client.post(page(survey, one), {"do": do}).status_code == 404
    assert everything() == before
