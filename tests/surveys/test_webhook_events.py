"""Finished responses, told to other programs: each once, at once or counted in the morning, or not at all."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from surveys import tasks
from surveys.channels.addresses import address_of
from surveys.mailings.links import link_of
from surveys.models import Organisation, Recipient, Response, Survey, Webhook, WebhookDelivery
from surveys.outgoing import deliveries, events, webhooks
from surveys.responses import answering, keys
from surveys.responses.ids import finished_response
from surveys.responses.withdrawing import withdraw
from tests.cast import key_in, owner_of, published, with_mobi_answers
from tests.surveys.mailing_cast import known, planned, sent_now
from tests.surveys.receiver_cast import Receiver
from tests.surveys.words_cast import handed_in, recommending, wrote

pytestmark = pytest.mark.django_db
FINISHED = ["response.finished"]
URL = "https://hooks.example.org/"


@pytest.fixture
def survey() -> Survey:
    return recommending(owner_of("acme", "alice@example.org"), privacy="confidential")


@pytest.fixture
def asking(survey: Survey) -> Webhook:
    return webhooks.add(survey, URL, FINISHED)[0]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def made_anonymous(survey: Survey, zone: str = "UTC") -> None:
    Survey.objects.filter(pk=survey.pk).update(privacy="anonymous")
    Organisation.objects.update(time_zone=zone)
    survey.refresh_from_db()


def told() -> list[Any]:
    return [one.payload for one in WebhookDelivery.objects.order_by("pk")]


# -- a confidential survey


def test_a_finished_response_is_told_at_once_and_without_its_answers(
    survey: Survey, webhook: Webhook, receiver: Receiver
) -> None:
    webhooks.change_events(webhook, FINISHED)
    webhooks.add(survey, URL)  # which asked for nothing
    handed_in(survey, 3, "Nobody must read this here")
    assert webhooks.send_waiting() == 1
    ((_path, headers, body),) = receiver.received
    sent, response = json.loads(body), Response.objects.get()
    assert sent["event"] == "response.finished" and sent["id"] == headers["webhook-id"]
    told, period = sent["data"], response.period
    assert period and response.finished_at
    assert finished_response(survey, told.pop("response")) == response
    assert datetime.fromisoformat(told.pop("finished_at")) == response.finished_at.replace(microsecond=0)
    link = told.pop("link")
    assert link.startswith(f"http://127.0.0.1:8000/o/acme/surveys/{survey.public_id}/responses/")
    assert Client().get(told.pop("api")).status_code == 403  # nobody reads it without a token
    about = {"survey": survey.public_id, "period": period.name, "language": "en"}
    assert told == about | {"channel": None, "contact": None}
    assert b"Nobody" not in body and b"nps" not in body and b"south" not in body


def test_who_was_invited_is_named_as_the_company_does(survey: Survey, asking: Webhook) -> None:
    (ann,) = known(survey.organisation, "ann@example.org", key="K-17")
    planned(survey)
    sent_now()
    link = link_of(Recipient.objects.get(), "en")
    handed_in(survey, 3, query="?" + link.partition("?")[2])
    assert asking.deliveries.get().payload["contact"] == {"id": ann.public_id, "key": "K-17"}


def test_the_channel_is_named(survey: Survey, asking: Webhook) -> None:
    channel = survey.channels.create(name="Counter")
    client = Client()
    key = key_in(client.get(address_of(channel).replace("http://127.0.0.1:8000", "")))
    for page, fields in [("nps.score", {"nps.score": "3"}), ("own.about_you", {"own.region": "north"})]:
        client.post(f"/s/{survey.public_id}/", {"key": key, "page": page, "next": "1", **fields})
    assert [one["channel"] for one in told()] == [{"id": channel.public_id, "name": "Counter"}]


def test_an_answer_that_is_not_finished_or_sent_again_is_no_news(survey: Survey, asking: Webhook) -> None:
    version = survey.current_version
    assert version
    key = keys.chosen_key(version, "a-key-of-a-program")
    answering.save(survey, key, {"nps.score": 3}, "en")
    assert told() == []
    assert [answering.hand_in(survey, key, {"nps.score": 3}, "en") for _time in range(3)] == [
        True,
        False,
        False,
    ]
    with pytest.raises(answering.AlreadyFinished):
        answering.hand_in(survey, key, {"nps.score": 9}, "en")
    assert len(told()) == 1


def test_what_is_not_stored_is_not_told(survey: Survey, asking: Webhook) -> None:
    version = survey.current_version
    assert version
    key = keys.chosen_key(version, "a-key-of-a-program")
    with suppress(KeyboardInterrupt), transaction.atomic():
        answering.hand_in(survey, key, {"nps.score": 3}, "en")
        assert len(told()) == 1
        raise KeyboardInterrupt
    assert told() == [] and not Response.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_handed_in_twenty_times_at_once_it_is_told_once(survey: Survey, asking: Webhook) -> None:
    address = f"/api/v1/questionnaires/{survey.public_id}/responses/"
    body = {"key": "a-key-of-a-program", "language": "en", "answers": {"nps.score": 3}}

    def send(_number: int) -> int:
        try:
            answer = Client().post(address, json.dumps(body), content_type="application/json")
            return int(answer.status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(send, range(20)))
    assert set(statuses) <= {200, 201} and Response.objects.count() == len(told()) == 1


def test_the_database_itself_holds_each_only_once(survey: Survey, asking: Webhook) -> None:
    for _time in range(2):
        webhooks.tell([asking], "response.finished", "1", {})
    assert len(told()) == 1
    same = {"webhook": asking, "event": "response.finished", "about": "1", "payload": {}}
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookDelivery.objects.create(**same)
    for _time in range(2):  # of what may come more than once nothing is named
        WebhookDelivery.objects.create(**same | {"about": ""})


def test_an_answer_taken_back_is_told_to_nobody_any_more(
    survey: Survey, webhook: Webhook, receiver: Receiver
) -> None:
    webhooks.change_events(webhook, FINISHED)
    code = handed_in(survey, 3)
    assert len(told()) == 1 and withdraw(code)
    assert told() == [] and webhooks.send_waiting() == 0 and not receiver.received


@pytest.mark.parametrize("privacy", ["confidential", "anonymous"])
def test_imported_answers_are_no_news(asking: Webhook, privacy: str) -> None:
    survey = with_mobi_answers(owner_of("globex", "gina@example.org"), privacy=privacy)
    webhooks.add(survey, URL, FINISHED)
    Webhook.objects.update(counted_until=timezone.now() - timedelta(days=5))
    survey.responses.update(finished_at=timezone.now() - timedelta(days=2))
    tasks.send_webhooks()
    assert survey.responses.count() == 250 and told() == []


@pytest.mark.parametrize("privacy", ["confidential", "anonymous"])
def test_simulated_answers_are_no_news(survey: Survey, asking: Webhook, privacy: str) -> None:
    Survey.objects.update(privacy=privacy, is_simulated=True)
    Webhook.objects.update(counted_until=timezone.now() - timedelta(days=5))
    handed_in(survey, 3)
    survey.responses.update(finished_at=timezone.now() - timedelta(days=2))
    tasks.send_webhooks()
    assert survey.responses.count() == 1 and told() == []


@pytest.mark.parametrize(("privacy", "most"), [("confidential", 1), ("anonymous", 0)])
def test_a_survey_without_webhooks_hardly_pays(survey: Survey, privacy: str, most: int) -> None:
    Survey.objects.update(privacy=privacy)
    with CaptureQueriesContext(connection) as queries:
        handed_in(survey, 3)
    assert sum("webhook" in one["sql"] for one in queries) == most


def test_links_come_from_the_configured_address(survey: Survey, asking: Webhook, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["*"], "https://voice.example.org"
    body = {"key": "a-key-of-a-program", "language": "en", "answers": {"nps.score": 3}}
    answer = Client().post(
        f"/api/v1/questionnaires/{survey.public_id}/responses/",
        json.dumps(body),
        content_type="application/json",
        headers={"host": "evil.example.com", "x-forwarded-host": "evil.example.com"},
    )
    assert answer.status_code == 201
    assert told()[0]["link"].startswith("https://voice.example.org/o/acme/") and "evil" not in repr(told())


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets nobody write in between")
@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_is_removed_meanwhile_loses_nobody_their_answers(
    survey: Survey, asking: Webhook
) -> None:
    def remove() -> None:
        webhooks.remove(Webhook.objects.get(pk=asking.pk))
        connections.close_all()

    def removing(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'INSERT INTO "surveys_webhookdelivery"' in sql:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(remove).result()
        return execute(sql, params, many, context)

    version = survey.current_version
    assert version
    key = keys.chosen_key(version, "a-key-of-a-program")
    with connection.execute_wrapper(removing):
        assert answering.hand_in(survey, key, {"nps.score": 3}, "en")
    assert Response.objects.get().state == "finished" and told() == [] and not Webhook.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets nobody write in between")
@pytest.mark.django_db(transaction=True)
def test_a_message_stored_while_its_webhook_is_removed_goes_with_it(survey: Survey, asking: Webhook) -> None:
    stored = []

    def store() -> None:
        stored.append(webhooks.enqueue(Webhook.objects.get(pk=asking.pk), "alert.opened", {}, None))
        connections.close_all()

    def storing(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('DELETE FROM "surveys_webhook" ') and not stored:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(store).result()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(storing):
        webhooks.remove(asking)
    assert stored and told() == [] and not Webhook.objects.exists()


# -- an anonymous survey


def counted(now: str) -> list[int]:
    """How many each message says that are written by then."""
    before = set(WebhookDelivery.objects.values_list("pk", flat=True))
    events.count_finished(at(now))
    return [one.payload["new"] for one in WebhookDelivery.objects.exclude(pk__in=before).order_by("pk")]


def test_of_an_anonymous_survey_is_told_in_the_morning_how_many_there_were(
    survey: Survey, webhook: Webhook, receiver: Receiver
) -> None:
    made_anonymous(survey)
    webhooks.change_events(webhook, FINISHED)
    handed_in(survey, 3, "Not to be told")
    handed_in(survey, 9)
    assert told() == []
    now = timezone.now()
    morning = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=8)
    assert events.count_finished(morning - timedelta(seconds=1)) == 0
    assert events.count_finished(morning) == 1 and events.count_finished(morning) == 0
    assert webhooks.send_waiting() == 1
    ((_path, _headers, body),) = receiver.received
    sent = json.loads(body)
    assert sent["event"] == "responses.finished"
    assert sent["data"] == {
        "survey": survey.public_id,
        "new": 2,
        "since": f"{now.date()}T00:00:00Z",
        "until": f"{morning.date()}T00:00:00Z",
        "link": f"http://127.0.0.1:8000/o/acme/surveys/{survey.public_id}/fieldwork/",
    }


@pytest.mark.parametrize(
    ("zone", "midnight", "morning"),
    [
        ("UTC", "2026-03-02T00:00", "2026-03-02T08:00"),
        ("Asia/Shanghai", "2026-03-01T16:00", "2026-03-02T00:00"),
        ("America/Los_Angeles", "2026-03-02T08:00", "2026-03-02T16:00"),
        ("Europe/Berlin", "2026-03-28T23:00", "2026-03-29T06:00"),  # summer time begins
        ("Europe/Berlin", "2026-10-24T22:00", "2026-10-25T07:00"),  # and ends
    ],
)
def test_days_are_those_of_the_organisation_and_each_answer_is_counted_once(
    survey: Survey, asking: Webhook, zone: str, midnight: str, morning: str
) -> None:
    made_anonymous(survey, zone)
    edge, second = at(midnight), timedelta(seconds=1)
    Webhook.objects.update(counted_until=edge - timedelta(days=3))
    for when in (edge - timedelta(days=3), edge - timedelta(hours=1), edge - second):
        wrote(survey, finished_at=when)
    for when in (edge, edge + second, edge + timedelta(hours=7)):
        wrote(survey, finished_at=when)
    wrote(survey, finished_at=edge - timedelta(days=3) - second)  # told of before
    Webhook.objects.update(counted_until=edge - timedelta(days=3))
    before = (at(morning) - second).replace(tzinfo=None).isoformat()
    assert sum(counted(before)) + sum(counted(morning)) == 3
    next_day = (at(morning) + timedelta(hours=26)).replace(tzinfo=None).isoformat()
    assert counted(next_day) == [3] and counted(next_day) == []
    bounds = [(one["since"], one["until"]) for one in told()]
    assert all(first[1] == then[0] for first, then in pairwise(bounds))


def test_days_on_which_no_worker_ran_or_nobody_answered(survey: Survey, asking: Webhook) -> None:
    made_anonymous(survey)
    Webhook.objects.update(counted_until=at("2026-03-01"))
    for day in (1, 2, 2, 4):
        wrote(survey, finished_at=at(f"2026-03-0{day}T12:00"))
    assert counted("2026-03-04T09:00") == [3]  # of three days together
    assert counted("2026-03-05T09:00") == [1] and counted("2026-03-06T09:00") == []
    assert Webhook.objects.get().counted_until == at("2026-03-06")


def test_a_worker_that_dies_while_it_counts_changes_nothing(survey: Survey, asking: Webhook) -> None:
    made_anonymous(survey)
    Webhook.objects.update(counted_until=at("2026-03-01"))
    wrote(survey, finished_at=at("2026-03-01T12:00"))
    with suppress(KeyboardInterrupt), transaction.atomic():
        assert counted("2026-03-02T09:00") == [1]
        raise KeyboardInterrupt
    assert told() == [] and counted("2026-03-02T09:00") == [1]


@pytest.mark.django_db(transaction=True)
def test_counted_in_several_places_at_once_it_is_told_once(survey: Survey, asking: Webhook) -> None:
    made_anonymous(survey)
    Webhook.objects.update(counted_until=at("2026-03-01"))
    wrote(survey, finished_at=at("2026-03-01T12:00"))

    def count(_number: int) -> int:
        try:
            return events.count_finished(at("2026-03-02T09:00"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(count, range(6))) == [0, 0, 0, 0, 0, 1]
    assert [one["new"] for one in told()] == [1]


def test_who_asks_anew_learns_of_no_part_of_a_day(survey: Survey, asking: Webhook) -> None:
    made_anonymous(survey, "Asia/Taipei")
    for chosen in ([], FINISHED, [*FINISHED, "index.released"]):
        webhooks.change_events(asking, chosen)
    here = timezone.now() + timedelta(hours=8)
    began = datetime.combine(here.date(), datetime.min.time(), UTC) - timedelta(hours=8)
    assert Webhook.objects.get().counted_until == began
    Webhook.objects.update(counted_until=at("2026-03-01"))
    webhooks.change_events(asking, FINISHED)
    assert Webhook.objects.get().counted_until == at("2026-03-01")  # what is due is not lost
    webhooks.change_events(asking, [])
    assert events.count_finished(timezone.now() + timedelta(days=3)) == 0


def test_a_survey_that_cannot_be_counted_holds_up_no_other(survey: Survey, asking: Webhook) -> None:
    made_anonymous(survey)
    broken = published(owner_of("globex", "gina@example.org"))
    webhooks.add(broken, URL, FINISHED)
    Organisation.objects.filter(slug="acme").update(time_zone="No/Where")
    Webhook.objects.update(counted_until=at("2026-03-01"))
    wrote(broken, finished_at=at("2026-03-01T12:00"))
    assert counted("2026-03-02T09:00") == [1]


# -- an address that fails


def test_how_long_an_address_has_taken_nothing_is_known(webhook: Webhook, receiver: Receiver) -> None:
    receiver.statuses = [500, 500, 200]
    webhooks.enqueue(webhook, "alert.opened", {}, None)
    since = []
    for _time in range(3):
        WebhookDelivery.objects.update(next_try_at=timezone.now())
        webhooks.send_waiting()
        webhook.refresh_from_db()
        since.append(webhook.failing_since)
    assert since[0] and since[1] == since[0] and since[2] is None


def test_what_waits_at_an_address_that_takes_nothing_for_hours_is_given_up(
    webhook: Webhook, receiver: Receiver
) -> None:
    now, receiver.statuses = timezone.now(), [500]
    long_ago = now - deliveries.ALL_TRIES - timedelta(minutes=1)
    for when in (long_ago, long_ago, now - timedelta(hours=1)):
        webhooks.enqueue(webhook, "alert.opened", {}, None, at=when)
    webhooks.send_waiting()
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"waiting"}  # it failed just now
    Webhook.objects.update(failing_since=long_ago)
    assert webhooks.give_up_overdue(now) == 1  # one was tried just now, and one waits for an hour
    assert sorted(WebhookDelivery.objects.values_list("state", flat=True)) == ["failed", "waiting", "waiting"]


def test_an_address_that_works_again_takes_what_waited_for_long(webhook: Webhook, receiver: Receiver) -> None:
    long_ago = timezone.now() - timedelta(days=2)
    Webhook.objects.update(failing_since=long_ago)
    for _one in range(3):
        webhooks.enqueue(webhook, "alert.opened", {}, None, at=long_ago)
    assert webhooks.send_waiting() == 3 and len(receiver.received) == 3
