"""Stating how the population is made up: by page and by API, with what is wrong named by its field."""

import html
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import weighting
from surveys.models import Member, Survey
from surveys.publishing import publish
from tests.cast import REGION, draft, joined, owner_of, published, signed_in, walk

pytestmark = pytest.mark.django_db
AGE = {
    "code": "age",
    "type": "single",
    "segment": True,
    "text": {"en": "Age", "zh-hans": "年龄", "zh-hant": "年齡"},
    "options": [
        {"code": "young", "text": {"en": "Under 40", "zh-hans": "40 岁以下", "zh-hant": "40 歲以下"}},
        {"code": "old", "text": {"en": "40 or over", "zh-hans": "40 岁以上", "zh-hant": "40 歲以上"}},
    ],
}
REGIONS = {"region": {"north": 60, "south": 40}}
BOUNDS = {"least": 0.3, "largest": 3}


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, segments=[REGION, AGE])


def put(member: Member, survey: Survey, body: Any) -> Any:
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/weighting/"
    return signed_in(member).put(address, json.dumps(body), content_type="application/json")


def page(member: Member, survey: Survey, fields: dict[str, Any] | None = None) -> str:
    client, address = signed_in(member), f"/o/acme/surveys/{survey.public_id}/weighting/"
    answer = client.get(address) if fields is None else client.post(address, fields, follow=True)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def fields(**numbers: Any) -> dict[str, Any]:
    named = {name.replace("_", ":"): value for name, value in numbers.items()}
    return {"unit": "percent", "is_trimmed": "on", "least": "0.3", "largest": "3", **named}


def stored(survey: Survey) -> dict[str, Any]:
    survey.refresh_from_db()
    found: dict[str, Any] = survey.weighting
    return found


def test_margins_are_stated_changed_and_turned_off_again(alice: Member, survey: Survey) -> None:
    assert "The weighting is stored" in page(alice, survey, fields(region_north="60", region_south="40"))
    assert stored(survey) == {"unit": "percent", "margins": REGIONS, "trim": BOUNDS}
    shown = page(alice, survey)
    assert 'value="60"' in shown and "Turn weighting off" in shown
    page(alice, survey, fields(age_young="55", age_old="45") | {"is_trimmed": ""})
    assert stored(survey) == {"unit": "percent", "margins": {"age": {"young": 55, "old": 45}}, "trim": None}
    page(alice, survey, {"do": "off"})
    assert stored(survey) == {}


def test_the_page_shows_how_many_chose_each_option(alice: Member, survey: Survey) -> None:
    walk(survey)
    assert "1 answer<" in page(alice, survey) and "0 answers<" in page(alice, survey)


@pytest.mark.parametrize(
    ("margins", "field", "words"),
    [
        ({"country": {"a": 1}}, "margins.country", "no segment question"),
        ({"region": {"north": 60, "east": 40}}, "margins.region.east", "no option"),
        ({"region": {"north": 100}}, "margins.region.south", "every option"),
        ({"region": {"north": 100, "south": 0}}, "margins.region.south", "above 0"),
        ({"region": {"north": 101, "south": -1}}, "margins.region.south", "above 0"),
        ({"region": {"north": "60", "south": 40}}, "margins.region.north", "above 0"),
        ({"region": {"north": True, "south": 99}}, "margins.region.north", "above 0"),
        ({"region": {"north": [60], "south": 40}}, "margins.region.north", "above 0"),
        ({"region": {"north": 1e300, "south": 40}}, "margins.region.north", "above 0"),
        ({"region": {"north": 10**400, "south": 40}}, "margins.region.north", "above 0"),
        ({"region": {"north": 60, "south": 30}}, "margins.region", "sum to 90"),
        ({"region": {"north": 99.99999999999, "south": 1e-9}}, "margins.region", "too far apart"),
        ({"region": [60, 40]}, "margins.region", "object"),
        ([60, 40], "margins", "object"),
    ],
)
def test_margins_that_cannot_be_are_refused_by_their_field(
    alice: Member, survey: Survey, margins: Any, field: str, words: str
) -> None:
    answer = put(alice, survey, {"margins": margins})
    assert answer.status_code == 400 and stored(survey) == {}
    problems = {one["field"]: one["problem"] for one in answer.json()["problems"]}
    assert words in problems[field]


