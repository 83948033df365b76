"""Opting out by what stands in every mail: for all surveys of the organisation, and for good."""

from typing import Any, NamedTuple

from django.core import signing
from django.db import transaction
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
    """Doing it twice does nothing more. What waits for the person is not sent (see `mailings.sending`)."""
    now = timezone.now()
    same: dict[str, Any] = {"organisation": asked.organisation, "address_digest": asked.address_digest}
    OptOut.objects.get_or_create(**same)
    Contact.objects.filter(**same, opted_out_at=None).update(opted_out_at=now)
    Recipient.objects.filter(public_id=asked.recipient).update(has_opted_out=True)
