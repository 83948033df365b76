"""Before invitations are planned on the page, what they would do is shown, and only that is confirmed."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from surveys.models import Contact, MailRules, Member, Survey
from tests.cast import owner_of, published, signed_in
from tests.surveys.mailing_cast import confirmed, known, planned, sent_now, shown

pytestmark = pytest.mark.django_db
FORM = {
    "subject_en": "Hello",
    "body_en": 'First line\r\n\r\n<b> & "{link}"\r\n{opt_out}',
    "most_reminders": "0",
    "remind_after_days": "3",
}


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice)


@pytest.fixture
def here(survey: Survey) -> str:
    return f"/o/acme/surveys/{survey.public_id}/invitations/"


@pytest.fixture
def client(alice: Member) -> Client:
    return signed_in(alice)


def told(client: Client, here: str, **more: str) -> str:
    page: Any = client.post(here, FORM | {"do": "plan"} | more)
    return " ".join(page.content.decode().split())


def test_nothing_is_planned_before_it_is_confirmed_and_nothing_is_lost(
    client: Client, survey: Survey, here: str
) -> None:
    known(survey.organisation, "ann@example.org")
    asked = shown(client, here, FORM)
    assert not survey.mailings.exists()
    page = client.post(here, asked | {"do": "change"})
    assert "&lt;b&gt; &amp; &quot;{link}&quot;" in page.content.decode() and not survey.mailings.exists()
    assert b"The invitations are planned." in confirmed(client, here, FORM).content
    assert survey.mailings.get().texts["en"] == {"subject": "Hello", "body": FORM["body_en"]}


def test_the_same_confirmed_twice_is_planned_once(client: Client, survey: Survey, here: str) -> None:
    known(survey.organisation, "ann@example.org")
    asked = shown(client, here, FORM | {"order": "one", "also_invited_before": "on"}) | {"do": "confirm"}
    first, second = (client.post(here, asked) for _time in range(2))
    assert first.status_code == second.status_code == 302 and first["Location"] == second["Location"]
    assert survey.mailings.get().also_invited_before
    assert sent_now() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"body_en": "Changed {link} {opt_out}"},
        {"also_invited_before": "on"},
        {"sample_size": "1"},
        {"send_at": "2101-01-01T09:00"},
        {"order": "another"},
        {"shown": ""},
        {"shown": "\u00e9"},
        {"shown": "0" * 64},
    ],
)
def test_what_was_changed_is_shown_again(
    client: Client, survey: Survey, here: str, changed: dict[str, str]
) -> None:
    known(survey.organisation, "ann@example.org")
    asked = shown(client, here, FORM) | {"do": "confirm"}
    page = client.post(here, asked | changed)
    assert page.status_code == 200 and b"Something was changed" in page.content
    assert not survey.mailings.exists()


def test_it_says_how_many_and_who_not_and_why(
    client: Client, alice: Member, survey: Survey, here: str
) -> None:
    known(alice.organisation, "before@example.org")
    planned(survey)
    sent_now()
    known(alice.organisation, *(f"{name}@example.org" for name in ("out", "back", "tired", "ann")))
    known(alice.organisation, "ben@example.org", language="zh-hant")
    known(alice.organisation, "cy@example.org", language="zh-hans")
    for name, field in (("out", "opted_out_at"), ("back", "bounced_at"), ("tired", "asked_at")):
        Contact.objects.filter(email=f"{name}@example.org").update(**{field: timezone.now()})
    MailRules.objects.update_or_create(organisation=alice.organisation, defaults={"rest_days": 30})
    chinese = {"subject_zh-hant": "x", "body_zh-hant": "{link} {opt_out}"}
    said = told(client, here, most_reminders="2", **chinese)
    for part in (
        "3 contacts will be invited.",
        "All contacts (7)",
        "1: opted out",
        "1: mails to the address come back",
        "1: invited to this survey before",
        "1: invited to another survey too short a time ago",
        "English: 2, 繁體中文: 1",
        "2 reminders, each after 3 days.",
        "<dd>now",
        "Send now",
    ):
        assert part in said, part
    asked = told(client, here, sample_size="2", send_at="2101-01-01T09:00", **chinese)
    assert "2 contacts will be invited." in asked and "2 of the 3 who may be invited" in asked
    assert "2101-01-01 09:00 CST" in asked and "Plan it for 2101-01-01 09:00" in asked
    confirmed(client, here, FORM | chinese)
    mail.outbox.clear()
    assert sent_now() == 3  # as it was said


def test_a_list_or_segment_without_contacts_is_refused_by_name(
    client: Client, survey: Survey, here: str
) -> None:
    assert "There are no contacts yet" in told(client, here)
    known(survey.organisation, "ann@example.org", segments={"region": "north"})
    known(owner_of("globex", "bob@example.org").organisation, "b@example.org", segments={"area": "x"})
    said = told(client, here, segment="area", option="x")
    assert 'id="id_segment_error">No contact has a column of this name.' in said and "Hello" in said
    said = told(client, here, segment="region", option="x")
    assert 'id="id_option_error">No contact has this value there.' in said
    assert "1 contact will be invited." in told(client, here, segment="region", option="north")


def test_where_nobody_would_be_invited_now_nothing_can_be_sent_now(
    client: Client, survey: Survey, here: str
) -> None:
    known(survey.organisation, "ann@example.org")
    Contact.objects.update(opted_out_at=timezone.now())
    said = told(client, here)
    assert "Nobody would be invited now." in said and 'value="confirm"' not in said
    assert 'value="confirm"' in told(client, here, send_at="2101-01-01T09:00")


def test_a_time_that_is_past_is_refused(client: Client, survey: Survey, here: str) -> None:
    known(survey.organisation, "ann@example.org")
    said = told(client, here, send_at="2001-01-01T09:00")
    assert 'id="id_send_at_error">This time is past: it is 20' in said
    just = timezone.localtime(timezone.now() - timedelta(minutes=50), ZoneInfo("Asia/Taipei"))
    assert "<dd>now" in told(client, here, send_at=just.strftime("%Y-%m-%dT%H:%M"))


def test_the_api_plans_at_once_and_refuses_what_is_past(client: Client, survey: Survey) -> None:
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/invitations/"
    body = {"texts": {"en": {"subject": "x", "body": "{link} {opt_out}"}}, "key": "one-of-the-programs"}
    now = timezone.now()
    ago = {"send_at": (now - timedelta(hours=2)).isoformat()}
    answer = client.post(address, body | ago, content_type="application/json")
    assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == "send_at"
    first = client.post(address, body, content_type="application/json")
    assert first.status_code == 201
    # The same call hours later is the same mailing.
    again = client.post(address, body | ago, content_type="application/json")
    assert again.status_code == 201 and again.json()["id"] == first.json()["id"]
