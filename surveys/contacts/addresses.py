"""E-mail addresses as they are kept and compared."""

import base64

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

LONGEST_ADDRESS = 254  # RFC 5321, errata 1690


def normalised(text: str) -> str:
    """The address in small letters, a domain of another script as it is written in the DNS.

    RFC 5321 lets a server tell `Ann@` from `ann@`; none in use does, and people write both. Raises
    ValidationError.
    """
    local, _at, domain = text.strip().rpartition("@")
    try:
        written = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValidationError(_("is not an e-mail address")) from None
    address = f"{local}@{written}".lower()
    if len(address) > LONGEST_ADDRESS:
        raise ValidationError(_("is not an e-mail address"))
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError(_("is not an e-mail address")) from None
    return address


def digest(organisation_pk: int, address: str) -> str:
    """22 characters that tell nobody the address, another for each organisation."""
    made_of = f"{organisation_pk}/{address}"
    made = salted_hmac("surveys.contacts.addresses", made_of, algorithm="sha256").digest()[:16]
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
