"""Digests: when they are due, what they tell, to whom, and that each is sent once."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from indices.digests.due import CAUGHT_UP_WITHIN, day_due
from indices.digests.sending import CLAIM, SECONDS, send, send_due, token_of
from indices.models import Digest
from surveys.models import Member, Organisation, Response, Survey
from tests.cast import joined, owner_of, published, signed_in
from tests.indices.share_cast import month, released_month, stored

pytestmark = [pytest.mark.django_db, pytest.mark.words]
MONDAY = date(2026, 3, 2)
MORNING = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
BEFORE = MORNING - timedelta(days=7)


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice)


def digest_of(member: Member, **fields: Any) -> Digest:
    own = {"told_until": BEFORE, "handled": BEFORE.date()} | fields
    return Digest.objects.update_or_create(member=member, defaults=own)[0]


def answered(survey: Survey, at: datetime, number: int = 1) -> None:
    """Finished answers that nobody reads but to count them."""
    version = survey.current_version
    assert version
    period = month(survey, f"{at:%Y-%m}")
    for _number in range(number):
        Response.objects.create(
            survey=survey,
            version=version,
            period=period,
            language="en",
            state="finished",
            started_at=at,
            finished_at=at,
        )


def sent_to(email: str) -> Any:
    (one,) = [message for message in mail.outbox if message.to == [email]]
    return one


# -- when


def due(now: datetime, time_zone: str = "Asia/Taipei", **fields: Any) -> date | None:
    member = Member(organisation=Organisation(time_zone=time_zone))
    return day_due(Digest(member=member, **fields), now)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-03-02T06:59", None),
        ("2026-03-02T07:00", MONDAY),
        ("2026-03-03T06:59", MONDAY),  # missed in the morning, caught up with within a day
        ("2026-03-03T07:00", None),
    ],
)
def test_it_is_due_on_the_morning_of_its_day_where_the_organisation_is(
    local: str, expected: date | None
) -> None:
    now = datetime.fromisoformat(f"{local}+08:00").astimezone(UTC)
    assert due(now) == expected
    assert due(now, handled=MONDAY) is None
    assert due(now, every="off") is None


def test_a_daily_one_is_due_every_day() -> None:
    assert [due(MORNING + timedelta(days=n), "UTC", every="daily") for n in range(3)] == [
        MONDAY + timedelta(days=n) for n in range(3)
    ]


@given(
    pauses=st.lists(
        st.integers(1, int(CAUGHT_UP_WITHIN.total_seconds() // 60) - 61), min_size=15, max_size=60
    ),
    zone=st.sampled_from(["UTC", "Asia/Taipei", "America/New_York", "Pacific/Chatham"]),
    every=st.sampled_from(["daily", "weekly"]),
)
def test_whenever_beat_looks_each_digest_is_handled_once_and_none_is_missed(
    pauses: list[int], zone: str, every: str
) -> None:
    """Over the change of clocks, too, with pauses of up to a day less an hour."""
    now, handled, days = MORNING - timedelta(days=2), None, []
    for pause in pauses:
        now += timedelta(minutes=pause)
        if day := due(now, zone, every=every, handled=handled):
            handled = day
            days.append(day)
    gap = timedelta(days=1 if every == "daily" else 7)
    assert all(later - earlier == gap for earlier, later in pairwise(days))


# -- what


def test_it_tells_the_headline_with_interval_and_base_what_changed_what_came_and_what_waits(
    alice: Member, survey: Survey
) -> None:
    before = stored(released_month(survey, "2026-01", BEFORE - timedelta(days=20)), 64.2)
    stored(month(survey, "2026-02", closed_at=MORNING - timedelta(days=1)), 71.3, against=before)
    answered(survey, BEFORE - timedelta(hours=1), 2)
    answered(survey, MORNING - timedelta(hours=1), 3)
    digest_of(alice)
    assert send_due(MORNING) == 1
    one = sent_to("alice@example.org")
    (page, kind), text = one.alternatives[0], one.body
    assert kind == "text/html"
    for said in (text, page):
        for told in ("Customers", "Satisfaction", "71.3", "69.3 – 73.3", "n = 250", "Since 2026-01", "7.1",
                     "3 new answers since 2026-02-23", "Waits for release:", "2026-02"):  # fmt: skip
            assert told in said
        assert f"http://127.0.0.1:8000/o/acme/surveys/{survey.public_id}/report/" in said
    assert Digest.objects.get().told_until == MORNING


def test_it_speaks_the_members_language(alice: Member, survey: Survey) -> None:
    alice.user.language = "zh-hant"
    alice.user.save()
    stored(released_month(survey, "2026-02", MORNING), 71.3)
    digest_of(alice)
    send_due(MORNING)
    one = sent_to("alice@example.org")
    assert "顧客滿意度" in one.body and '<html lang="zh-hant">' in one.alternatives[0][0]


def test_small_groups_are_hidden_to_an_owner_too(alice: Member, survey: Survey) -> None:
    stored(month(survey, "2026-02"), 71.3, 7)
    answered(survey, MORNING - timedelta(hours=1))
    digest_of(alice)
    send_due(MORNING)
    one = sent_to("alice@example.org")
    assert "fewer than 10 respondents" in one.body and "71.3" not in one.body + one.alternatives[0][0]


def test_strange_names_stay_text_and_end_no_header(alice: Member) -> None:
    Organisation.objects.update(name="Acme\r\nBcc: eve@example.org")
    survey = published(alice, name="<script>alert(1)</script>")
    answered(survey, MORNING - timedelta(hours=1))
    digest_of(alice)
    assert send_due(MORNING) == 1
    one = sent_to("alice@example.org")
    assert "<script" not in one.alternatives[0][0] and "<script>" in one.body
    assert "\n" not in one.subject and one.recipients() == ["alice@example.org"]


def test_nothing_is_sent_where_nothing_is_new_and_the_next_one_says_so(alice: Member, survey: Survey) -> None:
    stored(month(survey, "2026-02", closed_at=BEFORE), 71.3)  # waits, which is not new
    digest_of(alice)
    weeks = [MORNING + timedelta(weeks=n) for n in range(3)]
    assert [send_due(week) for week in weeks] == [0, 0, 0] and not mail.outbox
    answered(survey, weeks[2] + timedelta(hours=1))
    assert send_due(weeks[2] + timedelta(weeks=1)) == 1
    assert "3 digests before this one were left out" in sent_to("alice@example.org").body
    assert Digest.objects.get().left_out == 0


def test_figures_released_anew_are_news(alice: Member, survey: Survey) -> None:
    stored(released_month(survey, "2026-02", MORNING - timedelta(hours=1)), 71.3)
    digest_of(alice)
    assert send_due(MORNING) == 1 and "Released: 2026-02" in sent_to("alice@example.org").body


# -- once


def test_two_beats_send_once(alice: Member, survey: Survey) -> None:
    answered(survey, MORNING - timedelta(hours=1))
    own = digest_of(alice)
    assert [send(own.pk, MONDAY, MORNING) for _time in range(2)] == [True, False]
    assert send_due(MORNING + timedelta(minutes=10)) == 0 and len(mail.outbox) == 1


def test_what_another_worker_has_is_left_to_it_until_its_claim_lapses(alice: Member, survey: Survey) -> None:
    answered(survey, MORNING - timedelta(hours=1))
    digest_of(alice, claimed_until=timezone.now() + CLAIM)
    assert send_due(MORNING) == 0
    Digest.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert send_due(MORNING) == 1 and len(mail.outbox) == 1


def test_a_mail_under_way_late_in_a_long_round_is_not_sent_by_the_next_round_as_well(
    alice: Member, survey: Survey, settings: Any
) -> None:
    """The round began long ago; a second one begins while the first one's mail is being taken."""
    answered(survey, MORNING - timedelta(hours=3))
    digest_of(alice)
    settings.EMAIL_BACKEND = f"{__name__}.SlowServer"
    assert send_due(MORNING) == 1 and len(mail.outbox) == 1


