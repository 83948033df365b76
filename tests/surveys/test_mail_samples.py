"""Inviting a random sample: of whom it is drawn, that it is just so large, and that it can be drawn again."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from surveys.mailings import preparing
from surveys.mailings.counts import counts_of
from surveys.mailings.planning import cancel
from surveys.mailings.sampling import drawn
from surveys.models import Contact, Mailing, MailRules, Member, Recipient, Survey
from tests.cast import owner_of, published, signed_in
from tests.surveys.mailing_cast import confirmed, is_later, known, planned, sent_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice)


def many(member: Member, number: int, host: str = "example.org") -> list[Contact]:
    return known(member.organisation, *(f"{n}@{host}" for n in range(number)))


def test_just_so_many_are_written_to_and_whoever_has_the_seed_finds_them(
    alice: Member, survey: Survey
) -> None:
    everybody = many(alice, 30)
    mailing = planned(survey, sample_size=7)
    assert sent_now() == 7
    first = sorted(everybody, key=lambda one: sha256((mailing.seed + one.public_id).encode()).digest())[:7]
    assert {one.to[0] for one in mail.outbox} == {one.email for one in first}
    mailing.refresh_from_db()
    assert mailing.frame_size == 30 and counts_of(mailing).chosen == 7


def test_it_is_drawn_from_those_who_may_be_invited_at_that_moment(alice: Member, survey: Survey) -> None:
    out, bounced, tired, *_fresh = many(alice, 8)
    for one, state in ((out, "opted_out_at"), (bounced, "bounced_at"), (tired, "asked_at")):
        Contact.objects.filter(pk=one.pk).update(**{state: timezone.now() - timedelta(days=1)})
    MailRules.objects.create(organisation=alice.organisation, rest_days=30)
    mailing = planned(survey, sample_size=4)
    assert sent_now() == 4
    mailing.refresh_from_db()
    assert mailing.frame_size == 5
    assert not {out.email, bounced.email, tired.email} & {one.to[0] for one in mail.outbox}


def test_where_there_are_fewer_all_are_invited_and_it_is_said(alice: Member, survey: Survey) -> None:
    many(alice, 3)
    mailing = planned(survey, sample_size=10)
    assert sent_now() == 3
    said = signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/invitations/{mailing.public_id}/")
    assert b"A sample of 10 was asked for; only 3 could be invited" in said.content


def test_a_sample_of_a_segment_has_no_others(alice: Member, survey: Survey) -> None:
    known(alice.organisation, *(f"n{n}@example.org" for n in range(6)), segments={"region": "north"})
    many(alice, 6)
    mailing = planned(survey, sample_size=5, segment="region", option="north")
    assert sent_now() == 5 and all(one.to[0].startswith("n") for one in mail.outbox)
    mailing.refresh_from_db()
    assert mailing.frame_size == 6


def test_every_subset_is_as_likely_as_any_other() -> None:
    frame = [(n, f"id{n}") for n in range(5)]
    times = Counter(tuple(drawn(frame, 2, f"seed{n}")[0]) for n in range(10_000))
    assert len(times) == 10
    expected = 1_000  # of each pair; 27.9 is the 99.9 % quantile of chi-square with 9 degrees of freedom
    assert sum((found - expected) ** 2 / expected for found in times.values()) < 27.9


def test_a_worker_that_died_half_way_leaves_no_larger_sample(
    alice: Member, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changed meanwhile makes another sample, never two on top of each other."""
    many(alice, 30)
    mailing = planned(survey, sample_size=9)
    monkeypatch.setattr(preparing, "AT_ONCE", 4)
    real, done = preparing._create, 0

    def dies(*given: object) -> None:
        nonlocal done
        done += 1
        if done == 2:
            raise KeyboardInterrupt
        real(*given)

    monkeypatch.setattr(preparing, "_create", dies)
    with pytest.raises(KeyboardInterrupt):
        preparing.prepare_due()
    assert mailing.recipients.count() == 4
    assert sent_now() == 0  # the dead one's lease holds, and of what it listed nothing is due
    is_later(days=1)
    assert sent_now() == 0
    many(alice, 30, host="more.example")
    Contact.objects.filter(pk__lte=Contact.objects.order_by("pk")[15].pk).update(opted_out_at=timezone.now())
    Mailing.objects.update(lease_until=timezone.now())
    assert sent_now() == 9 and mailing.recipients.count() == 9
    mailing.refresh_from_db()
    assert mailing.frame_size == 44
    assert set(mailing.recipients.values_list("state", flat=True)) == {"sent"}


