"""Sending what is due, within the organisation's rate, and never twice what was recorded as sent.

One worker sends for an organisation at a time (a lease on its MailRules). It claims some recipients by moving
their `due_at` ahead, if they are still due, and records each mail as soon as the server has taken it. Should
it die, the claims pass and another goes on. SMTP knows no transaction: the one mail that was in the server's
hands at that moment may come twice then, with the same Message-ID. So nobody is forgotten, and at most one
person for each worker's death is written to again.
"""

import logging
import smtplib
import time
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q
from django.utils import timezone

from surveys.mailings.links import register
from surveys.mailings.message import message
from surveys.mailings.obstacles import Person, obstacle, person_of
from surveys.mailings.outcomes import Kind, blames_address, kind_of, said
from surveys.models import (
    Contact,
    Mailing,
    MailRules,
    Organisation,
    Recipient,
    Survey,
)
from surveys.models.fields import public_id
from surveys.models.mailing import RecipientState

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
SPARE = timedelta(minutes=1)  # longer than one mail may take
AT_ONCE = 50
FIRST_WAIT = timedelta(minutes=1)
MOST_ATTEMPTS = 8  # of what the server does not take for now: the last about two hours after the first
MINUTE = timedelta(minutes=1)


class ServerAway(Exception):
    """The mail server takes nothing at all now: this is no recipient's fault."""


def send_due(seconds: float = 15) -> int:
    """Send for every organisation what is due and its rate allows, for about so long, each an equal part of
    it; returns how many."""
    due = Recipient.objects.filter(due_at__lte=timezone.now())
    keys = due.order_by().values("mailing__survey__organisation").distinct()
    organisations = list(Organisation.objects.filter(pk__in=keys))
    share = seconds / max(1, len(organisations))
    return sum(send_for(one, time.monotonic() + share) for one in organisations)


def send_for(organisation: Organisation, until: float) -> int:
    """What one organisation has to send; 0 if another worker is at it."""
    rules = _take(organisation)
    if rules is None:
        return 0
    try:
        with get_connection() as connection:
            return _send_batches(organisation, rules, connection, until)
    except (ServerAway, OSError, smtplib.SMTPException) as error:
        log.warning("organisation %s: the mail server takes nothing: %s", organisation.pk, error)
        return 0
    finally:
        MailRules.objects.filter(pk=rules.pk, claim=rules.claim).update(lease_until=None, claim="")


def _take(organisation: Organisation) -> MailRules | None:
    rules, _is_new = MailRules.objects.get_or_create(organisation=organisation)
    now, claim = timezone.now(), public_id()
    free = MailRules.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=rules.pk)
    if free.update(lease_until=now + LEASE, claim=claim) != 1:
        return None
    rules.claim = claim
    return rules


def _send_batches(
    organisation: Organisation, rules: MailRules, connection: BaseEmailBackend, until: float
) -> int:
    sent = 0
    while time.monotonic() < until:
        now = timezone.now()
        if MailRules.objects.filter(pk=rules.pk, claim=rules.claim).update(lease_until=now + LEASE) != 1:
            break
        batch = _claim(organisation, min(AT_ONCE, _allowed(organisation, rules)))
        if not batch:
            break
        sent += _send_batch(batch, rules, connection, now + LEASE - SPARE)
    return sent


def _allowed(organisation: Organisation, rules: MailRules) -> int:
    """How many mails the rate still allows; every try of the last minute counts."""
    tried = Recipient.objects.filter(tried_at__gt=timezone.now() - MINUTE)
    return max(0, rules.per_minute - tried.filter(mailing__survey__organisation=organisation).count())


def _claim(organisation: Organisation, most: int) -> list[Recipient]:
    """Recipients that are this call's alone until the lease passes. They count as tried now, so that the rate
    holds whatever becomes of them."""
    if most < 1:
        return []
    now, claim = timezone.now(), public_id()
    due = Recipient.objects.filter(due_at__lte=now, mailing__survey__organisation=organisation)
    # Whoever is due at the same moment comes in an order that nobody knows.
    keys = list(due.order_by("due_at", "public_id").values_list("pk", flat=True)[:most])
    same = Recipient.objects.filter(pk__in=keys, due_at__lte=now)
    same.update(due_at=now + LEASE, claim=claim, tried_at=now)
    own = Recipient.objects.filter(claim=claim).order_by("pk")
    return list(own.select_related("contact", "invitation", "mailing__survey__organisation"))


def _send_batch(
    batch: list[Recipient], rules: MailRules, connection: BaseEmailBackend, until: datetime
) -> int:
    sent = 0
    register(batch)
    for place, recipient in enumerate(batch):
        if timezone.now() >= until:
            _release(batch[place:])
            break
        try:
            sent += _send(recipient, rules, connection)
        except ServerAway:
            _release(batch[place:], FIRST_WAIT)
            raise
        except SoftTimeLimitExceeded:  # of this one nobody knows whether the server took it
            _release(batch[place + 1 :])
            raise
        except Exception:
            log.exception("recipient %s: the mail could not be made", recipient.public_id)
            _put_off(recipient, "internal")
    return sent


