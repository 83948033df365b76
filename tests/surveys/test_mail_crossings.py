"""What becomes of mails when something else happens at the same time: nobody is written to against their
will, and nothing of an anonymous survey is told."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client

from surveys.contacts.rows import Row
from surveys.contacts.storing import erase, store
from surveys.mailings.counts import counts_of
from surveys.mailings.links import register
from surveys.mailings.notices import Kind, read
from surveys.mailings.planning import PlanConflict, cancel
from surveys.models import Contact, Invitation, Member, OptOut, Recipient, Survey
from tests.cast import REGION, key_in, owner_of, page_of, published, signed_in, walk
from tests.surveys.mailing_cast import TEXT, is_later, known, planned, sent_now
from tests.surveys.respond_cast import asking, rating
from tests.surveys.test_mailings import link_in, opting_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice)


def moved(survey: Survey, key: str, email: str) -> None:
    """The company imports the same person with another address."""
    store(survey.organisation, [Row(2, email, key)])


def test_an_opt_out_outlives_an_import_that_read_the_contact_before(survey: Survey) -> None:
    known(survey.organisation, "ann@example.org", key="K1")
    planned(survey)
    sent_now()
    Client().post(opting_out(mail.outbox[0]))
    Contact.objects.update(opted_out_at=None)  # as an import writes that had read it earlier
    planned(survey)
    assert sent_now() == 0 and len(mail.outbox) == 1
    store(survey.organisation, [Row(2, "ann@example.org", "K1")])
    assert Contact.objects.get().opted_out_at == OptOut.objects.get().at


def test_who_opts_out_by_an_old_mail_is_out_under_the_new_address_too(survey: Survey) -> None:
    known(survey.organisation, "old@example.org", key="K1")
    planned(survey)
    sent_now()
    moved(survey, "K1", "new@example.org")
    out = opting_out(mail.outbox[0])
    Client().post(out)
    assert Contact.objects.get().opted_out_at and OptOut.objects.count() == 2
    planned(survey)
    assert sent_now() == 0
    Client().post(out, {"do": "in"})
    assert not Contact.objects.get().opted_out_at and not OptOut.objects.exists()


def test_a_link_is_never_sent_to_another_address_than_the_first_time(survey: Survey) -> None:
    """Behind it stands what the person has answered so far."""
    known(survey.organisation, "ann@example.org", key="K1")
    mailing = planned(survey, most_reminders=2)
    sent_now()
    moved(survey, "K1", "editor@example.org")
    is_later(days=30)
    assert sent_now() == 0 and [one.to for one in mail.outbox] == [["ann@example.org"]]
    assert counts_of(mailing).sent == 1


def test_reminders_of_an_anonymous_survey_are_due_together(survey: Survey) -> None:
    known(survey.organisation, *(f"{n}@example.org" for n in range(9)))
    mailing = planned(survey, most_reminders=1, remind_after_days=3)
    sent_now()
    assert {one.due_at for one in Recipient.objects.all()} == {mailing.send_at + timedelta(days=3)}


def test_whether_something_is_left_to_be_sent_is_told_of_a_confidential_survey_only(alice: Member) -> None:
    for privacy in Survey.Privacy:
        survey = published(alice, privacy=privacy)
        known(survey.organisation, "ann@example.org")
        mailing = planned(survey)
        sent_now()
        page = signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/invitations/{mailing.public_id}/")
        assert (b"Send no more of it" in page.content) == (privacy == Survey.Privacy.ANONYMOUS)


def test_counts_are_hidden_when_all_other_contacts_are_erased(survey: Survey) -> None:
    contacts = known(survey.organisation, *(f"{n}@example.org" for n in range(12)))
    mailing = planned(survey)
    sent_now()
    assert not counts_of(mailing).is_hidden
    for one in contacts[3:]:
        erase(one)
    assert counts_of(mailing).is_hidden
    for one in contacts[:3]:
        erase(one)
    assert not counts_of(mailing).is_hidden


def test_a_mailing_that_was_cut_short_carries_nothing(alice: Member) -> None:
    survey = asking(alice, page_of(rating("mark"), REGION))
    known(survey.organisation, *(f"{n}@example.org" for n in range(12)), segments={"region": "north"})
    for few in (False, True):
        mailing = planned(survey, also_invited_before=few)
        sent_now()
        if few:
            Recipient.objects.filter(mailing=mailing, contact__email__gt="2").update(mails=0)
        cancel(mailing)
        of_this = Invitation.objects.filter(recipient__mailing=mailing)
        assert [one.segments for one in of_this] == [{} if few else {"region": "north"}] * 12


class Erasing(BaseEmailBackend):
    """A mail server that takes its time: meanwhile the contact is erased."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for one in email_messages:
            erase(Contact.objects.get(email=one.to[0]))
        return len(email_messages)


