"""Mails that come back: read from what servers send, whatever it is, and what follows from it."""

import io
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveys.contacts.storing import erase
from surveys.mailings.bouncing import record
from surveys.mailings.counts import counts_of
from surveys.mailings.notices import MOST_BYTES, Kind, messages_in, read
from surveys.mailings.preparing import prepare_due
from surveys.models import Contact, Mailing, Member, Recipient, Survey
from tests.cast import key_in, owner_of, published, signed_in, walk
from tests.surveys.bounce_cast import complaint, failure, id_of, mbox, out_of_office
from tests.surveys.mailing_cast import is_later, known, planned, sent_now, serving
from tests.surveys.test_mailings import link_in

pytestmark = pytest.mark.django_db
Fed = Callable[..., str]
OURS = "<AAAAAAAAAAAAAAAAAAAAAA.0@127.0.0.1>"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice)


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fed:
    """The command with this on its standard input; what it says."""

    def run(content: bytes) -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        call_command("record_bounces")
        return str(capsys.readouterr().out)

    return run


def told(**counted: int) -> str:
    names = ("bounced", "delayed", "complaints", "automatic answers", "known before", "unknown")
    numbers = {name.replace("_", " "): number for name, number in counted.items()}
    read_all = sum(numbers.values())
    return ", ".join([f"read: {read_all}", *(f"{name}: {numbers.get(name, 0)}" for name in names)]) + "\n"


def invited(survey: Survey, *emails: str, **more: Any) -> Mailing:
    known(survey.organisation, *(emails or ("ann@example.org",)))
    mailing = planned(survey, **more)
    sent_now()
    return mailing


def test_a_mail_that_comes_back_ends_reminders_and_later_mailings(survey: Survey, fed: Fed) -> None:
    mailing = invited(survey, "ann@example.org", "ben@example.org", most_reminders=1, remind_after_days=1)
    back = failure(id_of(mail.outbox[0]))
    assert fed(back) == told(bounced=1) and fed(back) == told(known_before=1)
    is_later(days=1)
    assert sent_now() == 1 and mail.outbox[2].to == ["ben@example.org"]
    counts = counts_of(mailing)
    assert (counts.sent, counts.bounced, counts.base, counts.refused) == (2, 1, 1, 0)
    assert counts.chosen == counts.waiting + counts.sent + counts.refused
    later = planned(survey, also_invited_before=True)
    assert sent_now() == 1
    counts = counts_of(later)
    assert (counts.chosen, counts.sent, counts.bounced_before) == (2, 1, 1)


def test_the_rate_is_of_those_whose_mail_did_not_come_back(survey: Survey, fed: Fed) -> None:
    mailing = invited(survey, *(f"{n}@example.org" for n in range(4)))
    fed(failure(id_of(mail.outbox[0])))
    walk(survey, key=key_in(signed_in(survey.organisation.members.get()).get(link_in(mail.outbox[1]))))
    counts = counts_of(mailing)
    assert (counts.base, counts.finished, counts.percent) == (3, 1, "33.3")
    # The link of one that came back works, and says of nobody that it was used.
    walk(survey, key=key_in(signed_in(survey.organisation.members.get()).get(link_in(mail.outbox[0]))))
    counts = counts_of(mailing)
    assert (counts.opened, counts.started, counts.finished, counts.bounced) == (1, 1, 1, 1)


def test_what_came_back_is_told_on_the_page_and_by_the_api(survey: Survey, fed: Fed) -> None:
    invited(survey)
    fed(
        failure(id_of(mail.outbox[0]), diagnostic="smtp; 550 5.1.1 <ann@example.org>:\r\n no <b>user\x1b[31m")
    )
    here = f"/o/acme/surveys/{survey.public_id}/invitations/{survey.mailings.get().public_id}/"
    client = signed_in(survey.organisation.members.get())
    said = client.get(here).content.decode()
    assert "Came back later" in said and "no &lt;b&gt;user" in said and "\x1b" not in said
    assert "ann@" not in Recipient.objects.get().problem
    told_by_api = client.get(here.replace("/o/acme", "/api/v1/organisations/acme")).json()["counts"]
    assert (told_by_api["bounced"], told_by_api["base"], told_by_api["response_rate"]) == (1, 0, None)


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", "bounced"),
        ("Failed (permanently)", "5.2.2 (mailbox full)", "bounced"),
        ("delayed", "4.4.1", "delayed"),
        ("failed", "4.4.7", "delayed"),
        ("delivered", "2.0.0", "unknown"),
        ("relayed", "2.1.5", "unknown"),
        ("", "5.1.1", "unknown"),
    ],
)
def test_only_what_failed_for_good_is_final(
    survey: Survey, fed: Fed, action: str, status: str, kind: str
) -> None:
    invited(survey)
    assert fed(failure(id_of(mail.outbox[0]), action, status)) == told(**{kind: 1})
    assert (Recipient.objects.get().state == "bounced") == (kind == "bounced")
    assert bool(Contact.objects.get().bounced_at) == (kind == "bounced")


