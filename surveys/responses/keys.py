"""What names a submission: the key that its form carries.

The form carries a signed key instead of a cookie. It names the version the respondent started with and is
the submission's identity: pages sent twice, in parallel or out of order end in one response. A personal
link's key is derived from its token, so that the link finds its answers again on any device. Whoever sent the
link has it too: once the answers are handed in, only the opening of the link that did so is told of them.
"""

import hashlib
import secrets
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.utils import timezone
from django.utils.crypto import salted_hmac

from surveys.models import Channel, Invitation, Response, Survey, Version

SALT = "surveys.answering"


class KeyRefused(ValueError):
    """The form's key is forged, too old, or of another survey."""


class Key(NamedTuple):
    """A submission's identity; `secret` is never stored.

    `opening` tells one opening of a personal link from another. Both make the withdrawal code.
    `channel` is the key of the channel whose address was opened.
    """

    version: Version
    secret: str
    opened: int | None  # when the form was first shown, in seconds of the epoch; None where none was
    invitation: Invitation | None = None
    opening: str = ""
    channel: int | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()


def new_key(version: Version, channel: Channel | None = None) -> str:
    """A key for one new respondent. Nothing is stored until the first page comes back.

    It holds the channel as it was opened: one that is closed meanwhile still counts who was under way.
    """
    return _signed(version, secrets.token_urlsafe(16), None, channel=channel)


def invited_key(version: Version, invitation: Invitation, token: str) -> str:
    """The key of a personal link: each time it is opened another, of the same submission."""
    secret = _link_secret(token)
    started = Response.objects.filter(key_digest=hashlib.sha256(secret.encode()).hexdigest()).first()
    return _signed(started.version if started else version, secret, invitation, secrets.token_urlsafe(16))


def chosen_key(version: Version, chosen: str) -> Key:
    """The key of a program that hands in at once and chose it itself: the same one each time it comes."""
    return _without_form(version, _secret("chosen", f"{version.survey_id}/{chosen}"))


def link_key(version: Version, token: str, chosen: str) -> Key:
    """The key of a program that hands in for a personal link: of the submission that its form has too."""
    return _without_form(version, _link_secret(token))._replace(opening=chosen)


def _without_form(version: Version, secret: str) -> Key:
    key = Key(version, secret, None)
    started = Response.objects.select_related("version").filter(key_digest=key.digest).first()
    return key._replace(version=started.version) if started else key


def _link_secret(token: str) -> str:
    return _secret("invited", token)


def _secret(purpose: str, text: str) -> str:
    return str(salted_hmac(f"{SALT}.{purpose}", text, algorithm="sha256").hexdigest())


def _signed(
    version: Version,
    secret: str,
    invitation: Invitation | None,
    opening: str = "",
    channel: Channel | None = None,
) -> str:
    opened = int(timezone.now().timestamp())
    invited = invitation.pk if invitation else None
    signed = [version.pk, secret, opened, invited, opening, *([channel.pk] if channel else [])]
    return signing.dumps(signed, salt=SALT)


def read_key(survey: Survey, text: str, newest: Version | None = None) -> Key:
    """Raises KeyRefused. Most keys are of the newest version: who has it saves reading it again."""
    try:
        max_age = settings.ANSWER_KEY_DAYS * 86_400
        signed = signing.loads(text, salt=SALT, max_age=max_age)
        version_pk, secret, opened, invitation_pk, opening, *channel = signed
        is_newest = newest is not None and newest.pk == version_pk
        version = newest if is_newest else survey.versions.filter(pk=version_pk).first()
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise KeyRefused from error
    invitation = survey.invitations.filter(pk=invitation_pk).first() if invitation_pk else None
    if version is None or (invitation_pk and invitation is None):
        raise KeyRefused
    return Key(version, secret, opened, invitation, opening, next(iter(channel), None))


def withdrawal_code(key: Key) -> str:
    """What the respondent keeps to take the answers back: 20 letters and digits (100 bits), in fives."""
    made_of = f"{key.secret}/{key.opening}"
    digest = salted_hmac(f"{SALT}.withdrawal", made_of, algorithm="sha256").digest()
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O and U, which are misread
    code = "".join(letters[byte % 32] for byte in digest[:20])
    return "-".join(code[place : place + 5] for place in range(0, 20, 5))


def withdrawal_digest(code: str) -> str:
    """The stored form of a code as somebody types it: in any case, with or without hyphens."""
    tidy = code.upper().translate(str.maketrans("OIL", "011", "- "))
    return salted_hmac(f"{SALT}.withdrawn", tidy, algorithm="sha256").hexdigest()