def test_a_round_ends_in_time_and_the_next_one_goes_on(alice: Member, survey: Survey) -> None:
    answered(survey, MORNING - timedelta(hours=3))
    for member in (alice, joined(alice, "bob@example.org", "viewer")):
        digest_of(member)
    moments = iter([0.0, 1.0, SECONDS])
    assert send_due(MORNING, clock=lambda: next(moments)) == 1
    assert send_due(MORNING) == 1 and len({one.to[0] for one in mail.outbox}) == 2


def test_a_task_that_is_out_of_time_sends_no_further_digest(
    alice: Member, survey: Survey, settings: Any
) -> None:
    answered(survey, MORNING - timedelta(hours=3))
    for member in (alice, joined(alice, "bob@example.org", "viewer")):
        digest_of(member)
    settings.EMAIL_BACKEND = f"{__name__}.EndlessServer"
    with pytest.raises(SoftTimeLimitExceeded):
        send_due(MORNING)
    assert Digest.objects.filter(claimed_until=None).count() == 1


class EndlessServer(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise SoftTimeLimitExceeded


class SlowServer(EmailBackend):
    """While it takes a mail, the next beat comes."""

    def send_messages(self, messages: Any) -> int:
        assert send_due(MORNING + CLAIM + timedelta(minutes=1)) == 0
        return super().send_messages(messages)


def test_a_mail_server_that_is_away_loses_nobody_a_digest(
    alice: Member, survey: Survey, settings: Any
) -> None:
    answered(survey, MORNING - timedelta(hours=1))
    digest_of(alice)
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    assert send_due(MORNING) == 0 and Digest.objects.get().told_until == BEFORE
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_due(MORNING + timedelta(minutes=10)) == 1


def test_a_new_member_is_told_what_comes_from_then_on_and_not_on_that_day(
    alice: Member, survey: Survey
) -> None:
    answered(survey, BEFORE)
    assert send_due(MORNING) == 0
    own = Digest.objects.get()
    assert (own.every, own.told_until, own.handled, own.left_out) == ("weekly", MORNING, MONDAY, 0)
    assert send_due(MORNING + timedelta(minutes=10)) == 0
    answered(survey, MORNING + timedelta(days=1))
    assert send_due(MORNING + timedelta(days=7)) == 1
    assert "1 new answer since 2026-03-02" in sent_to("alice@example.org").body


# -- to whom


def test_only_members_of_that_moment_are_sent_anything_and_of_their_organisation_alone(
    alice: Member, survey: Survey
) -> None:
    foreign = published(owner_of("globex", "gina@example.org"), name="Foreign")
    vera, removed, closed = (joined(alice, f"{one}@example.org", "viewer") for one in ("vera", "r", "c"))
    for member in (alice, vera, closed):
        digest_of(member)
    gone = digest_of(removed).pk
    for one in (survey, foreign):
        answered(one, MORNING - timedelta(hours=1))
    type(closed.user).objects.filter(pk=closed.user.pk).update(is_active=False)
    removed.delete()
    assert not send(gone, MONDAY, MORNING) and not send(Digest.objects.get(member=closed).pk, MONDAY, MORNING)
    assert send_due(MORNING) == 2
    assert sorted(one.to[0] for one in mail.outbox) == ["alice@example.org", "vera@example.org"]
    assert not any("Foreign" in one.body for one in mail.outbox)


def test_a_mail_program_ends_it_in_one_click_and_looking_at_the_link_changes_nothing(
    alice: Member, survey: Survey
) -> None:
    vera = joined(alice, "vera@example.org", "viewer")
    for member in (alice, vera):
        digest_of(member)
    answered(survey, MORNING - timedelta(hours=1))
    send_due(MORNING)
    headers = sent_to("vera@example.org").extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = headers["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8000")
    client = Client(enforce_csrf_checks=True)
    for method in (client.get, client.head):
        assert method(path).status_code == 200
    assert not Digest.objects.filter(every="off").exists()
    for _time in range(2):
        page = client.post(path, {"List-Unsubscribe": "One-Click"})
        assert page.status_code == 200 and b"not sent to you any more" in page.content and not page.cookies
    assert [one.member for one in Digest.objects.filter(every="off")] == [vera]
    assert send_due(MORNING + timedelta(days=7)) == 0


def test_a_forged_link_ends_nothing(alice: Member) -> None:
    own = digest_of(alice)
    token = token_of(alice)
    for forged in (token[:-1], token[1:], f"{alice.public_id}.x", "x", "%00", "é", f"{own.pk}"):
        assert Client().post(f"/digest/{forged}/").status_code == 404
    assert Digest.objects.get().every == "weekly"


def test_a_member_chooses_how_often(alice: Member) -> None:
    client = signed_in(alice)
    assert b"/o/acme/digest/" in client.get("/o/acme/").content and not Digest.objects.exists()
    assert b"Digest by e-mail" in client.get("/o/acme/digest/").content and not Digest.objects.exists()
    assert client.post("/o/acme/digest/", {"every": "weekly", "weekday": "4"}).status_code == 302
    assert (Digest.objects.get().every, Digest.objects.get().weekday) == ("weekly", 4)
    for wrong in ({"every": "hourly", "weekday": "0"}, {"every": "daily", "weekday": "7"}):
        assert client.post("/o/acme/digest/", wrong).status_code == 200
    assert Digest.objects.get().weekday == 4