def test_a_refusal_of_the_sender_says_nothing_of_the_address(survey: Survey, fed: Fed) -> None:
    invited(survey)
    fed(failure(id_of(mail.outbox[0]), status="5.7.1", diagnostic="smtp; 550 5.7.1 looks like spam"))
    assert Recipient.objects.get().state == "bounced" and not Contact.objects.get().bounced_at


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822", "message/global-headers"])
def test_our_mail_is_found_in_what_is_returned(survey: Survey, fed: Fed, returned: str) -> None:
    invited(survey)
    assert fed(failure(id_of(mail.outbox[0]), returned=returned)) == told(bounced=1)


@pytest.mark.parametrize("header", ["In_Reply_To", "References", "X_Original_Message_ID"])
def test_or_in_what_is_answered(survey: Survey, fed: Fed, header: str) -> None:
    invited(survey)
    content = failure("<x@y.example>", **{header: f"<a@b.example> {id_of(mail.outbox[0])}"})
    assert fed(content) == told(bounced=1)


@pytest.mark.parametrize(
    "made_up",
    [
        "<x@127.0.0.1>", "<{id}.0@other.example>", "<{id}@127.0.0.1>", "<{id}.0@127.0.0.1.example>",
        "{id}.0@127.0.0.1", "<AAAAAAAAAAAAAAAAAAAAAA.0@127.0.0.1>", "<{id}\x00.0@127.0.0.1>", "",
    ],
)  # fmt: skip
def test_an_id_that_is_not_ours_is_unknown(survey: Survey, fed: Fed, made_up: str) -> None:
    invited(survey)
    message_id = made_up.replace("{id}", Recipient.objects.get().public_id)
    assert fed(failure(message_id)) == told(unknown=1)
    assert Recipient.objects.get().state == "sent" and not Contact.objects.get().bounced_at


def test_what_was_not_sent_does_not_come_back(survey: Survey, fed: Fed) -> None:
    known(survey.organisation, "ann@example.org")
    planned(survey, send_at=timezone.now())
    prepare_due()
    one = Recipient.objects.get()
    assert fed(failure(f"<{one.public_id}.0@127.0.0.1>")) == told(unknown=1)
    assert sent_now() == 1


def test_a_bounce_of_an_old_address_says_nothing_of_the_new(survey: Survey, fed: Fed) -> None:
    (contact,) = known(survey.organisation, "ann@example.org", key="K1")
    planned(survey)
    sent_now()
    known(survey.organisation, "new@example.org", key="K1")
    assert fed(failure(id_of(mail.outbox[0]))) == told(bounced=1)
    contact.refresh_from_db()
    assert contact.email == "new@example.org" and contact.bounced_at is None


def test_the_mark_goes_with_the_address_and_not_before(survey: Survey, fed: Fed) -> None:
    known(survey.organisation, "ann@example.org", key="K1")
    planned(survey)
    sent_now()
    fed(failure(id_of(mail.outbox[0])))
    known(survey.organisation, "ann@example.org", key="K1", name="Ann")
    assert Contact.objects.get().bounced_at
    known(survey.organisation, "new@example.org", key="K1")
    assert Contact.objects.get().bounced_at is None


def test_an_editor_may_say_that_the_address_works(survey: Survey, alice: Member) -> None:
    (contact,) = known(survey.organisation, "ann@example.org")
    client = signed_in(alice)
    Contact.objects.update(bounced_at=timezone.now())
    assert b"mails come back" in client.get("/o/acme/contacts/").content
    client.post(f"/o/acme/contacts/{contact.public_id}/works/")
    assert Contact.objects.get().bounced_at is None
    assert b"mails come back" not in client.get("/o/acme/contacts/").content
    Contact.objects.update(bounced_at=timezone.now())
    address = f"/api/v1/organisations/acme/contacts/{contact.public_id}/"
    assert client.get(address).json()["bounced_on"]
    for _time in range(2):
        assert client.delete(f"{address}bounce/").status_code == 204
    assert client.get(address).json()["bounced_on"] is None


@pytest.mark.parametrize(
    ("reply", "is_marked"),
    [("550 5.1.1 no such user", True), ("550 5.7.1 blocked", False), ("552 full", False)],
)
def test_an_address_that_is_refused_at_once_is_marked_too(
    survey: Survey, reply: str, is_marked: bool
) -> None:
    with serving() as server:
        server.replies["ann@example.org"] = reply
        mailing = invited(survey)
        assert counts_of(mailing).refused == 1
        assert bool(Contact.objects.get().bounced_at) == is_marked
        assert counts_of(mailing).bounced == 0


def test_a_complaint_opts_out_and_only_abuse_is_one(survey: Survey, fed: Fed) -> None:
    mailing = invited(survey)
    assert fed(complaint(id_of(mail.outbox[0]), "not-spam")) == told(unknown=1)
    assert fed(complaint(id_of(mail.outbox[0]))) == told(complaints=1)
    assert fed(complaint(id_of(mail.outbox[0]))) == told(known_before=1)
    assert Contact.objects.get().opted_out_at and counts_of(mailing).opted_out == 1


