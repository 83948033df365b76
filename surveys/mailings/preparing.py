"""Listing the recipients of a mailing when it is due: each contact once, whoever lists and however often.

One worker lists, under a lease that it renews. What one listed that died is thrown away and listed anew, so
that a sample is drawn once from one frame: nothing of it was sent, since nobody is due before all are listed.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from datetime import timedelta
from typing import NamedTuple

from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from surveys.contacts.choosing import with_option
from surveys.mailings.carrying import Carrier, Values, may_carry
from surveys.mailings.message import language_of
from surveys.mailings.sampling import drawn
from surveys.models import Contact, Mailing, MailRules, Organisation, Recipient
from surveys.models.fields import public_id

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
AT_ONCE = 2_000


class Listing(NamedTuple):
    """What is known of the contacts to list: what goes with their links, and who was invited before."""

    carried: Mapping[int, Values]
    before: Set[int]


class ClaimLost(Exception):
    """Another worker lists now, or the mailing was cancelled."""


def prepare_due() -> int:
    """List the recipients of what is due; returns of how many mailings. One that fails stops no other."""
    due = Mailing.objects.filter(_free(), send_at__lte=timezone.now()).order_by("send_at")
    return sum(map(_prepared, list(due.values_list("pk", flat=True))))


def _prepared(key: int) -> bool:
    try:
        return prepare(Mailing.objects.select_related("survey__organisation").get(pk=key))
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        log.exception("mailing %s: its recipients could not be listed", key)
        return False


def prepare(mailing: Mailing) -> bool:
    """False if another does or did. A worker that dies leaves a list of which nothing is sent."""
    now, claim = timezone.now(), public_id()
    if Mailing.objects.filter(_free(), pk=mailing.pk).update(lease_until=now + LEASE, claim=claim) != 1:
        return False
    mailing.claim = claim
    try:
        _list(mailing)
    except ClaimLost:
        return False
    return True


def chosen(mailing: Mailing) -> QuerySet[Contact]:
    """The contacts the mailing is for."""
    contacts = Contact.objects.filter(organisation=mailing.survey.organisation_id)
    return with_option(contacts, mailing.segment, mailing.option) if mailing.segment else contacts


def may_be_invited(mailing: Mailing) -> Q:
    """Contacts to whom a mail would be sent now."""
    return may_be_written_to() & ~invited_before(mailing) & has_rested(mailing.survey.organisation)


def may_be_written_to() -> Q:
    return Q(opted_out_at=None, bounced_at=None)


def has_rested(organisation: Organisation) -> Q:
    rules = MailRules.objects.filter(organisation=organisation).first() or MailRules()
    return Q(asked_at=None) | Q(asked_at__lte=timezone.now() - timedelta(days=rules.rest_days))


def invited_before(mailing: Mailing) -> Q:
    """Contacts whom another mailing invited to the survey, or is to invite; nobody where this does not
    matter. Whose mail came back has no invitation. What another worker lists just now does not count, or
    two mailings would leave out the same person each for the other's sake; sending looks again."""
    if mailing.also_invited_before:
        return Q(pk__in=[])
    state = Recipient.State
    others = Recipient.objects.filter(contact=OuterRef("pk"), mailing__survey=mailing.survey_id)
    invited = Q(state=state.SENT) | Q(state=state.WAITING, due_at__isnull=False)
    return Q(Exists(others.filter(invited).exclude(mailing=mailing.pk)))


def _list(mailing: Mailing) -> None:
    """Raises ClaimLost."""
    with transaction.atomic():
        _hold(mailing)
        listed = [Recipient.State.WAITING, Recipient.State.INVITED_BEFORE]
        mailing.recipients.filter(state__in=listed, due_at=None).delete()
    keys = _wanted(mailing)
    listing = Listing(_carried(mailing, keys), _invited_before(mailing))
    for place in range(0, len(keys), AT_ONCE):
        _add(mailing, keys[place : place + AT_ONCE], listing)
    carried = listing.carried
    by_question = Counter(code for values in carried.values() for code, _option in values)
    with transaction.atomic():
        _hold(mailing)
        waiting = mailing.recipients.filter(state=Recipient.State.WAITING, due_at=None)
        waiting.update(due_at=mailing.send_at)
        Mailing.objects.filter(pk=mailing.pk).update(
            prepared_at=timezone.now(),
            lease_until=None,
            frame_size=mailing.frame_size,
            carried=by_question,
        )


def _wanted(mailing: Mailing) -> list[int]:
    """The keys of the contacts to list: all that are chosen, or as many of those that may be invited as the
    sample takes."""
    if not mailing.sample_size:
        return list(chosen(mailing).order_by("pk").values_list("pk", flat=True))
    frame = chosen(mailing).filter(may_be_invited(mailing)).values_list("pk", "public_id")
    keys, mailing.frame_size = drawn(frame.iterator(AT_ONCE), mailing.sample_size, mailing.seed)
    return keys


def _carried(mailing: Mailing, keys: Sequence[int]) -> dict[int, Values]:
    """What goes with the links of these contacts; who may not be invited counts for nobody's anonymity."""
    carrier, wanted = Carrier(mailing.survey, mailing.columns), set(keys)
    if not carrier.questions:
        return {}
    listed = chosen(mailing).filter(may_be_invited(mailing))
    known = listed.values_list("pk", "language", "segments").iterator(AT_ONCE)
    said = {
        key: (language_of(mailing, language), carrier.values(segments))
        for key, language, segments in known
        if key in wanted
    }
    allowed = may_carry(mailing, said.values())
    return {key: allowed[one] for key, one in said.items()}


def _invited_before(mailing: Mailing) -> frozenset[int]:
    """Who is left out for it; of who may not be written to at all that is told instead."""
    if mailing.sample_size:  # the frame has none
        return frozenset()
    before = chosen(mailing).filter(may_be_written_to(), invited_before(mailing))
    return frozenset(before.values_list("pk", flat=True))


def _add(mailing: Mailing, keys: list[int], listing: Listing) -> None:
    try:
        _create(mailing, keys, listing)
    except IntegrityError:  # one was erased at this very moment
        left = Contact.objects.filter(pk__in=keys).values_list("pk", flat=True)
        _create(mailing, list(left), listing)


@transaction.atomic
def _create(mailing: Mailing, keys: list[int], listing: Listing) -> None:
    _hold(mailing)
    recipients = (
        Recipient(
            mailing=mailing,
            contact_id=key,
            segments=dict(listing.carried.get(key, ())),
            state=Recipient.State.INVITED_BEFORE if key in listing.before else Recipient.State.WAITING,
        )
        for key in keys
    )
    Recipient.objects.bulk_create(recipients, ignore_conflicts=True)


def _hold(mailing: Mailing) -> None:
    """Renew the lease; to the end of the transaction nobody takes it over or cancels. Raises ClaimLost."""
    own = Mailing.objects.filter(pk=mailing.pk, claim=mailing.claim, prepared_at=None, cancelled_at=None)
    if own.update(lease_until=timezone.now() + LEASE) != 1:
        raise ClaimLost


def _free() -> Q:
    now = timezone.now()
    return Q(prepared_at=None, cancelled_at=None) & (Q(lease_until=None) | Q(lease_until__lt=now))
