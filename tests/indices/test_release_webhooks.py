"""Released figures and their revisions, told to other programs: once, and as every viewer sees them."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client

from indices.models import Estimate, Index, Run
from indices.releases import NotReleasable, release
from indices.runs.schedule import request_due_runs
from indices.tasks import work
from surveys.models import Member, Organisation, Period, Response, Survey, WebhookDelivery
from surveys.outgoing import webhooks
from surveys.periods import close
from surveys.responses.exclusions import exclude
from tests.cast import REGION, joined, owner_of, signed_in, with_mobi_answers

pytestmark = pytest.mark.django_db(transaction=True)
EVENTS = ["index.released"]


@pytest.fixture(autouse=True)
def _few_resamples(settings: Any) -> None:
    settings.RUN_RESAMPLES = 30


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    """With a webhook that asked for releases, and another that did not."""
    made = with_mobi_answers(alice, refresh_after=1)
    webhooks.add(made, "https://hooks.example.org/", EVENTS)
    webhooks.add(made, "https://other.example.org/", ["response.finished"])
    return made


def computed() -> None:
    request_due_runs()
    for run in Run.objects.filter(status=Run.Status.QUEUED):
        work(run.pk)


def ready(survey: Survey) -> Period:
    computed()
    period = survey.periods.get()
    close(period)
    return period


def told() -> list[tuple[str, Any]]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("event", "payload"))


def test_a_release_is_told_once_with_the_figures_that_the_api_gives(alice: Member, survey: Survey) -> None:
    period = ready(survey)
    assert release(period, alice.user) and not release(period, alice.user)
    ((event, payload),) = told()
    viewer = signed_in(joined(alice, "vera@example.org", "viewer"))
    (card,) = viewer.get("/api/v1/organisations/acme/home/").json()["surveys"]
    (measure,) = payload["measures"]
    names = ("code", "name", "estimator", "value", "low", "high", "n")
    assert measure["figures"] == [
        {name: one[name] for name in names} | {"why_none": ""} for one in card["figures"]
    ]
    assert {one["code"] for one in measure["figures"]} == {"satisfaction", "loyalty"}
    run = Run.objects.get()
    assert (measure["measure"], measure["run"], measure["revision"]) == ("ecsi", run.public_id, 1)
    period.refresh_from_db()
    assert period.released_at
    assert event == "index.released" and payload["released_at"] == f"{period.released_at:%Y-%m-%dT%H:%M:%SZ}"
    assert payload["survey"] == {"id": survey.public_id, "name": survey.name}
    named = {"id": period.public_id, "name": "2005", "first_day": None, "last_day": None}
    assert payload["period"] == named
    link = f"http://127.0.0.1:8000/o/acme/surveys/{survey.public_id}/report/?period={period.public_id}"
    assert payload["link"] == link
    assert viewer.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_of_many_who_release_at_once_one_is_told(alice: Member, survey: Survey) -> None:
    period = ready(survey)

    def one(_number: int) -> bool:
        try:
            return release(Period.objects.get(pk=period.pk), alice.user)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(one, range(6))) == 1
    assert [event for event, _payload in told()] == ["index.released"]


def test_what_is_not_released_is_not_told(survey: Survey) -> None:
    with pytest.raises(NotReleasable):
        release(survey.periods.get(), None)
    period = ready(survey)
    with suppress(KeyboardInterrupt), transaction.atomic():
        assert release(period, None)
        raise KeyboardInterrupt
    computed()
    assert told() == []


def test_a_revision_of_released_figures_is_told_with_what_changed(alice: Member) -> None:
    survey = with_mobi_answers(alice, refresh_after=1, segments=[REGION], rolling=2)
    webhooks.add(survey, "https://hooks.example.org/", EVENTS)
    survey.responses.update(segments={"region": "north"})
    assert release(ready(survey), alice.user)
    exclude(Response.objects.all()[0], "a test", None)
    computed()
    (_event, first), (event, second) = told()  # neither of segments nor of rolling figures
    assert event == "index.revised" and second["period"] == first["period"]
    (measure,) = second["measures"]
    run = Run.objects.get(segment="", window=1, revision=2)
    assert (measure["run"], measure["revision"]) == (run.public_id, 2)
    assert measure["changes"] == run.changes and measure["changes"]["excluded"] == 1
    stored = Index.objects.filter(estimate__run=run, estimate__estimator="ml")
    values = dict(stored.values_list("construct", "value"))
    assert {one["code"]: one["value"] for one in measure["figures"]} == {
        code: values[code] for code in ("satisfaction", "loyalty")
    }
    assert second["released_at"] >= first["released_at"]


def test_figures_that_may_not_be_told_are_none_and_say_why(alice: Member, survey: Survey) -> None:
    period = ready(survey)
    Organisation.objects.update(least_group=251)
    assert release(period, alice.user)
    ((_event, payload),) = told()
    (measure,) = payload["measures"]
    assert measure["hidden"] == "few" and len(measure["figures"]) == 2
    for one in measure["figures"]:
        assert (one["value"], one["low"], one["high"], one["n"], one["why_none"]) == (*[None] * 4, "few")


@pytest.mark.parametrize(
    ("status", "least", "why"),
    [("improper", 30, "improper"), ("ok", 1_000, "too_few"), ("ok", 30, "no_index")],
)
def test_an_index_that_there_is_none_of_says_why(
    alice: Member, survey: Survey, status: str, least: int, why: str
) -> None:
    assert release(ready(survey), alice.user)
    Survey.objects.update(least_base_show=least)
    computed_again = Run.objects.get()
    Index.objects.filter(estimate__estimator="ml").delete()
    Estimate.objects.filter(estimator="ml").update(status=status)
    WebhookDelivery.objects.all().delete()
    from indices.telling import tell_revised

    computed_again.refresh_from_db()
    with transaction.atomic():
        tell_revised(computed_again)
    ((_event, payload),) = told()
    assert {one["why_none"] for one in payload["measures"][0]["figures"]} == {why}


def test_links_come_from_the_configured_address(alice: Member, survey: Survey, settings: Any) -> None:
    period = ready(survey)
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["*"], "https://voice.example.org"
    client: Client = signed_in(alice)
    answer = client.post(
        f"/o/acme/surveys/{survey.public_id}/report/release/",
        {"period": period.public_id},
        headers={"host": "evil.example.com", "x-forwarded-host": "evil.example.com"},
    )
    assert answer.status_code == 302 and len(told()) == 1
    said = json.dumps(told())
    assert "https://voice.example.org/o/acme/" in said and "evil" not in said


def test_another_organisation_s_webhooks_are_told_nothing(alice: Member, survey: Survey) -> None:
    other = with_mobi_answers(owner_of("globex", "gina@example.org"))
    foreign, _secret = webhooks.add(other, "https://hooks.example.org/", EVENTS)
    assert release(ready(survey), alice.user)
    assert not foreign.deliveries.exists() and len(told()) == 1
