"""Opting out, by what stands in every mail or by telling somebody: for all surveys of the organisation, until
the person opts in again by the same address. Nobody else can undo it."""

from typing import Any, NamedTuple

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from surveys.models import Contact, OptOut, Organisation, Recipient

SALT = "surveys.contacts.opting_out"


class Asked(NamedTuple):
    """Who asked: an address of an organisation, by a mail of this recipient."""

    organisation: Organisation
    address_digest: str
    recipient: str


def token_of(organisation_pk: int, address_digest: str, recipient: str) -> str:
    """It names no address, and works when the contact is long erased."""
    return signing.dumps([organisation_pk, address_digest, recipient], salt=SALT)


def asked_by(token: str) -> Asked | None:
    """None for a forged token, or one of an organisation that is gone."""
    try:
        organisation_pk, address_digest, recipient = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    organisation = Organisation.objects.filter(pk=organisation_pk).first()
    return Asked(organisation, address_digest, recipient) if organisation else None


def is_out(asked: Asked) -> bool:
    return asked.organisation.opt_outs.filter(address_digest=asked.address_digest).exists()


@transaction.atomic
def opt_out(asked: Asked) -> None:
    """Doing it twice does nothing more. What waits for the person is not sent (see `mailings.sending`).

    It holds for the address that was written to, and for the one that the person has by now.
    """
    now = timezone.now()
    for digest in {asked.address_digest, *_addresses_now(asked)}:
        same: dict[str, Any] = {"organisation": asked.organisation, "address_digest": digest}
        OptOut.objects.get_or_create(**same)
        Contact.objects.filter(**same, opted_out_at=None).update(opted_out_at=now)
    Recipient.objects.filter(public_id=asked.recipient).update(has_opted_out=True)


def opt_out_for(contact: Contact) -> None:
    """For who asked otherwise than by a mail, by telephone for instance: the same as by mail."""
    opt_out(Asked(contact.organisation, contact.address_digest, recipient=""))


@transaction.atomic
def opt_in(asked: Asked) -> None:
    """The person wants invitations again. Doing it twice does nothing more; what was left out stays so."""
    digests = [asked.address_digest, *_addresses_now(asked)]
    same: dict[str, Any] = {"organisation": asked.organisation, "address_digest__in": digests}
    OptOut.objects.filter(**same).delete()
    contacts = Contact.objects.filter(**same)
    contacts.update(opted_out_at=None)
    own = Recipient.objects.filter(mailing__survey__organisation=asked.organisation)
    by_this = Q(public_id=asked.recipient) | Q(contact__in=contacts) | Q(sent_to=asked.address_digest)
    own.filter(by_this, has_opted_out=True).update(has_opted_out=False)


def _addresses_now(asked: Asked) -> list[str]:
    """Of the contact that the mail went to."""
    written_to = Contact.objects.filter(
        organisation=asked.organisation, recipients__public_id=asked.recipient
    )
    return list(written_to.values_list("address_digest", flat=True))