def test_who_is_erased_while_a_mail_goes_out_leaves_no_trace(survey: Survey, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{Erasing.__module__}.{Erasing.__qualname__}"
    known(survey.organisation, "ann@example.org")
    planned(survey, most_reminders=1)
    assert sent_now() == 1
    left = Recipient.objects.get()
    assert (left.contact, left.sent_to, left.nonce, left.due_at, left.mails) == (None, "", "", None, 1)


def test_who_is_erased_before_a_link_is_made_leaves_none(alice: Member) -> None:
    survey = asking(alice, page_of(rating("mark"), REGION), privacy="confidential")
    (ann,) = known(survey.organisation, "ann@example.org", segments={"region": "north"})
    planned(survey)
    from surveys.mailings.preparing import prepare_due

    prepare_due()
    claimed = list(Recipient.objects.select_related("mailing__survey", "invitation"))
    assert claimed[0].segments == {"region": "north"}
    erase(ann)
    register(claimed)
    assert not Invitation.objects.exists()


def test_a_waiting_file_that_names_the_person_by_key_goes_too(alice: Member) -> None:
    from surveys.contacts.storing import start_draft
    from surveys.models import ContactImport

    (ann,) = known(alice.organisation, "ann@example.org", key="K-4711")
    content = b"email,key,name\nnew@example.org,k-4711,Ann\n"
    start_draft(alice.organisation, content, "a.csv", "utf-8", alice.user)
    start_draft(alice.organisation, content.replace(b"4711", b"47111"), "b.csv", "utf-8", alice.user)
    erase(ann)
    assert [one.filename for one in ContactImport.objects.all()] == ["b.csv"]


def test_a_form_sent_again_with_something_else_plans_nothing(alice: Member, survey: Survey) -> None:
    known(survey.organisation, "ann@example.org")
    first = planned(survey, key="one")
    assert planned(survey, key="one") == first
    for changed in ({"most_reminders": 1}, {"texts": {"en": {**TEXT, "subject": "Other"}}}):
        with pytest.raises(PlanConflict):
            planned(survey, key="one", **changed)
    here = f"/api/v1/organisations/acme/surveys/{survey.public_id}/invitations/"
    body = {"texts": {"en": TEXT}, "key": "another-key-1234567890"}
    client = signed_in(alice)
    assert client.post(here, body, content_type="application/json").status_code == 201
    other = client.post(here, body | {"most_reminders": 2}, content_type="application/json")
    assert other.status_code == 409 and other.json()["problems"][0]["field"] == "key"
    cancel(survey.mailings.exclude(pk=first.pk).get())
    again = client.post(here, body, content_type="application/json")
    assert again.status_code == 409 and "cancelled" in again.json()["problems"][0]["problem"]


def test_a_mail_that_a_dead_worker_sent_counts_once_it_is_answered(survey: Survey) -> None:
    known(survey.organisation, "ann@example.org")
    mailing = planned(survey)
    sent_now()
    Recipient.objects.update(state="waiting", mails=0)  # as it died before it could say so
    page = Client().get(link_in(mail.outbox[0]))
    walk(survey, key=key_in(page))
    counts = counts_of(mailing)
    assert (counts.waiting, counts.sent, counts.finished) == (0, 1, 1)
    assert sent_now() == 0


@pytest.mark.parametrize("more", ["; a=b" * 2_000, ";\n a=b" * 2_000, f'; x="{";" * 5_000}'])
def test_a_notice_that_takes_long_to_read_is_none(more: str) -> None:
    text = f"Content-Type: multipart/report; report-type=delivery-status{more}\n\nx"
    assert read(text.encode()).kind == Kind.OTHER


def test_a_long_diagnosis_is_cut() -> None:
    text = (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n'
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.c\n"
        f"Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; {'a' * 200_000}\n\n--b--\n"
    )
    notice = read(text.encode())
    assert notice.kind == Kind.BOUNCED and re.match(r"5\.1\.1\s+a+", notice.said) and len(notice.said) < 500