def test_one_that_lost_its_turn_adds_nobody(
    alice: Member, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(alice, 20)
    mailing = planned(survey, sample_size=6)
    monkeypatch.setattr(preparing, "AT_ONCE", 2)
    real, is_first = preparing._create, True

    def slow(*given: object) -> None:
        nonlocal is_first
        if is_first:  # its lease passes while it lists, and another does it all
            is_first = False
            Mailing.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            assert preparing.prepare(Mailing.objects.select_related("survey__organisation").get())
        real(*given)

    monkeypatch.setattr(preparing, "_create", slow)
    assert not preparing.prepare(Mailing.objects.select_related("survey__organisation").get())
    assert mailing.recipients.count() == 6


def test_cancelling_while_it_is_listed_ends_it(
    alice: Member, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(alice, 6)
    mailing = planned(survey)
    monkeypatch.setattr(preparing, "AT_ONCE", 2)
    real, done = preparing._create, 0

    def cancelled_after_one(*given: object) -> None:
        nonlocal done
        done += 1
        if done == 2:
            cancel(mailing)
        real(*given)

    monkeypatch.setattr(preparing, "_create", cancelled_after_one)
    assert sent_now() == 0
    counts = counts_of(mailing)
    assert (counts.chosen, counts.cancelled, counts.waiting) == (2, 2, 0)
    assert not Recipient.objects.filter(due_at__isnull=False).exists()


def test_page_and_api_plan_a_sample_and_tell_of_it(alice: Member, survey: Survey) -> None:
    many(alice, 5)
    client = signed_in(alice)
    form = {
        "subject_en": "Hello", "body_en": "{link} {opt_out}", "most_reminders": "0", "remind_after_days": "3",
        "sample_size": "2",
    }  # fmt: skip
    page = confirmed(client, f"/o/acme/surveys/{survey.public_id}/invitations/", form)
    assert b"A random sample of 2 of them" in page.content
    sent_now()
    here = page.redirect_chain[-1][0]
    assert b"A simple random sample: 2 drawn of the 5 who could be invited." in client.get(here).content
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/invitations/"
    texts = {"en": {"subject": "x", "body": "{link} {opt_out}"}}
    body = {"texts": texts, "sample_size": 3, "also_invited_before": True}
    made = client.post(address, body, content_type="application/json").json()
    assert (made["sample_size"], made["frame_size"]) == (3, None)
    sent_now()
    told = client.get(f"{address}{made['id']}/").json()
    assert (told["frame_size"], told["counts"]["chosen"]) == (5, 3) and told["sample_seed"]
    for wrong in (-1, 10_000_001, "many"):
        body = {"texts": texts, "sample_size": wrong}
        assert client.post(address, body, content_type="application/json").status_code == 400


def test_listing_asks_a_few_questions_however_many_there_are(alice: Member, survey: Survey) -> None:
    many(alice, 50)
    mailing = planned(survey, sample_size=40)
    before = len(connection.queries_log)
    assert preparing.prepare(mailing)
    assert len(connection.queries_log) - before < 25


@pytest.mark.django_db(transaction=True)
def test_workers_that_meet_list_one_sample(
    alice: Member, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(alice, 40)
    planned(survey, sample_size=11)
    monkeypatch.setattr(preparing, "AT_ONCE", 2)

    def work(_number: int) -> int:
        try:
            return preparing.prepare_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 1
    assert Recipient.objects.filter(due_at__isnull=False).count() == Recipient.objects.count() == 11