def test_who_is_out_of_office_is_no_bounce(survey: Survey, fed: Fed) -> None:
    invited(survey)
    assert fed(out_of_office(id_of(mail.outbox[0]))) == told(automatic_answers=1)
    assert Recipient.objects.get().state == "sent"


def test_a_notice_about_an_erased_contact_changes_only_a_number(survey: Survey, fed: Fed) -> None:
    mailing = invited(survey)
    erase(Contact.objects.get())
    assert fed(failure(id_of(mail.outbox[0]))) == told(bounced=1) and counts_of(mailing).bounced == 1
    assert fed(complaint(id_of(mail.outbox[0]))) == told(known_before=1)
    assert not survey.organisation.opt_outs.exists()


# -- files


def test_files_of_every_kind_are_read(
    survey: Survey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    invited(survey, *(f"{n}@example.org" for n in range(5)))
    back = [failure(id_of(one)) for one in mail.outbox]
    (tmp_path / "one.eml").write_bytes(back[0].replace(b"\n", b"\r\n"))
    (tmp_path / "all.mbox").write_bytes(mbox(back[1], back[2]))
    for part in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    (tmp_path / "Maildir" / "new" / "1.host").write_bytes(back[3])
    (tmp_path / "Maildir" / "cur" / "2.host:2,S").write_bytes(back[4])
    call_command("record_bounces", *(str(tmp_path / one) for one in ("one.eml", "all.mbox", "Maildir")))
    assert capsys.readouterr().out == told(bounced=5)


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(
    survey: Survey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    invited(survey)
    (tmp_path / "one.eml").write_bytes(failure(id_of(mail.outbox[0])))
    (tmp_path / "folder").mkdir()
    paths = [str(tmp_path / one) for one in ("none\x1b.eml", "folder", "one.eml")]
    with pytest.raises(SystemExit) as stopped:
        call_command("record_bounces", *paths)
    said = capsys.readouterr()
    assert stopped.value.code == 2 and said.out == told(bounced=1)
    assert len(said.err.splitlines()) == 2 and "\x1b" not in said.err


def test_nothing_at_all_is_no_message(fed: Fed) -> None:
    assert fed(b"") == fed(b"\n\n") == told()


# -- hostile


def deep(levels: int) -> bytes:
    made = b"Content-Type: text/plain\n\nx\n"
    for level in range(levels):
        mark = b"b%d" % level
        made = b'Content-Type: multipart/mixed; boundary="%s"\n\n--%s\n%s\n--%s--\n' % (
            mark,
            mark,
            made,
            mark,
        )
    return made


@pytest.mark.parametrize(
    "content",
    [
        b"\x00" * 1_000,
        b"\xff\xfe\x00",
        b"A" * 3_000_000,
        b"Content-Type: multipart/report; report-type=delivery-status\n\nno boundary",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n--x--\n",
        b"Content-Type: multipart/report; report-type*=bad''%ff; boundary=x\n\n--x\n\n--x--\n",
        deep(60),
        deep(2_000),
        b"Content-Type: message/rfc822\n\n" * 20_000,
        failure(OURS).replace(b"utf-8", b"no-such-charset"),
        failure(OURS, action="\x1b[31mfailed", status="5.1.1\x1b"),
        failure(OURS, diagnostic="smtp; " + "\u202e\u200b\x07" * 1_000),
        failure(OURS)[:-200],
        failure(OURS).replace(b"Action: failed", b"Action:"),
        failure(OURS).replace(b"message/delivery-status", b"message/delivery-status; x=\xff"),
        failure(OURS).replace(b"Message-ID: ", b"Message-ID: =?no-such?q?=ff?= "),
        failure(OURS).replace(b"\nStatus", b"\nContent-Transfer-Encoding: base64\nStatus"),
        mbox(*[b""] * 100),
        b"From \n" * 10_000,
    ],
)  # fmt: skip
def test_no_message_is_too_strange(
    survey: Survey, content: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    call_command("record_bounces")
    said = capsys.readouterr()
    assert said.out.startswith("read: ") and said.out.strip().isprintable() and not said.err
    assert time.monotonic() - began < 10


def test_a_long_message_is_read_to_a_limit() -> None:
    ((content),) = messages_in(io.BytesIO(failure(OURS) + b"x\n" * MOST_BYTES))
    assert len(content) <= MOST_BYTES and read(content).kind == Kind.BOUNCED


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=150)
@given(st.data())
def test_no_change_of_a_notice_makes_reading_it_fail(data: st.DataObject) -> None:
    content = bytearray(failure(OURS))
    for _change in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    notice = read(bytes(content))
    assert notice.said.isprintable() and len(notice.recipient) in {0, 22} and record(notice)


def test_it_runs_as_an_alias_of_a_mail_server_runs_it(tmp_path: Path) -> None:
    """A process of its own, and a From line before the message."""
    env = {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}},
        "BAROMETER_DATA": str(tmp_path),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
    }
    ran = subprocess.run(
        [sys.executable, "manage.py", "record_bounces"],
        env=env,
        input=mbox(failure("<not-ours@mx.example>")),
        capture_output=True,
        check=True,
    )
    assert ran.stdout.decode() == told(unknown=1)
