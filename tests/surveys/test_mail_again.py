"""A second mailing of a survey invites whom no other one did, unless it is to ask the same people again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from surveys.mailings import preparing
from surveys.mailings.counts import counts_of
from surveys.mailings.planning import cancel
from surveys.mailings.sending import send_due
from surveys.models import Contact, Mailing, Member, Recipient, Survey
from tests.cast import REGION, owner_of, published, signed_in
from tests.surveys.mailing_cast import known, planned, sent_now

pytestmark = pytest.mark.django_db
API = "/api/v1/organisations/acme/surveys/"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice)


def written_to() -> list[str]:
    return sorted(one.to[0].partition("@")[0] for one in mail.outbox)


def test_who_was_invited_before_is_left_out_and_counted(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    planned(survey)
    assert sent_now() == 1
    known(alice.organisation, "ben@example.org")
    second = planned(survey)
    assert sent_now() == 1 and written_to() == ["ann", "ben"]
    counts = counts_of(second)
    assert (counts.chosen, counts.sent, counts.invited_before, counts.base) == (2, 1, 1, 1)
    address = f"{API}{survey.public_id}/invitations/{second.public_id}/"
    assert signed_in(alice).get(address).json()["counts"]["invited_before"] == 1
    page = signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/invitations/{second.public_id}/")
    assert b"Left out: invited to this survey before</th><td>1</td>" in page.content


def test_a_survey_that_asks_the_same_people_again_does(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    texts = {"en": {"subject": "x", "body": "{link} {opt_out}"}}
    planned(survey)
    sent_now()
    answer = signed_in(alice).post(
        f"{API}{survey.public_id}/invitations/",
        {"texts": texts, "also_invited_before": True},
        content_type="application/json",
    )
    assert answer.status_code == 201 and answer.json()["also_invited_before"] is True
    assert sent_now() == 1 and written_to() == ["ann", "ann"]


def test_another_survey_and_what_never_arrived_do_not_count(alice: Member, survey: Survey) -> None:
    known(alice.organisation, *(f"{name}@example.org" for name in ("ann", "ben", "cid", "dan")))
    planned(published(alice, name="Another"))
    sent_now()
    first = planned(survey)
    sent_now()
    states = Recipient.State
    kept = {"ben": states.BOUNCED, "cid": states.REFUSED, "dan": states.TOO_SOON}
    for name, state in kept.items():
        of_first = first.recipients.filter(contact__email=f"{name}@example.org")
        of_first.update(state=state, due_at=None)
    mail.outbox.clear()
    planned(survey)
    assert sent_now() == 3 and written_to() == ["ben", "cid", "dan"]


def test_one_that_waits_counts_until_it_is_cancelled(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    first = planned(survey)
    assert preparing.prepare(first)
    second = planned(survey)
    assert preparing.prepare(second) and counts_of(second).invited_before == 1
    cancel(first)
    third = planned(survey)
    assert preparing.prepare(third) and counts_of(third).invited_before == 0
    assert send_due() == 1


def test_a_sample_is_drawn_from_the_others(alice: Member, survey: Survey) -> None:
    known(alice.organisation, *(f"{n}@example.org" for n in range(6)))
    planned(survey, sample_size=4)
    assert sent_now() == 4
    second = planned(survey, sample_size=4)
    assert sent_now() == 2 and len(set(written_to())) == 6
    second.refresh_from_db()
    assert second.frame_size == counts_of(second).chosen == 2


def test_who_opted_out_is_counted_as_that(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    planned(survey)
    sent_now()
    Contact.objects.update(opted_out_at=timezone.now())
    second = planned(survey)
    sent_now()
    assert (counts_of(second).had_opted_out, counts_of(second).invited_before) == (1, 0)


def test_who_is_left_out_hides_nobody_in_an_anonymous_survey(alice: Member) -> None:
    """Nine of ten of the north were invited before: the tenth would be known by it."""
    survey = published(alice, segments=[REGION])
    north = {"region": "north"}
    known(alice.organisation, *(f"{n}@example.org" for n in range(9)), segments=north)
    planned(survey)
    sent_now()
    known(alice.organisation, "ann@example.org", segments=north)
    second = planned(survey)
    sent_now()
    assert [one.segments for one in second.recipients.filter(state=Recipient.State.SENT)] == [{}]


def test_two_listed_at_the_same_time_write_to_each_person_once(alice: Member, survey: Survey) -> None:
    """Neither knew of the other, as when two workers list: whichever writes first is the invitation."""
    known(alice.organisation, "ann@example.org", "ben@example.org")
    first, second = planned(survey), planned(survey, also_invited_before=True)
    assert preparing.prepare(first) and preparing.prepare(second)
    Mailing.objects.update(also_invited_before=False)
    assert send_due() == 2 and written_to() == ["ann", "ben"]
    left_out = Recipient.objects.filter(state=Recipient.State.INVITED_BEFORE)
    assert left_out.count() == 2 and not Recipient.objects.filter(due_at__isnull=False).exists()


def test_one_that_died_while_listing_is_listed_anew(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    first = planned(survey)
    sent_now()
    second = planned(survey)
    assert preparing.prepare(second)
    cancel(first)
    first.recipients.update(state=Recipient.State.CANCELLED)
    Mailing.objects.filter(pk=second.pk).update(prepared_at=None)
    assert preparing.prepare(second) and second.recipients.count() == 1
    assert counts_of(second).invited_before == 0


@pytest.mark.django_db(transaction=True)
def test_workers_that_list_two_mailings_at_once_forget_nobody(alice: Member, survey: Survey) -> None:
    known(alice.organisation, *(f"{n}@example.org" for n in range(20)))
    mailings = [planned(survey), planned(survey)]

    def work(mailing: Mailing) -> bool:
        try:
            return preparing.prepare(mailing)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(work, mailings))
    assert send_due() == 20 and len(set(written_to())) == 20


def test_listing_asks_no_question_for_each_person(alice: Member, survey: Survey) -> None:
    known(alice.organisation, *(f"{n}@example.org" for n in range(50)))
    planned(survey)
    sent_now()
    mailing = planned(survey)
    with CaptureQueriesContext(connection) as asked:
        assert preparing.prepare(mailing)
    assert len(asked) < 25 and counts_of(mailing).invited_before == 50
