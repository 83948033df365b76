"""Sending digests: each once, whoever tries, and only to who is a member at that moment."""

import logging
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signing import BadSignature, Signer
from django.db.models import Exists, F, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from indices.digests.contents import Part, parts_of
from indices.digests.due import day_due, first_digest
from indices.models import Digest
from surveys.models import Member

log = logging.getLogger(__name__)
SECONDS = 40.0  # of one round; after that no further digest is begun
CLAIM = timedelta(minutes=15)  # longer than the task that sends may live: see indices.tasks
SIGNER = Signer(salt="indices.digests", sep=".")


def send_due(now: datetime, clock: Callable[[], float] = time.monotonic) -> int:
    """Send what is due; returns how many were sent. One that fails stops no other, and what is not begun in
    time is left to the next round."""
    ends = clock() + SECONDS
    _make_missing(now)
    sent = 0
    for pk, day in _due(now):
        if clock() >= ends:
            break
        try:
            sent += send(pk, day, now)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("digest %s failed", pk)
    return sent


def _due(now: datetime) -> list[tuple[int, date]]:
    """In another order each time: those that fail, and take long to, never stand before all others."""
    active = Digest.objects.exclude(every=Digest.Every.NEVER).filter(member__user__is_active=True)
    shuffled = active.select_related("member__organisation").order_by("?")
    return [(one.pk, day) for one in shuffled if (day := day_due(one, now)) is not None]


def _make_missing(now: datetime) -> None:
    without = Member.objects.filter(digest=None).select_related("organisation")
    Digest.objects.bulk_create([first_digest(one, now) for one in without], ignore_conflicts=True)


def send(pk: int, day: date, now: datetime) -> bool:
    """Send the day's digest if nobody else does or did. False if it was not sent.

    Without anything new it is left out. A mail server that is away gets it again at the next look.
    """
    # By the clock, not by `now`: that is when the round began, and the mails before may have taken long.
    claimed_until = timezone.now() + CLAIM
    if not _claim(pk, day, claimed_until):
        return False
    digest = Digest.objects.select_related("member__organisation", "member__user").get(pk=pk)
    member = digest.member
    zone = timezone.override(member.organisation.time_zone)
    with translation.override(member.user.language), zone:
        parts = parts_of(member, digest.told_until, now, member.user.language)
        is_new = any(one.has_news for one in parts)
        if is_new:
            try:
                message(digest, parts).send()
            except OSError as error:
                log.warning("digest %s: the mail server did not take it: %s", pk, error)
                Digest.objects.filter(pk=pk, claimed_until=claimed_until).update(claimed_until=None)
                return False
    outcome: dict[str, Any] = (
        {"told_until": now, "left_out": 0} if is_new else {"left_out": F("left_out") + 1}
    )
    own = Digest.objects.filter(pk=pk, claimed_until=claimed_until)
    own.update(handled=day, claimed_until=None, **outcome)
    return is_new


def _claim(pk: int, day: date, until: datetime) -> bool:
    """Of several that try, one succeeds; a member who was removed meanwhile has no digest to claim."""
    # Not a join, which would test the row in a subquery that does not see what others have just claimed.
    is_member = Exists(Member.objects.filter(pk=OuterRef("member"), user__is_active=True))
    to_send = Digest.objects.filter(
        Q(handled=None) | Q(handled__lt=day),
        Q(claimed_until=None) | Q(claimed_until__lt=timezone.now()),
        is_member,
        pk=pk,
    )
    return to_send.exclude(every=Digest.Every.NEVER).update(claimed_until=until) == 1


def message(digest: Digest, parts: list[Part]) -> EmailMultiAlternatives:
    """Text and HTML, with the address by which mail programs end it in one click."""
    member = digest.member
    off = settings.PUBLIC_URL + reverse("digest-off", args=[token_of(member)])
    context = {
        "member": member,
        "digest": digest,
        "parts": parts,
        "home": settings.PUBLIC_URL + reverse("home", args=[member.organisation.slug]),
        "change": settings.PUBLIC_URL + reverse("digest", args=[member.organisation.slug]),
        "off": off,
    }
    name = " ".join(member.organisation.name.split())  # a line break would end the header
    mail = EmailMultiAlternatives(
        subject=_("%s: what is new") % name,
        body=render_to_string("indices/digests/mail.txt", context),
        to=[member.user.email],
        headers={
            "List-Unsubscribe": f"<{off}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string("indices/digests/mail.html", context), "text/html")
    return mail


def token_of(member: Member) -> str:
    """What ends the digest without signing in, and does nothing else."""
    return SIGNER.sign(member.public_id)


def digest_of(token: str) -> Digest | None:
    """The digest that the token ends; None for a forged one, or if the member has left."""
    try:
        public_id = SIGNER.unsign(token)
    except BadSignature:
        return None
    digests = Digest.objects.select_related("member__organisation", "member__user")
    return digests.filter(member__public_id=public_id).first()