def _release(batch: list[Recipient], wait: timedelta = timedelta(0)) -> None:
    for recipient in batch:
        _record(recipient, due_at=timezone.now() + wait, claim="", tried_at=None)


def _send(recipient: Recipient, rules: MailRules, connection: BaseEmailBackend) -> bool:
    """Whether the server took the mail. Raises ServerAway."""
    person = person_of(recipient)
    if person is None or not _may_be_sent(recipient, person, rules):
        return False
    contact = person.contact
    mail = message(recipient, contact)
    try:
        connection.send_messages([mail])
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        _failed(recipient, contact, error)
        return False
    _sent(recipient, contact)
    return True


def _may_be_sent(recipient: Recipient, person: Person, rules: MailRules) -> bool:
    """Whether the mail may go out now; if not, what became of it is recorded."""
    survey = recipient.mailing.survey
    if survey.state == Survey.State.OPEN and survey.is_early:
        _record(recipient, due_at=survey.opens_at, claim="", tried_at=None)
        return False
    if state := obstacle(recipient, person):
        return _end(recipient, state)
    if recipient.mails == 0 and not _ask(recipient, person.contact, rules):
        return _end(recipient, Recipient.State.TOO_SOON)
    return True


def _ask(recipient: Recipient, contact: Contact, rules: MailRules) -> bool:
    """Take the person's one invitation in so many days. Of several surveys at the same moment one gets it."""
    now = timezone.now()
    rested = Q(asked_at=None) | Q(asked_at__lte=now - timedelta(days=rules.rest_days))
    own = Q(asked_by=recipient.public_id)  # taken at an earlier try
    person = Contact.objects.filter(rested | own, pk=contact.pk)
    return person.update(asked_at=now, asked_by=recipient.public_id) == 1


def _give_back(recipient: Recipient) -> None:
    """Who got nothing may be invited to another survey."""
    if recipient.mails == 0:
        person = Contact.objects.filter(asked_by=recipient.public_id, pk=recipient.contact_id or 0)
        person.update(asked_at=None, asked_by="")


def _sent(recipient: Recipient, contact: Contact) -> None:
    mails, mailing, now = recipient.mails + 1, recipient.mailing, timezone.now()
    is_more = mails <= mailing.most_reminders
    due = _reminder_due(mailing, now) if is_more else None
    taken = {"state": Recipient.State.SENT, "mails": mails, "attempts": 0, "problem": "", "claim": ""}
    taken["sent_to"] = contact.address_digest
    if not _record(recipient, due_at=due, **taken):  # handed in, erased or cancelled at this very moment
        own = Recipient.objects.filter(pk=recipient.pk, claim=recipient.claim)
        own.update(**taken)
        erased = Recipient.objects.filter(pk=recipient.pk, contact=None)
        erased.update(sent_to="")  # nothing leads to who is gone


def _reminder_due(mailing: Mailing, now: datetime) -> datetime:
    """So many days later; in an anonymous survey at one moment with all that were written to within a day, or
    the pauses between reminders would say who has handed in."""
    wait = timedelta(days=mailing.remind_after_days)
    if not _is_anonymous(mailing.survey):
        return now + wait
    days = round((now - mailing.send_at) / timedelta(days=1))
    return mailing.send_at + timedelta(days=days) + wait


def _is_anonymous(survey: Survey) -> bool:
    return survey.privacy == Survey.Privacy.ANONYMOUS


def _failed(recipient: Recipient, contact: Contact, error: Exception) -> None:
    kind = kind_of(error)
    if kind == Kind.AWAY:
        raise ServerAway(said(error, contact.email)) from None  # no address gets into a log
    if kind == Kind.FOR_NOW and recipient.attempts + 1 < MOST_ATTEMPTS:
        _put_off(recipient, said(error, contact.email))
        return
    # A reminder that is refused takes nothing from the invitation that was sent.
    state = Recipient.State.SENT if recipient.mails else Recipient.State.REFUSED
    _record(recipient, state=state, due_at=None, claim="", problem=said(error, contact.email))
    tells_nothing = not recipient.mails or not _is_anonymous(recipient.mailing.survey)
    if blames_address(error) and tells_nothing:  # who is reminded has not handed in
        same = Contact.objects.filter(pk=contact.pk, address_digest=contact.address_digest, bounced_at=None)
        same.update(bounced_at=timezone.now())
    _give_back(recipient)


def _put_off(recipient: Recipient, problem: str) -> None:
    attempts = min(recipient.attempts + 1, MOST_ATTEMPTS)
    due = timezone.now() + FIRST_WAIT * (1 << (attempts - 1))
    _record(recipient, attempts=attempts, due_at=due, claim="", problem=problem)


def _end(recipient: Recipient, state: RecipientState) -> bool:
    """Nothing more is sent. What was sent stays so."""
    _give_back(recipient)
    kept = Recipient.State.SENT if recipient.mails else state
    _record(recipient, state=kept, due_at=None, claim="", tried_at=None)
    return False


def _record(recipient: Recipient, **fields: object) -> bool:
    """False if it is not this worker's any more, or not due: then what is written by others stands."""
    own = Recipient.objects.filter(pk=recipient.pk, claim=recipient.claim, due_at__isnull=False)
    return own.update(**fields) == 1