@pytest.mark.parametrize(
    ("trim", "field"),
    [
        ({"least": 0, "largest": 3}, "trim.least"),
        ({"least": 1, "largest": 3}, "trim.least"),
        ({"least": 0.3, "largest": 0.9}, "trim.largest"),
        ({"least": 0.3}, "trim"),
        (3, "trim"),
    ],
)
def test_bounds_that_cannot_be_are_refused(alice: Member, survey: Survey, trim: Any, field: str) -> None:
    answer = put(alice, survey, {"margins": REGIONS, "trim": trim})
    assert answer.status_code == 400 and [one["field"] for one in answer.json()["problems"]] == [field]


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(alice: Member, survey: Survey) -> None:
    shown = page(alice, survey, fields(region_north="61", region_south="30", age_old="45"))
    assert "The percentages sum to 91; they must sum to 100." in shown and 'value="61"' in shown
    assert "is missing: give a number for every option" in shown and stored(survey) == {}
    assert "above 0" in page(alice, survey, fields(region_north="-1", region_south="101"))
    assert "below 1" in page(alice, survey, fields() | {"least": "2"})


def test_numbers_of_people_need_not_sum_to_the_same(alice: Member, survey: Survey) -> None:
    margins = {"region": {"north": 1_200_000, "south": 800_000}, "age": {"young": 55, "old": 45}}
    assert put(alice, survey, {"unit": "count", "margins": margins}).status_code == 200
    assert weighting.shares(stored(survey)) == {
        "region": {"north": 0.6, "south": 0.4}, "age": {"young": 0.55, "old": 0.45}
    }  # fmt: skip


@given(st.floats(1e-6, 1e9), st.floats(0.01, 1000), st.floats(0.01, 1000))
def test_the_digest_does_not_depend_on_what_was_counted(scale: float, north: float, south: float) -> None:
    one = {"unit": "count", "margins": {"region": {"north": north, "south": south}}, "trim": BOUNDS}
    other = {**one, "margins": {"region": {"south": scale * south, "north": scale * north}}}
    assert weighting.digest(one) == weighting.digest(other) != weighting.digest({**one, "trim": None})


def test_a_draft_has_nothing_to_weight_by(alice: Member) -> None:
    survey = draft(alice, segments=[REGION])
    assert "no segment question" in page(alice, survey)
    assert put(alice, survey, {"margins": REGIONS}).status_code == 400


def test_viewers_read_but_do_not_change(alice: Member, survey: Survey) -> None:
    bob = joined(alice, "bob@example.org", "viewer")
    weighting.change(survey, {"margins": REGIONS, "trim": None})
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/weighting/"
    assert signed_in(bob).get(address).json()["margins"] == REGIONS
    assert put(bob, survey, {"margins": {}}).status_code == 403
    client, own = signed_in(bob), f"/o/acme/surveys/{survey.public_id}/weighting/"
    assert client.get(own).status_code == client.post(own, {"do": "off"}).status_code == 403
    assert stored(survey)["margins"] == REGIONS


def test_other_settings_leave_the_weighting_as_it_is(alice: Member, survey: Survey) -> None:
    seen = Survey.objects.get(pk=survey.pk)
    weighting.change(survey, {"margins": REGIONS, "trim": None})
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/"
    body = json.dumps({"name": "Renamed"})
    assert signed_in(alice).patch(address, body, content_type="application/json").status_code == 200
    seen.save(update_fields=["name"])
    assert stored(survey)["margins"] == REGIONS


def test_a_question_that_changed_since_is_said(alice: Member, survey: Survey) -> None:
    weighting.change(survey, {"margins": REGIONS, "trim": None})
    assert "have changed since" not in page(alice, survey)
    west = {"code": "west", "text": {"en": "West", "zh-hans": "西", "zh-hant": "西"}}
    survey.parts[-1]["questions"][0]["options"].append(west)
    survey.save()
    publish(survey, alice.user)
    assert "have changed since" in page(alice, survey)
    refused = put(alice, survey, {"margins": REGIONS}).json()["problems"]
    assert [one["field"] for one in refused] == ["margins.region.west"]
