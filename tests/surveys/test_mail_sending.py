"""Sending to a real mail server: what it refuses, when it is away, and workers that die or meet."""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_string, policy
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from surveys.mailings.counts import counts_of
from surveys.models import MailRules, Member, Recipient, Survey
from tests.cast import owner_of, published
from tests.surveys.mailing_cast import Server, is_later, known, planned, sent_now, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, name="Käufer\r\nBcc: x@example.org")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def test_a_mail_arrives_whole(alice: Member, survey: Survey, server: Server) -> None:
    known(alice.organisation, "ann@example.org", name="Ann <b>")
    planned(survey)
    assert sent_now() == 1
    ((to, content),) = server.mails
    arrived: Any = message_from_string(content, policy=policy.default)
    assert to == "ann@example.org" and arrived["To"] == "ann@example.org"
    assert arrived["Bcc"] is None and arrived["Subject"] == "Käufer Bcc: x@example.org"
    assert arrived["From"] == "Acme <barometer@127.0.0.1>"
    plain, marked_up = (arrived.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Dear Ann <b>," in plain and "Dear Ann &lt;b&gt;," in marked_up
    link = re.search(r"http://127\.0\.0\.1:8000/s/\S+", plain)
    assert link and link[0].replace("&", "&amp;") in marked_up
    assert "<img" not in marked_up
    assert arrived["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_refused_address_is_told_once_and_stops_no_other(
    alice: Member, survey: Survey, server: Server
) -> None:
    known(alice.organisation, "ann@example.org", "ben@example.org", "cid@example.org")
    server.replies["ben@example.org"] = "550 5.1.1 <ben@example.org>: no such user"
    mailing = planned(survey, most_reminders=1, remind_after_days=1)
    assert sent_now() == 2
    counts = counts_of(mailing)
    assert (counts.sent, counts.refused, counts.waiting) == (2, 1, 0)
    problem = Recipient.objects.get(state="refused").problem
    assert "no such user" in problem and "ben@" not in problem
    is_later(days=2)
    assert sent_now() == 2 and counts_of(mailing).refused == 1
    asked = dict(alice.organisation.contacts.values_list("email", "asked_at"))
    assert asked["ann@example.org"] and asked["ben@example.org"] is None


def test_what_is_refused_for_now_is_tried_again_and_at_last_given_up(
    alice: Member, survey: Survey, server: Server
) -> None:
    known(alice.organisation, "ann@example.org")
    server.replies["ann@example.org"] = "451 come back later"
    mailing = planned(survey)
    assert sent_now() == 0 and counts_of(mailing).waiting == 1
    is_later(hours=5)
    server.replies.clear()
    assert sent_now() == 1 and counts_of(mailing).sent == 1
    server.replies["ann@example.org"] = "451 come back later"
    mailing = planned(survey, also_invited_before=True)
    for _time in range(8):
        assert sent_now() == 0
        is_later(hours=5)
    assert counts_of(mailing).refused == 1


@pytest.mark.parametrize("reply", ["421 too busy", "550 message looks like spam"])
def test_a_reply_to_the_content_is_no_lost_mail(
    alice: Member, survey: Survey, server: Server, reply: str
) -> None:
    known(alice.organisation, "ann@example.org")
    server.after_data = reply
    mailing = planned(survey)
    assert sent_now() == 0
    counts = counts_of(mailing)
    assert (counts.waiting, counts.refused) == ((1, 0) if reply.startswith("421") else (0, 1))


def test_a_server_that_is_away_refuses_nobody(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org", "ben@example.org")
    mailing = planned(survey)
    nowhere = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": 1,
        "EMAIL_USE_TLS": False,
    }
    with override_settings(**nowhere):
        assert sent_now() == 0 and sent_now() == 0
    assert counts_of(mailing).waiting == 2
    with serving() as server:
        assert sent_now() == 2 and len(server.mails) == 2


class Killed(BaseException):
    """What ends a worker no handler of errors sees."""


class DiesAtThird(EmailBackend):
    """The server has the third mail, and the worker dies before it knows."""

    def send_messages(self, messages: Any) -> int:
        sent = int(super().send_messages(messages))
        if len(mail.outbox) == 3:
            raise Killed
        return sent


def test_after_a_death_nobody_is_forgotten_and_one_at_most_is_written_to_twice(
    alice: Member, survey: Survey
) -> None:
    known(alice.organisation, *(f"{n}@example.org" for n in range(6)))
    mailing = planned(survey)
    died = f"{__name__}.DiesAtThird"
    with override_settings(EMAIL_BACKEND=died), pytest.raises(Killed):
        sent_now()
    later = timezone.now() + timedelta(minutes=5)
    MailRules.objects.update(lease_until=later, claim="the-dead-workers")  # nobody gave the lease back
    assert sent_now() == 0 and counts_of(mailing).sent == 2
    MailRules.objects.update(lease_until=timezone.now())
    is_later(minutes=6)
    assert sent_now() == 4 and sent_now() == 0
    times = Counter(one.to[0] for one in mail.outbox)
    assert sorted(times.values()) == [1, 1, 1, 1, 1, 2]
    twice = [one.extra_headers["Message-ID"] for one in mail.outbox if times[one.to[0]] == 2]
    assert len(set(twice)) == 1 and counts_of(mailing).sent == 6


def test_a_reminder_has_an_id_of_its_own(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    planned(survey, most_reminders=1, remind_after_days=1)
    sent_now()
    is_later(days=1)
    sent_now()
    assert len({one.extra_headers["Message-ID"] for one in mail.outbox}) == 2


@pytest.mark.django_db(transaction=True)
def test_workers_that_meet_send_each_mail_once(alice: Member, survey: Survey, server: Server) -> None:
    known(alice.organisation, *(f"{n}@example.org" for n in range(20)))
    planned(survey)

    def work(_number: int) -> int:
        try:
            return sent_now()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    sent_now()
    assert Counter(Counter(to for to, _content in server.mails).values()) == {1: 20}
