"""A customer reads the company's name in the language of the mail, and is greeted also without a name."""

import pytest
from django.core import mail
from django.test import Client

from surveys.mailings.planning import suggested, suggested_reminder
from surveys.models import Member, Survey
from tests.cast import owner_of, published, signed_in
from tests.surveys.mailing_cast import known, planned, sent_now

pytestmark = pytest.mark.django_db
WORDS = {
    "company": {"en": "Acme Coffee", "zh-hans": "艾克美咖啡", "zh-hant": "艾克美咖啡館"},
    "category": {"en": "coffee", "zh-hans": "咖啡", "zh-hant": "咖啡"},
}
TEXTS = {
    code: {"subject": "{company}", "body": "{name}, {company} / {organisation}: {link} {opt_out}"}
    for code in ("en", "zh-hant")
}


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, words=WORDS)


def test_the_company_is_called_as_in_the_questionnaire(survey: Survey) -> None:
    known(survey.organisation, "ann@example.org", name="Ann")
    known(survey.organisation, "ben@example.org", language="zh-hant", name="王小明")
    planned(survey, texts=TEXTS)
    sent_now()
    english, chinese = mail.outbox
    assert english.subject == "Acme Coffee" and english.from_email.startswith("Acme Coffee <")
    assert english.body.startswith("Ann, Acme Coffee / Acme: ")
    assert chinese.subject == "艾克美咖啡館" and chinese.body.startswith("王小明, 艾克美咖啡館 / Acme: ")


def test_the_organisations_name_stands_where_the_questionnaire_has_none(survey: Survey) -> None:
    version = survey.current_version
    assert version
    words = {"company": {"en": " "}}
    type(version).objects.filter(pk=version.pk).update(
        snapshot={**version.snapshot, "words": words}, digest="another"
    )
    known(survey.organisation, "ann@example.org")
    planned(survey, texts=TEXTS)
    sent_now()
    assert mail.outbox[0].subject == "Acme"


def test_who_has_no_name_is_a_customer(survey: Survey) -> None:
    known(survey.organisation, "ann@example.org")
    planned(survey, texts=TEXTS)
    sent_now()
    assert mail.outbox[0].body.startswith("customer, ")


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_what_is_suggested_names_the_company_and_nothing_internal(language: str) -> None:
    for text in (suggested(language), suggested_reminder(language)):
        said = text["subject"] + text["body"]
        assert "{company}" in text["subject"] and "{company}" in text["body"]
        assert "{survey}" not in said and "{organisation}" not in said


def test_a_test_mail_says_that_it_is_one(alice: Member, survey: Survey) -> None:
    alice.user.name = ""
    alice.user.save()
    form = {
        "subject_en": "Hello", "body_en": "{name}: {link} {opt_out}", "most_reminders": "0",
        "remind_after_days": "3", "do": "test",
    }  # fmt: skip
    client: Client = signed_in(alice)
    client.post(f"/o/acme/surveys/{survey.public_id}/invitations/", form)
    (message,) = mail.outbox
    assert message.subject == "[Test] Hello" and message.body.startswith("customer: ")
