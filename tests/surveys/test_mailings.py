"""Invitations by e-mail from the list of contacts to the reminder that is not needed any more."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from surveys.contacts.storing import erase
from surveys.mailings import preparing
from surveys.mailings.counts import counts_of, counts_of_survey
from surveys.mailings.planning import cancel
from surveys.models import Contact, Invitation, MailRules, Member, Recipient, Survey
from surveys.questionnaire.pages import pages
from surveys.responses.invitations import link_counts, make_links, withdraw_links
from tests.cast import answers_to, key_in, owner_of, published, signed_in, walk
from tests.surveys.mailing_cast import confirmed, is_later, known, planned, sent_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice)


def link_in(message: Any) -> str:
    match = re.search(r"/s/\S+\?t=[\w-]{22}&language=[a-z-]+", message.body)
    assert match, message.body
    return match[0]


def opting_out(message: Any) -> str:
    match = re.search(r"/opt-out/\S+/", message.body)
    assert match
    return match[0]


def begin(survey: Survey, key: str) -> None:
    """Keep the answers of the first page."""
    version = survey.current_version
    assert version
    page = pages(version.content, "en")[0]
    answer = Client().post(
        f"/s/{survey.public_id}/", {"key": key, "page": page.code, "next": "1", **answers_to(survey)[0]}
    )
    assert answer.status_code == 200


def test_from_a_contact_to_an_answer_and_no_reminder(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org", "ben@example.org")
    mailing = planned(survey, most_reminders=2, remind_after_days=3)
    assert sent_now() == 2
    assert [one.to for one in mail.outbox] == [["ann@example.org"], ["ben@example.org"]]
    page = Client().get(link_in(mail.outbox[0]))
    walk(survey, key=key_in(page))
    assert counts_of(mailing)[2:3] == (2,) and counts_of(mailing).finished == 1
    assert sent_now() == 0
    is_later(days=3)
    assert sent_now() == 1 and mail.outbox[2].to == ["ben@example.org"]
    assert link_in(mail.outbox[2]) == link_in(mail.outbox[1])
    is_later(days=3)
    assert sent_now() == 1
    is_later(days=30)
    assert sent_now() == 0 and counts_of(mailing).response_rate == 0.5
    assert counts_of(mailing).reminded == 1


def test_a_reader_of_the_database_and_the_secret_key_finds_no_answers_of_a_person(
    alice: Member, survey: Survey
) -> None:
    known(alice.organisation, "ann@example.org")
    planned(survey, most_reminders=1)
    sent_now()
    assert Recipient.objects.get().nonce
    token = link_in(mail.outbox[0]).partition("?t=")[2].partition("&")[0]
    assert token not in str(list(Recipient.objects.values()) + list(Invitation.objects.values()))
    walk(survey, key=key_in(Client().get(link_in(mail.outbox[0]))))
    assert Recipient.objects.get().nonce == "" and survey.responses.count() == 1


def test_what_was_opened_started_and_finished_is_told_apart(alice: Member, survey: Survey) -> None:
    known(alice.organisation, *(f"{name}@example.org" for name in "abcd"))
    mailing = planned(survey)
    sent_now()
    first, second, third, fourth = (link_in(one) for one in mail.outbox)
    Client().head(fourth)
    Client().get(first)
    begin(survey, key_in(Client().get(second)))
    walk(survey, key=key_in(Client().get(third)))
    counts = counts_of(mailing)
    assert (counts.opened, counts.started, counts.finished) == (3, 2, 1)
    assert counts.percent == "25.0"


def test_looking_at_the_way_out_changes_nothing_and_using_it_holds_for_every_survey(
    alice: Member, survey: Survey
) -> None:
    known(alice.organisation, "ann@example.org")
    first = planned(survey, most_reminders=1, remind_after_days=1)
    sent_now()
    way_out = opting_out(mail.outbox[0])
    for method in ("get", "head"):
        assert getattr(Client(), method)(way_out).status_code == 200
    assert Contact.objects.get().opted_out_at is None
    one_click = Client(enforce_csrf_checks=True).post(way_out, {"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200 and Contact.objects.get().opted_out_at
    assert counts_of(first).opted_out == 1
    is_later(days=2)
    second = planned(published(alice, name="Another"))
    assert sent_now() == 0 and counts_of(second).had_opted_out == 1
    assert counts_of(first).sent == 1


def test_an_opt_out_outlives_the_contact(alice: Member, survey: Survey) -> None:
    (contact,) = known(alice.organisation, "ann@example.org")
    planned(survey)
    sent_now()
    erase(contact)
    assert Client().post(opting_out(mail.outbox[0])).status_code == 200
    assert "ann" not in str(list(alice.organisation.opt_outs.values()))
    (again,) = known(alice.organisation, "ann@example.org")
    assert again.opted_out_at
    planned(survey)
    assert sent_now() == 0


def test_an_opt_out_of_one_organisation_is_not_anothers(alice: Member, survey: Survey) -> None:
    bob = owner_of("globex", "bob@example.org")
    for member in (alice, bob):
        known(member.organisation, "ann@example.org")
    planned(survey)
    sent_now()
    Client().post(opting_out(mail.outbox[0]))
    planned(published(bob))
    assert sent_now() == 1


@pytest.mark.parametrize("token", ["x", "a:b:c", "é", "0" * 400])
def test_a_forged_way_out_is_not_there(token: str) -> None:
    assert Client().get(f"/opt-out/{token}/").status_code == 404
    assert Client().post(f"/opt-out/{token}/").status_code == 404


def test_mail_programs_are_told_how_to_end_it_in_one_click(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    planned(survey)
    sent_now()
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe"] == f"<http://127.0.0.1:8000{opting_out(mail.outbox[0])}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_person_gets_one_survey_in_so_many_days(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    MailRules.objects.create(organisation=alice.organisation, rest_days=30)
    planned(survey)
    assert sent_now() == 1
    second = planned(published(alice, name="Another"))
    assert sent_now() == 0 and counts_of(second).too_soon == 1
    Contact.objects.update(asked_at=timezone.now() - timedelta(days=31))
    planned(published(alice, name="Third"))
    assert sent_now() == 1


def test_a_minute_has_no_more_mails_than_the_rate(alice: Member, survey: Survey) -> None:
    known(alice.organisation, *(f"{n}@example.org" for n in range(7)))
    MailRules.objects.create(organisation=alice.organisation, per_minute=3)
    mailing = planned(survey)
    assert sent_now() == 3 and sent_now() == 0
    Recipient.objects.update(tried_at=timezone.now() - timedelta(seconds=61))
    assert sent_now() == 3 and counts_of(mailing).waiting == 1


def test_who_is_left_out_takes_nothing_of_the_rate(alice: Member, survey: Survey) -> None:
    known(alice.organisation, *(f"{n}@example.org" for n in range(8)))
    Contact.objects.filter(email__lt="6").update(opted_out_at=timezone.now())
    MailRules.objects.create(organisation=alice.organisation, per_minute=2)
    mailing = planned(survey)
    assert sent_now() == 2
    Recipient.objects.update(tried_at=timezone.now() - timedelta(seconds=61))
    assert sent_now() == 0 and counts_of(mailing).had_opted_out == 6


def test_a_mail_is_in_the_contacts_language(alice: Member, survey: Survey) -> None:
    texts = {
        "en": {"subject": "Hello", "body": "{link} {opt_out}"},
        "zh-hant": {"subject": "您好", "body": "請填 {link} {opt_out}"},
    }
    known(alice.organisation, "ann@example.org", language="zh-hant")
    known(alice.organisation, "ben@example.org", language="zh-hans")
    planned(survey, texts=texts)
    sent_now()
    assert [one.subject for one in mail.outbox] == ["您好", "Hello"]
    page = Client().get(link_in(mail.outbox[0]))
    assert page.headers["Content-Language"] == "zh-hant"


def test_nothing_is_sent_before_its_time(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    mailing = planned(survey, send_at=timezone.now() + timedelta(hours=1))
    assert sent_now() == 0 and counts_of(mailing).chosen == 0


def test_only_the_contacts_of_a_segment_are_chosen(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org", segments={"region": "north"})
    known(alice.organisation, "ben@example.org", segments={"region": "south"})
    known(alice.organisation, "cid@example.org")
    planned(survey, segment="region", option="north")
    assert sent_now() == 1 and mail.outbox[0].to == ["ann@example.org"]


@pytest.mark.parametrize("code", ["contains", "organisation__slug", "has_key", "isnull"])
def test_a_segments_name_is_no_lookup(alice: Member, survey: Survey, code: str) -> None:
    known(alice.organisation, "ann@example.org", segments={"region": "north"})
    planned(survey, segment=code, option="acme")
    assert sent_now() == 0


def test_another_organisations_contacts_are_never_written_to(alice: Member, survey: Survey) -> None:
    known(owner_of("globex", "bob@example.org").organisation, "ann@example.org")
    planned(survey)
    assert sent_now() == 0


def test_a_cancelled_mailing_sends_no_more(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org", "ben@example.org")
    MailRules.objects.create(organisation=alice.organisation, per_minute=1)
    mailing = planned(survey, most_reminders=1, remind_after_days=1)
    assert sent_now() == 1 and cancel(mailing) == 2  # an invitation and a reminder
    Recipient.objects.update(tried_at=None)
    is_later(days=2)
    assert sent_now() == 0
    counts = counts_of(mailing)
    assert (counts.sent, counts.cancelled, counts.waiting) == (1, 1, 0)


def test_a_closed_survey_invites_nobody_and_one_not_open_yet_waits(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    mailing = planned(survey)
    Survey.objects.update(opens_at=timezone.now() + timedelta(days=1))
    assert sent_now() == 0 and counts_of(mailing).waiting == 1
    Survey.objects.update(opens_at=None, state="closed")
    is_later(days=2)
    assert sent_now() == 0 and counts_of(mailing).closed == 1


def test_an_erased_contact_leaves_only_numbers(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org", "ben@example.org", name="Nobody Else")
    MailRules.objects.create(organisation=alice.organisation, per_minute=1)
    mailing = planned(survey, most_reminders=1, remind_after_days=1)
    sent_now()
    for contact in Contact.objects.all():
        erase(contact)
    assert not Contact.objects.exists()
    assert "example.org" not in str(list(Recipient.objects.values()) + list(Invitation.objects.values()))
    Recipient.objects.update(tried_at=None)
    is_later(days=2)
    assert sent_now() == 0
    counts = counts_of(mailing)
    assert (counts.chosen, counts.sent, counts.cancelled) == (2, 1, 1)


def test_listing_twice_or_after_a_death_lists_nobody_twice(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org", "ben@example.org")
    mailing = planned(survey)
    assert preparing.prepare(mailing) and not preparing.prepare(mailing)
    type(mailing).objects.update(prepared_at=None)  # as if the worker had died before the end
    assert preparing.prepare(mailing) and mailing.recipients.count() == 2


def test_the_page_plans_tells_and_cancels(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    client = signed_in(alice)
    address = f"/o/acme/surveys/{survey.public_id}/invitations/"
    form = {
        "subject_en": "Hello {name}",
        "body_en": "{link} {opt_out}",
        "send_at": "2101-01-01T09:00",
        "most_reminders": "1",
        "remind_after_days": "3",
    }
    page = confirmed(client, address, form)
    assert b"The invitations are planned." in page.content
    mailing = survey.mailings.get()
    assert mailing.send_at.isoformat() == "2101-01-01T01:00:00+00:00"  # 09:00 in Taipei
    type(mailing).objects.update(send_at=timezone.now())
    sent_now()
    assert mail.outbox[0].subject == "Hello customer"
    said = client.get(address).content
    assert b"fewer than 10 were sent" in said and b"come back)" not in said
    Survey.objects.update(privacy="confidential")
    said = client.get(address).content
    assert b"(0 of 1 sent and not come back)" in said and b"shown to you with the person's name" in said
    page = client.post(f"{address}{mailing.public_id}/", follow=True)
    assert b"Cancelled" in page.content


def test_few_of_an_anonymous_survey_are_not_told_apart(alice: Member, survey: Survey) -> None:
    known(alice.organisation, *(f"{n}@example.org" for n in range(12)))
    known(alice.organisation, "ann@example.org", segments={"region": "north"})
    small = planned(survey, segment="region", option="north", also_invited_before=True)
    large = planned(survey, also_invited_before=True)
    sent_now()
    assert not counts_of(large).is_hidden and counts_of(small).is_hidden
    assert counts_of_survey(survey).is_hidden  # or it would be told by subtraction
    said = signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/invitations/").content
    assert b"one of the mailings is smaller than 10 and could be worked out" in said
    assert b"where fewer than 10 were sent" not in said and b'data-label="Response rate"' in said
    told = signed_in(alice).get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/invitations/").json()
    by_sent = {one["counts"]["sent"]: one["counts"] for one in told["results"]}
    assert (by_sent[13]["finished"], by_sent[1]["finished"], by_sent[1]["response_rate"]) == (0, None, None)
    Survey.objects.update(privacy="confidential")
    small.survey.refresh_from_db()
    assert not counts_of(small).is_hidden


def test_mailed_links_are_not_among_those_made_by_hand(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    planned(survey)
    sent_now()
    make_links(survey, 2)
    assert link_counts(survey).made == 2 and withdraw_links(survey) == 2
    assert Client().get(link_in(mail.outbox[0])).status_code == 200


def test_a_test_mail_goes_to_oneself_and_counts_nowhere(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    form = {
        "subject_en": "Hello", "body_en": "{link} {opt_out}", "most_reminders": "0", "remind_after_days": "3",
        "do": "test",
    }  # fmt: skip
    page = signed_in(alice).post(f"/o/acme/surveys/{survey.public_id}/invitations/", form)
    assert page.status_code == 200 and b"A test mail was sent to alice@example.org" in page.content
    assert [one.to for one in mail.outbox] == [["alice@example.org"]]
    assert "?t=" not in mail.outbox[0].body and "opt-out" not in mail.outbox[0].body
    assert not survey.mailings.exists() and not Invitation.objects.exists()


def test_who_opted_out_may_opt_in_again_and_looking_does_not(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    first = planned(survey)
    sent_now()
    way = opting_out(mail.outbox[0])
    page = Client().post(way, {"language": "en"})
    assert b"Send me invitations again" in page.content and counts_of(first).opted_out == 1
    for method in ("get", "head"):
        getattr(Client(), method)(f"{way}?do=in")
    planned(survey)
    assert sent_now() == 0 and Contact.objects.get().opted_out_at
    for _time in range(2):
        page = Client(enforce_csrf_checks=True).post(way, {"do": "in", "language": "en"})
        assert b"Acme may invite you to surveys again." in page.content
        assert b"<h1>Invitations again</h1>" in page.content and b"<button" not in page.content
    assert b"<h1>No more invitations</h1>" in Client().get(way).content  # where the link there leads
    assert counts_of(first).opted_out == 0 and not alice.organisation.opt_outs.exists()
    planned(survey, also_invited_before=True)
    assert sent_now() == 1
    # A mail program that ends it in one click still does.
    Client().post(way, {"List-Unsubscribe": "One-Click"})
    assert Contact.objects.get().opted_out_at and counts_of(first).opted_out == 1


def test_opting_in_again_is_of_one_address_and_organisation(alice: Member, survey: Survey) -> None:
    bob = owner_of("globex", "bob@example.org")
    known(alice.organisation, "ann@example.org", "ben@example.org")
    known(bob.organisation, "ann@example.org")
    planned(survey)
    planned(published(bob))
    sent_now()
    ways = [opting_out(one) for one in mail.outbox]
    for way in ways:
        Client().post(way)
    Client().post(ways[0], {"do": "in"})
    out = Contact.objects.filter(opted_out_at__isnull=False).values_list("email", "organisation__slug")
    assert set(out) == {("ben@example.org", "acme"), ("ann@example.org", "globex")}
    assert Client().post("/opt-out/forged/", {"do": "in"}).status_code == 404


def test_the_erased_may_opt_in_again_too(alice: Member, survey: Survey) -> None:
    (contact,) = known(alice.organisation, "ann@example.org")
    planned(survey)
    sent_now()
    Client().post(opting_out(mail.outbox[0]))
    erase(contact)
    Client().post(opting_out(mail.outbox[0]), {"do": "in"})
    (again,) = known(alice.organisation, "ann@example.org")
    assert again.opted_out_at is None and not Recipient.objects.filter(has_opted_out=True).exists()


def test_nobody_is_invited_to_a_simulated_survey(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    Survey.objects.update(is_simulated=True)
    client, here = signed_in(alice), f"/o/acme/surveys/{survey.public_id}/invitations/"
    form = {
        "subject_en": "x", "body_en": "{link} {opt_out}", "most_reminders": "0", "remind_after_days": "3"
    }  # fmt: skip
    for body in (form | {"do": "test"}, form):
        assert b"The survey is simulated: nobody is invited to it." in client.post(here, body).content
    said = client.get(here).content
    assert b"The survey is simulated: nobody is invited to it." in said and b"<textarea" not in said
    for address in ("", "test/"):
        answer = client.post(
            f"/api/v1/organisations/acme/surveys/{survey.public_id}/invitations/{address}",
            {"texts": {"en": {"subject": "x", "body": "{link} {opt_out}"}}},
            content_type="application/json",
        )
        assert answer.status_code == 400 and "simulated" in answer.json()["problems"][0]["problem"]
    assert not mail.outbox and not survey.mailings.exists()


@pytest.mark.parametrize("leaves", [True, False])
def test_mails_that_reach_nobody_are_said_to(
    alice: Member, survey: Survey, settings: Any, leaves: bool
) -> None:
    settings.MAILS_LEAVE = leaves
    said = signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/invitations/").content
    assert (b"reach nobody: no mail server is set" in said) != leaves
