"""Personal links: made in numbers, opened on any device, good for one questionnaire."""

import base64
import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from surveys.models import Contact, Invitation, Recipient, Response, Survey
from surveys.responses.row_order import recipients_of, with_others

MOST_AT_ONCE = 1_000


class LinkRefused(ValueError):
    """A personal link that opens nothing; `why` is "unknown", "used" or "expired_link"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class LinkCounts(NamedTuple):
    made: int
    finished: int
    expired: int  # or withdrawn, without having been finished
    usable: int


def make_links(survey: Survey, count: int, expires_at: datetime | None = None, order: str = "") -> list[str]:
    """New personal links. They are shown this once: only digests of their tokens are kept.

    The same `order` for the same number and time makes the same links once, however often it is given; its
    tokens come from the service's secret key, so that knowing the order is not enough to make them.
    """
    order = order or secrets.token_urlsafe(16)
    seed = f"{survey.pk}/{count}/{expires_at}/{order}"
    tokens = [_token(f"{seed}/{number}") for number in range(count)]
    now = timezone.now()
    Invitation.objects.bulk_create(
        (
            Invitation(survey=survey, token_digest=token_digest(token), created_at=now, expires_at=expires_at)
            for token in tokens
        ),
        ignore_conflicts=True,
    )
    return [f"{survey.link}?t={token}" for token in tokens]


def link_counts(survey: Survey) -> LinkCounts:
    """Without those sent by mail, which are counted with their mailing."""
    usable = _usable()
    counts = survey.invitations.filter(recipient=None).aggregate(
        made=Count("pk"), finished=Count("pk", filter=Q(is_finished=True)), usable=Count("pk", filter=usable)
    )
    expired = counts["made"] - counts["finished"] - counts["usable"]
    return LinkCounts(counts["made"], counts["finished"], expired, counts["usable"])


def withdraw_links(survey: Survey) -> int:
    """Let every link that was made here and not finished expire now. Gives how many there were."""
    mailed = Exists(Recipient.objects.filter(invitation=OuterRef("pk")))
    return survey.invitations.filter(_usable(), ~mailed).update(expires_at=timezone.now())


def opened(survey: Survey, token: str) -> Invitation:
    """The invitation behind a link. Raises LinkRefused; another survey's link is unknown here."""
    invitation = Invitation.objects.filter(survey=survey, token_digest=token_digest(token)).first()
    if invitation is None:
        raise LinkRefused("unknown")
    if invitation.is_finished:
        raise LinkRefused("used")
    if invitation.expires_at and invitation.expires_at <= timezone.now():
        raise LinkRefused("expired_link")
    return invitation


def is_named(invitation: Invitation) -> bool:
    """Whether it leads to a person: one whom it was sent to by mail, or whom the sender named."""
    return bool(invitation.name) or Contact.objects.filter(recipients__invitation=invitation).exists()


def addressee(response: Response) -> Contact | None:
    """Whom the link of a confidential survey was sent to by mail; None where it was not, for an erased
    contact, and always in an anonymous one."""
    return Contact.objects.filter(recipients__invitation=response.invitation_id or 0).first()


def mark_opened(invitation: Invitation) -> None:
    """The form was shown, of a link that was sent by mail: others are not counted. Programs that look into
    mails cannot be told from people."""
    if not invitation.is_opened and Recipient.objects.filter(invitation=invitation).exists():
        Invitation.objects.filter(pk=invitation.pk).update(is_opened=True)


def mark_started(survey: Survey, invitation: Invitation) -> None:
    """A first answer was kept; when, nobody is told."""
    Invitation.objects.filter(pk__in=_written(survey, invitation, is_started=True)).update(is_started=True)


def mark_finished(survey: Survey, invitation: Invitation) -> None:
    """The link is used: no reminder follows, and what could make the link again is forgotten, so that not
    even the service's secret key leads from the person to the answers."""
    written = _written(survey, invitation, is_finished=True)
    Invitation.objects.filter(pk__in=written).update(is_finished=True)
    Recipient.objects.filter(pk__in=recipients_of(written)).update(nonce="", due_at=None)
    # The mail came, though the worker died before it could say so.
    unsaid = Recipient.objects.filter(invitation=invitation.pk, state=Recipient.State.WAITING)
    unsaid.update(state=Recipient.State.SENT, mails=1)


def _written(survey: Survey, invitation: Invitation, **state: bool) -> list[int]:
    is_anonymous = survey.privacy == Survey.Privacy.ANONYMOUS
    return with_others(invitation, **state) if is_anonymous else [invitation.pk]


def invited_token(nonce: str) -> str:
    """The token of a link that is sent by mail."""
    return _token(f"mailed/{nonce}")


def _usable() -> Q:
    return Q(is_finished=False) & (Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


def _token(seed: str) -> str:
    """22 characters, 128 bits."""
    digest = salted_hmac("surveys.responses.invitations", seed, algorithm="sha256").digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
