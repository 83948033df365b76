"""What reminders say, trying a mailing out, and the rules of writing, by page and API."""

from typing import Any

import pytest
from django.conf import settings as configured
from django.core import mail

from surveys.api.tokens import make_token
from surveys.mailings import wording
from surveys.mailings.planning import PlanRefused, suggested, suggested_reminder
from surveys.models import MailRules, Member, Survey
from tests.cast import joined, owner_of, published, signed_in
from tests.surveys.mailing_cast import TEXT, confirmed, is_later, known, planned, sent_now

pytestmark = pytest.mark.django_db
AGAIN = {"subject": "Again: {survey}", "body": "Still: {link} {opt_out}"}


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice)


def api(survey: Survey, rest: str = "") -> str:
    return f"/api/v1/organisations/acme/surveys/{survey.public_id}/invitations/{rest}"


def test_a_reminder_says_what_was_written_for_it_in_each_language(alice: Member, survey: Survey) -> None:
    texts = {"en": TEXT, "zh-hant": {"subject": "您好", "body": "{link} {opt_out}"}}
    known(alice.organisation, "ann@example.org")
    known(alice.organisation, "ben@example.org", language="zh-hant")
    planned(survey, texts=texts, reminder_texts={"en": AGAIN}, most_reminders=2, remind_after_days=1)
    for _mail in range(3):
        assert sent_now() == 2
        is_later(days=1)
    subjects = {to: [one.subject for one in mail.outbox if one.to == [to]] for to in ("ann@example.org",)}
    assert subjects["ann@example.org"] == ["Customers", "Again: Customers", "Again: Customers"]
    assert [one.subject for one in mail.outbox if one.to == ["ben@example.org"]] == ["您好"] * 3


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"en": {"subject": "x", "body": "no link"}}, "reminder_texts.en.body"),
        ({"en": {"subject": " ", "body": AGAIN["body"]}}, "reminder_texts.en.subject"),
        ({"en": {"subject": "{link.x}", "body": AGAIN["body"]}}, "reminder_texts.en.subject"),
        ({"zh-hant": AGAIN}, "reminder_texts.zh-hant"),
    ],
)
def test_a_reminder_that_cannot_be_sent_is_refused_before(
    survey: Survey, texts: dict[str, Any], field: str
) -> None:
    with pytest.raises(PlanRefused) as refused:
        planned(survey, reminder_texts=texts, most_reminders=1)
    assert [place for place, _why in refused.value.problems] == [field]
    assert not survey.mailings.exists()


@pytest.mark.parametrize("language", [code for code, _name in configured.LANGUAGES])
def test_what_is_suggested_can_be_sent(language: str) -> None:
    for text in (suggested(language), suggested_reminder(language)):
        wording.check_subject(text["subject"])
        wording.check_body(text["body"])


def test_the_page_takes_texts_of_reminders_and_names_what_is_wrong(alice: Member, survey: Survey) -> None:
    client, here = signed_in(alice), f"/o/acme/surveys/{survey.public_id}/invitations/"
    form = {
        "subject_en": "x", "body_en": "{link} {opt_out}", "most_reminders": "1", "remind_after_days": "3",
        "reminder_subject_en": "Again", "reminder_body_en": "without",
    }  # fmt: skip
    said = client.post(here, form).content
    assert b"The text lacks {link}, {opt_out}." in said and said.count(b"<details open>") == 2
    known(alice.organisation, "ann@example.org")
    confirmed(client, here, form | {"reminder_body_en": AGAIN["body"], "reminder_subject_zh-hant": "left"})
    assert survey.mailings.get().reminder_texts == {"en": {"subject": "Again", "body": AGAIN["body"]}}
    assert b"Still: {link}" in client.get(f"{here}{survey.mailings.get().public_id}/").content
    page = client.get(here).content.decode()
    assert all(code in page for code in ("reminder_subject_en", "reminder_body_zh-hans"))


def test_a_test_mail_by_api_goes_to_the_tokens_owner_alone(
    alice: Member, survey: Survey, client: Any
) -> None:
    known(alice.organisation, "ann@example.org")
    anna = joined(alice, "anna@example.org", "analyst")
    token = make_token(anna, "A program", "edit", 30)
    body = {"texts": {"en": TEXT}, "reminder_texts": {"en": AGAIN}, "most_reminders": 1}
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    answer = client.post(api(survey, "test/"), body, content_type="application/json", **headers)
    assert answer.json() == {"sent_to": "anna@example.org", "mails": 2}
    assert [one.to for one in mail.outbox] == [["anna@example.org"]] * 2
    assert [one.subject for one in mail.outbox] == ["[Test] Customers", "[Test] Again: Customers"]
    assert not survey.mailings.exists() and not survey.invitations.exists()
    for more in ({"to": "x@example.org"}, {"texts": {"en": {"subject": "x", "body": "x"}}}):
        answer = client.post(api(survey, "test/"), body | more, content_type="application/json", **headers)
        assert answer.status_code == 400
    assert len(mail.outbox) == 2


def test_test_mails_are_limited_in_number(alice: Member, survey: Survey, settings: Any) -> None:
    settings.ATTEMPTS_PER_ACCOUNT = 2
    client, body = signed_in(alice), {"texts": {"en": TEXT}}
    statuses = [
        client.post(api(survey, "test/"), body, content_type="application/json").status_code
        for _n in range(3)
    ]
    assert statuses == [200, 200, 429] and len(mail.outbox) == 2
    form = {
        "subject_en": "x", "body_en": "{link} {opt_out}", "most_reminders": "0", "remind_after_days": "3",
        "do": "test",
    }  # fmt: skip
    said = client.post(f"/o/acme/surveys/{survey.public_id}/invitations/", form).content
    assert b"Too many test mails" in said and len(mail.outbox) == 2


def test_a_mail_server_that_is_away_is_said_to_be(alice: Member, survey: Survey, settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT, settings.EMAIL_USE_TLS = 1, False
    answer = signed_in(alice).post(
        api(survey, "test/"), {"texts": {"en": TEXT}}, content_type="application/json"
    )
    assert answer.status_code == 503 and answer.json()["problems"]


def test_the_rules_of_writing_are_read_and_set_by_api(alice: Member) -> None:
    client, address = signed_in(alice), "/api/v1/organisations/acme/mail-rules/"
    assert client.get(address).json() == {"rest_days": 0, "per_minute": 60}
    good = {"rest_days": 30, "per_minute": 120}
    answer = client.put(address, good, content_type="application/json")
    assert answer.status_code == 200 and answer.json() == good == client.get(address).json()
    for wrong in (
        {"per_minute": 0}, {"per_minute": 100_001}, {"rest_days": -1}, {"rest_days": 731}, {"rest": 1},
        {"per_minute": None},
    ):  # fmt: skip
        assert client.put(address, good | wrong, content_type="application/json").status_code == 400
    assert client.put(address, {"rest_days": 1}, content_type="application/json").status_code == 400
    assert client.get(address).json() == good and MailRules.objects.count() == 1
