"""The pages and the API with which quotas are made, changed and removed, and the arithmetic of the day."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from surveys.models import Member, Quota, Survey
from surveys.quotas import keeping
from surveys.quotas.outlook import FURTHEST, STRETCH, expected_day
from tests.cast import REGION, draft, owner_of, page_of, signed_in
from tests.surveys.respond_cast import Respondent, asking, rating

pytestmark = pytest.mark.words


@pytest.fixture
def alice(db: None) -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def client(alice: Member) -> Client:
    return signed_in(alice)


@pytest.fixture
def survey(alice: Member) -> Survey:
    return asking(alice, page_of(REGION, rating("mark")))


def page(survey: Survey) -> str:
    return f"/o/acme/surveys/{survey.public_id}/quotas/"


def api(survey: Survey) -> str:
    return f"/api/v1/organisations/acme/surveys/{survey.public_id}/quotas/"


def send(client: Client, method: str, where: str, body: dict[str, Any]) -> Any:
    return client.generic(method, where, json.dumps(body), content_type="application/json")


def answer(survey: Survey) -> None:
    Respondent(survey).send("own.about_you", {"own.region": "north"})


def test_a_quota_is_made_shown_changed_paused_and_removed(client: Client, survey: Survey) -> None:
    answer(survey)
    made = client.post(page(survey), {"segment_region": "north", "most": "2", "per": "survey"}, follow=True)
    own = survey.quotas.get()
    shown = made.content.decode()
    assert own.segments == {"region": "north"} and "1 of 2 taken" in shown and "0 turned away" in shown
    assert "at the pace of the last 2 days (n = 1)" in shown and "Region: North" in shown
    answer(survey)
    answer(survey)
    shown = client.get(page(survey)).content.decode()
    assert "2 of 2 taken" in shown and "1 turned away" in shown and "Full; the last place was taken" in shown
    here = f"{page(survey)}{own.public_id}/"
    assert "must be a whole number" not in client.get(here).content.decode()
    assert client.post(here, {"do": "most", "most": "0"}).status_code == 200
    client.post(here, {"do": "most", "most": "30"})
    client.post(here, {"do": "pause"})
    client.post(here, {"do": "anything"})
    own.refresh_from_db()
    assert (own.most, own.is_active) == (30, False)
    assert "nobody is turned away" in client.get(here).content.decode()
    client.post(here, {"do": "go-on"})
    own.refresh_from_db()
    assert own.is_active
    client.post(here, {"do": "remove"})
    assert not Quota.objects.exists() and client.get(here).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"most": ""},
        {"most": "0"},
        {"most": "-1"},
        {"most": "1.5"},
        {"most": "1000001"},
        {"most": "9" * 40},
        {"segment_region": "west"},
        {"per": "year"},
        {},  # there is such a one already
    ],
)
def test_what_cannot_be_makes_no_quota_and_names_the_field(
    client: Client, survey: Survey, wrong: dict[str, str]
) -> None:
    keeping.make(survey, {"region": "north"}, 5)
    refused = client.post(page(survey), {"segment_region": "north", "most": "5", "per": "survey", **wrong})
    assert b'role="alert"' in refused.content or b'class="error"' in refused.content
    assert survey.quotas.count() == 1


def test_no_more_are_made_than_a_survey_may_have(
    client: Client, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_PER_SURVEY", 1)
    client.post(page(survey), {"most": "5", "per": "survey"})
    refused = client.post(page(survey), {"most": "5", "per": "period"})
    assert b"as many quotas as a survey may have" in refused.content and survey.quotas.count() == 1


def test_the_same_number_for_each_option_is_made_once(client: Client, survey: Survey) -> None:
    answer(survey)
    for per in ("period", "survey"):  # another way to count is another quota
        keeping.make(survey, {"region": "south"}, 7 if per == "survey" else 8, per)
    for _time in range(2):
        made = client.post(
            page(survey) + "each/", {"question": "region", "most": "5", "per": "survey"}, follow=True
        )
    assert "Every option has its quota already" in made.content.decode()
    there = sorted((one.segments["region"], one.most, one.per) for one in survey.quotas.all())
    assert there == [("north", 5, "survey"), ("south", 7, "survey"), ("south", 8, "period")]
    assert "1 of 5 taken" in made.content.decode()  # who was there already counts


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"question": "mark"}, "question"),
        ({"question": ""}, "question"),
        ({"question": "region' OR 1=1"}, "question"),
        ({"most": "0"}, "most"),
        ({"most": ""}, "most"),
        ({"per": "year"}, "per"),
    ],
)
def test_what_cannot_be_makes_no_quota_for_any_option(
    client: Client, survey: Survey, wrong: dict[str, str], field: str
) -> None:
    refused = client.post(
        page(survey) + "each/", {"question": "region", "most": "5", "per": "survey"} | wrong
    )
    assert f'id="each_{field}_error"' in refused.content.decode() and not survey.quotas.exists()


def test_more_quotas_than_there_may_be_are_all_refused(
    client: Client, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_PER_SURVEY", 1)
    refused = client.post(page(survey) + "each/", {"question": "region", "most": "5", "per": "survey"})
    assert "more quotas than" in refused.content.decode() and not survey.quotas.exists()


def test_what_is_asked_late_is_said_beside_its_quota(client: Client, alice: Member) -> None:
    first, late = (asking(alice, *parts) for parts in _orders())
    for survey, is_late in ((first, False), (late, True)):
        keeping.make(survey, {}, 10)
        keeping.make(survey, {"region": "north"}, 5)
        shown = client.get(page(survey)).content.decode()
        assert shown.count("Asked on page 2: people answer that much") == is_late
        own = survey.quotas.get(segments={"region": "north"})
        assert ("put it first" in client.get(f"{page(survey)}{own.public_id}/").content.decode()) == is_late


def _orders() -> tuple[list[Any], list[Any]]:
    region, mark = page_of(REGION, code="region"), page_of(rating("mark"), code="mark")
    return [region, mark], [mark, region]


def test_a_draft_has_no_quota(client: Client, alice: Member) -> None:
    survey = draft(alice)
    assert b"Publish the survey first" in client.get(page(survey)).content
    client.post(page(survey), {"most": "5", "per": "survey"})
    assert not survey.quotas.exists()


def test_the_pages_where_people_look_lead_there(client: Client, survey: Survey) -> None:
    for name in ("links", "channels", "fieldwork"):
        shown = client.get(f"/o/acme/surveys/{survey.public_id}/{name}/").content.decode()
        assert f'href="{page(survey)}"' in shown


@pytest.mark.parametrize(("language", "said"), [("en", "thanked and turned away"), ("zh-hans", "配额")])
def test_the_page_counts_of_what_is_asked_no_more(
    client: Client, survey: Survey, alice: Member, language: str, said: str
) -> None:
    survey.quotas.create(segments={"region": "<b>west</b>"}, most=5)
    alice.user.language = language
    alice.user.save()
    shown = client.get(page(survey)).content.decode()
    assert "&lt;b&gt;west&lt;/b&gt;" in shown and "<b>west" not in shown
    if language == "en":
        assert said in shown and "nobody who starts now belongs to the quota" in shown


def test_the_api_makes_lists_changes_and_removes(client: Client, survey: Survey) -> None:
    answer(survey)
    made = send(client, "POST", api(survey), {"segments": {"region": "north"}, "most": 1})
    own = survey.quotas.get()
    told = made.json()
    assert made.status_code == 201 and told["id"] == own.public_id and told["per"] == "survey"
    assert (told["taken"], told["turned_away"], told["is_full"], told["outlook"]) == (1, 0, True, "full")
    assert told["on"] and told["again_on"] is None and told["recent"] == 1 and told["period"] == ""
    for body, field in [
        ({"segments": {"region": "north"}, "most": 3}, "segments"),
        ({"segments": {"region": "west"}, "most": 3}, "segments.region"),
        ({"segments": {"nothing": "x"}, "most": 3}, "segments"),
        ({"most": 0}, "most"),
        ({"most": 10**30}, "most"),
        ({"most": "many"}, "most"),
        ({}, "most"),
        ({"most": 3, "per": "week"}, "per"),
        ({"most": 3, "active": True}, "active"),
    ]:
        refused = send(client, "POST", api(survey), body)
        assert refused.status_code == 400
        assert [one["field"] for one in refused.json()["problems"]] == [field]
    monthly = send(client, "POST", api(survey), {"most": 5, "per": "period"}).json()
    assert monthly["taken"] == 1 and monthly["period"] and monthly["again_on"]
    where = f"{api(survey)}{own.public_id}/"
    changed = send(client, "PATCH", where, {"most": 9, "is_active": False}).json()
    assert (changed["most"], changed["is_active"], changed["outlook"]) == (9, False, "paused")
    assert send(client, "PATCH", where, {"segments": {}}).status_code == 400
    assert send(client, "PATCH", where, {}).json() == client.get(where).json() == changed
    assert [one["id"] for one in client.get(api(survey)).json()["results"]] == [own.public_id, monthly["id"]]
    assert client.delete(where).status_code == 204 and client.delete(where).status_code == 404
    assert survey.quotas.count() == 1


# -- the day

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from(["UTC", "Asia/Taipei", "America/New_York", "Pacific/Kiritimati"]).map(ZoneInfo)
NUMBERS = st.integers(1, 1_000_000)


@given(NUMBERS, NUMBERS, MOMENTS, ZONES)
def test_at_that_pace_the_last_one_comes_on_that_day(
    missing: int, recent: int, now: datetime, zone: ZoneInfo
) -> None:
    day = expected_day(missing, recent, now, zone)
    if day is None:
        assert missing * STRETCH > recent * FURTHEST
        return
    begins = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    slack = timedelta(microseconds=1)
    assert (begins - now - slack) * recent <= missing * STRETCH  # not after it has come
    assert (begins + timedelta(days=1, hours=1) - now) * recent > missing * STRETCH  # nor before
    assert now.astimezone(zone).date() <= day


@given(NUMBERS, st.integers(1, 1_000), NUMBERS, st.integers(1, 1_000), MOMENTS, ZONES)
def test_more_missing_is_never_earlier_and_a_quicker_pace_never_later(
    missing: int, more: int, recent: int, quicker: int, now: datetime, zone: ZoneInfo
) -> None:
    day = expected_day(missing, recent, now, zone)
    if later := expected_day(missing + more, recent, now, zone):
        assert day and day <= later
    if day:
        sooner = expected_day(missing, recent + quicker, now, zone)
        assert sooner and sooner <= day


def test_without_a_pace_there_is_no_day() -> None:
    assert expected_day(1, 0, datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC")) is None
    taipei = expected_day(12, 12, datetime(2026, 1, 1, 20, tzinfo=UTC), ZoneInfo("Asia/Taipei"))
    assert taipei and taipei.isoformat() == "2026-01-09"
