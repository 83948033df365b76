"""Which of the contacts' columns answers which segment question is said by who plans, and checked before."""

from typing import Any

import pytest
from django.test import Client

from surveys.mailings.planning import PlanRefused
from surveys.models import Contact, Member, Recipient, Survey
from tests.cast import REGION, owner_of, page_of, signed_in
from tests.surveys.mailing_cast import confirmed, known, planned, sent_now
from tests.surveys.respond_cast import asking, rating
from tests.surveys.test_mail_segments import STAGE, anonymous

pytestmark = pytest.mark.django_db
FORM = {
    "subject_en": "Hello", "body_en": "{link} {opt_out}", "most_reminders": "0", "remind_after_days": "3",
}  # fmt: skip


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return asking(alice, page_of(rating("mark"), REGION, STAGE), privacy="confidential")


@pytest.fixture
def client(alice: Member) -> Client:
    return signed_in(alice)


def here(survey: Survey) -> str:
    return f"/o/acme/surveys/{survey.public_id}/invitations/"


def told(client: Client, survey: Survey, **more: str) -> str:
    page: Any = client.post(here(survey), FORM | {"do": "plan"} | more)
    return " ".join(page.content.decode().split())


def carried() -> list[Any]:
    return [one.segments for one in Recipient.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("columns", "goes_along"),
    [
        ({}, {"region": "north"}),
        ({"region": "area"}, {"region": "south"}),
        ({"region": "", "q7": "area"}, {"q7": "south"}),
        ({"region": "no_such_column"}, {}),
    ],
)
def test_a_column_that_is_named_stands_for_the_question(
    survey: Survey, columns: dict[str, str], goes_along: dict[str, str]
) -> None:
    known(survey.organisation, "ann@example.org", segments={"region": "north", "area": "South"})
    planned(survey, columns=columns)
    sent_now()
    assert carried() == [goes_along]


def test_a_question_that_is_not_asked_is_refused_by_name(client: Client, survey: Survey) -> None:
    with pytest.raises(PlanRefused) as refused:
        planned(survey, columns={"shop": "area"})
    assert [field for field, _why in refused.value.problems] == ["columns.shop"]
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/invitations/"
    body = {"texts": {"en": {"subject": "x", "body": "{link} {opt_out}"}}}
    for wrong in (
        {"shop": "area"},
        {"region": "Not a code"},
        {"region": None},
        ["region"],
        {"region": "a\0"},
    ):
        answer = client.post(address, body | {"columns": wrong}, content_type="application/json")
        assert answer.status_code == 400 and answer.json()["problems"][0]["field"].startswith("columns")
    answer = client.post(address, body | {"columns": {"region": "area"}}, content_type="application/json")
    assert answer.json()["columns"] == {"region": "area"}


def test_the_page_proposes_what_matches_and_carries_what_is_said(client: Client, survey: Survey) -> None:
    known(survey.organisation, "ann@example.org", segments={"stage_of_life": "north", "area": "south"})
    page = client.get(here(survey)).content.decode()
    assert 'name="column_q7" value="stage_of_life"' in page
    assert 'name="column_region" value' not in page and 'name="column_region"' in page
    assert 'id="id_column_region_error"' in told(client, survey, column_region="Not a code")
    confirmed(client, here(survey), FORM | {"column_region": "area", "column_q7": ""})
    assert survey.mailings.get().columns == {"region": "area", "q7": ""}
    sent_now()
    assert carried() == [{"region": "south"}]


def test_what_is_known_is_told_before(client: Client, survey: Survey) -> None:
    known(survey.organisation, *(f"n{n}@example.org" for n in range(3)), segments={"area": "north"})
    for n in range(12):
        known(survey.organisation, f"x{n}@example.org", segments={"area": f"<i>{n:02}"})
    said = told(client, survey, column_region="area")
    assert "“Region” from the column area: known of 3 of 15." in said
    assert "“Stage of life”: not carried, no column is named." in said
    assert f"No option has these values: {', '.join(f'&lt;i&gt;{n:02}' for n in range(10))} …" in said
    assert "Carried for" not in said


def test_an_anonymous_survey_tells_how_many_are_carried_as_they_will_be(
    client: Client, survey: Survey
) -> None:
    anonymous(survey)
    known(survey.organisation, *(f"n{n}@example.org" for n in range(12)), segments={"area": "north"})
    known(survey.organisation, *(f"s{n}@example.org" for n in range(9)), segments={"area": "south"})
    known(survey.organisation, *(f"x{n}@example.org" for n in range(3)))
    said = told(client, survey, column_region="area")
    assert "known of 21 of 24. Carried for 12." in said
    assert "what fewer than 10 recipients have in common is not carried" in said
    drawn = told(client, survey, column_region="area", sample_size="20")
    assert "known of 21 of 24." in drawn and "Carried for" not in drawn
    assert "Of a random sample this is known when it is drawn." in drawn
    confirmed(client, here(survey), FORM | {"column_region": "area"})
    sent_now()
    assert survey.mailings.get().carried == {"region": 12}
    assert sum(one == {"region": "north"} for one in carried()) == 12


def test_who_may_not_be_invited_is_not_counted_as_known(client: Client, survey: Survey) -> None:
    known(survey.organisation, "ann@example.org", "ben@example.org", segments={"area": "north"})
    Contact.objects.filter(email="ben@example.org").update(opted_out_at="2026-01-01T00:00Z")
    assert "known of 1 of 1." in told(client, survey, column_region="area")
