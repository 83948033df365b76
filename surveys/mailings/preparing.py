"""Listing the recipients of a mailing when it is due: each contact once, whoever lists and however often."""

from datetime import timedelta

from django.db import IntegrityError
from django.db.models import Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone

from surveys.models import Contact, Mailing, Recipient

LEASE = timedelta(minutes=5)
AT_ONCE = 2_000


def prepare_due() -> int:
    """List the recipients of what is due; returns of how many mailings."""
    now = timezone.now()
    due = Mailing.objects.filter(_free(), send_at__lte=now).order_by("send_at")
    return sum(prepare(mailing) for mailing in due.select_related("survey"))


def prepare(mailing: Mailing) -> bool:
    """False if another does or did. A worker that dies leaves what it listed, and the next goes on."""
    if Mailing.objects.filter(_free(), pk=mailing.pk).update(lease_until=timezone.now() + LEASE) != 1:
        return False
    keys_in_order, last = chosen(mailing).order_by("pk").values_list("pk", flat=True), 0
    while keys := list(keys_in_order.filter(pk__gt=last)[:AT_ONCE]):
        last = keys[-1]
        _add(mailing, keys)
    Mailing.objects.filter(pk=mailing.pk).update(prepared_at=timezone.now(), lease_until=None)
    return True


def chosen(mailing: Mailing) -> QuerySet[Contact]:
    """The contacts the mailing is for. The segment's code is a key of JSON, never part of a lookup's name."""
    contacts = Contact.objects.filter(organisation=mailing.survey.organisation_id)
    if not mailing.segment:
        return contacts
    option = Cast(KeyTextTransform(mailing.segment, "segments"), TextField())
    return contacts.annotate(option=option).filter(option=mailing.option)


def _add(mailing: Mailing, keys: list[int]) -> None:
    try:
        _create(mailing, keys)
    except IntegrityError:  # one was erased at this very moment
        _create(mailing, list(Contact.objects.filter(pk__in=keys).values_list("pk", flat=True)))


def _create(mailing: Mailing, keys: list[int]) -> None:
    due = mailing.send_at
    Recipient.objects.bulk_create(
        (Recipient(mailing=mailing, contact_id=key, due_at=due) for key in keys), ignore_conflicts=True
    )


def _free() -> Q:
    now = timezone.now()
    return Q(prepared_at=None, cancelled_at=None) & (Q(lease_until=None) | Q(lease_until__lt=now))
