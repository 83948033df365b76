"""From which channel an answer came: in every file of raw answers and by the API, but not where it would say
who it was."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from surveys.channels import keeping
from surveys.channels.telling import told_channels
from surveys.models import Channel, Member, Response, Survey
from tests.cast import owner_of, page_of, signed_in
from tests.surveys.export_cast import exported, made, sav, sheet_rows
from tests.surveys.respond_cast import asking, rating

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def surveyed(alice: Member, privacy: str) -> Survey:
    return asking(alice, page_of(rating("mark")), privacy=privacy)


def come(survey: Survey, times: int, channel: Channel | None = None, state: str = "finished") -> None:
    same: dict[str, Any] = {"survey": survey, "version": survey.versions.get(), "language": "en"}
    at = DAY if state == "finished" else None
    answers = {"own.mark": 7}
    Response.objects.bulk_create(
        Response(**same, channel=channel, state=state, finished_at=at, answers=answers) for _n in range(times)
    )


def by_api(alice: Member, survey: Survey) -> list[Any]:
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/responses/"
    return [one["channel"] for one in signed_in(alice).get(address).json()["results"]]


def test_every_file_and_the_api_name_the_channel(alice: Member) -> None:
    survey = surveyed(alice, "confidential")
    counter = keeping.make(survey, "Counter 3", {})
    come(survey, 1, counter)
    come(survey, 1)
    named = ["Counter 3", ""]
    assert [row["channel"] for row in exported(survey, alice)] == named
    assert [row["channel"] or "" for row in sheet_rows(survey, alice)] == named
    values, meta = sav(survey, alice)
    assert [row["channel"] for row in values] == named and "channel" in meta.column_names_to_labels["channel"]
    book = made(survey, alice, "codebook")
    assert book.status == "done"
    told = {"id": counter.public_id, "name": "Counter 3"}
    assert by_api(alice, survey) == [None, told]
    detail = f"/api/v1/organisations/acme/surveys/{survey.public_id}/responses/"
    client = signed_in(alice)
    last = client.get(detail).json()["results"][-1]["id"]
    assert client.get(f"{detail}{last}/").json()["channel"] == told


def test_a_new_name_makes_a_new_file(alice: Member) -> None:
    survey = surveyed(alice, "confidential")
    counter = keeping.make(survey, "Counter", {})
    come(survey, 1, counter)
    assert exported(survey, alice)[0]["channel"] == "Counter"
    keeping.change(counter, name="Desk")
    assert exported(survey, alice)[0]["channel"] == "Desk"


@pytest.mark.parametrize("name", ["=1+1", "+1", "@x", "＝1+1", '=HYPERLINK("http://x")', "-1+1", "'=1"])
def test_a_name_like_a_formula_is_a_text(alice: Member, name: str) -> None:
    survey = surveyed(alice, "confidential")
    come(survey, 1, keeping.make(survey, name, {}))
    assert exported(survey, alice)[0]["channel"] == f"'{name}"
    assert sheet_rows(survey, alice)[0]["channel"] == name  # which no cell takes for a formula
    assert sav(survey, alice)[0][0]["channel"] == name


@pytest.mark.parametrize(
    ("finished", "without", "named"),
    [
        ({"a": 5}, 0, "a"),
        ({"a": 4}, 10, ""),
        ({"a": 4}, 0, ""),
        ({"a": 5}, 5, "a"),
        ({"a": 5}, 1, ""),  # the one that came from no channel would stand alone
        ({"a": 6, "b": 5}, 2, "a"),
        ({"a": 6, "b": 4}, 0, ""),  # b alone would be without a name
        ({"a": 7, "b": 6, "c": 1}, 0, "a"),
        ({"a": 7, "b": 4, "c": 1}, 0, "a"),
        ({"a": 9, "b": 6}, 0, "a b"),
        ({"a": 0}, 9, ""),
    ],
)
def test_an_anonymous_survey_names_no_channel_where_few_answered(
    alice: Member, finished: dict[str, int], without: int, named: str
) -> None:
    alice.organisation.least_group = 5
    alice.organisation.save()
    survey = surveyed(alice, "anonymous")
    for name, times in finished.items():
        come(survey, times, keeping.make(survey, name, {}))
    come(survey, without)
    told = {one.name for one in told_channels(survey).values()}
    assert told == set(named.split())
    rows = [row["channel"] for row in exported(survey, alice)]
    assert ({one for one in rows if one} == told and not 0 < rows.count("") < 5) or not told
    assert {one["name"] for one in by_api(alice, survey) if one} == told


def test_what_is_not_finished_makes_no_channel_large(alice: Member) -> None:
    survey = surveyed(alice, "anonymous")
    counter = keeping.make(survey, "Counter", {})
    come(survey, 4, counter)
    come(survey, 20, counter, state="started")
    assert not told_channels(survey) and by_api(alice, survey) == [None] * 24


# -- the list of responses


def listed(alice: Member, survey: Survey, **asked: str) -> tuple[int, int, list[str]]:
    """Status, how many responses are listed, and which channels may be chosen."""
    page = signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/responses/", asked)
    said = page.content.decode()
    offered = re.search(r'<select name="channel".*?</select>', said, re.DOTALL)
    names = re.findall(r"<option[^>]*>(.*?)</option>", offered[0]) if offered else []
    number = re.search(r"<p>(\d+) finished response", said)
    return page.status_code, int(number[1]) if number else 0, names


def test_the_list_is_narrowed_to_a_channel_that_may_be_named(alice: Member) -> None:
    alice.organisation.least_group = 5
    alice.organisation.save()
    survey = surveyed(alice, "anonymous")
    large, other, small = (keeping.make(survey, name, {}) for name in ("Large & <b>", "Other", "Small"))
    for channel, number in ((large, 8), (other, 6), (small, 3)):
        come(survey, number, channel)
    come(survey, 2)
    assert listed(alice, survey) == (200, 19, ["all", "Large &amp; &lt;b&gt;", "Other"])
    assert listed(alice, survey, channel=other.public_id)[:2] == (200, 6)
    foreign = surveyed(alice, "confidential").channels.create(name="Foreign")
    for unknown in (small.public_id, foreign.public_id, "A" * 22, "\0", "' OR 1=1"):
        assert listed(alice, survey, channel=unknown)[0] == 404
    come(survey, 5, small, state="started")
    assert listed(alice, survey, channel=small.public_id)[0] == 404


def test_of_a_confidential_survey_every_channel_may_be_chosen(alice: Member) -> None:
    survey = surveyed(alice, "confidential")
    assert listed(alice, survey) == (200, 0, [])
    come(survey, 1, keeping.make(survey, "One", {}))
    come(survey, 2)
    one = survey.channels.get().public_id
    assert listed(alice, survey, channel=one) == (200, 1, ["all", "One"])
    assert listed(alice, survey, channel=one, status="left-out")[:2] == (200, 0)


def test_leaving_out_by_a_flag_keeps_to_the_channel(alice: Member) -> None:
    survey = surveyed(alice, "confidential")
    one = keeping.make(survey, "One", {})
    come(survey, 2, one)
    come(survey, 3)
    Response.objects.update(flags={"speed": 1})
    where = f"/o/acme/surveys/{survey.public_id}/responses/exclude/"
    asked = {"flag": "speed", "channel": one.public_id}
    page = signed_in(alice).post(where, asked).content.decode()
    assert "Leave 2 responses out" in page and "Channel: One." in page
    signed_in(alice).post(where, {**asked, "reason": "too fast", "number": "2"})
    assert set(Response.objects.filter(is_excluded=True).values_list("channel", flat=True)) == {one.pk}
    assert Response.objects.filter(is_excluded=True).count() == 2
