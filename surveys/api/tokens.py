"""Tokens for programs: made and shown once, looked up by their digest, revoked."""

import hashlib
import secrets
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from surveys.models import ApiToken, Member

PREFIX = "bt_"  # so that a secret that lies about is known for what it is
TOKENS_PER_MEMBER = 20  # live ones
USE_NOTED_EVERY = timedelta(minutes=1)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def make_token(member: Member, name: str, may: str, days: int) -> str:
    """Store a new token and give its secret, which is known now and never again."""
    secret = PREFIX + secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(days=days)
    ApiToken.objects.create(
        member=member, name=name, may=may, digest=digest_of(secret), expires_at=expires_at
    )
    return secret


def live_tokens() -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(revoked_at=None, expires_at__gt=timezone.now())


def token_of(secret: str) -> ApiToken | None:
    """The live token with this secret, of a member whose account is active.

    Whatever was sent, the database is asked the same one question about a digest.
    """
    found = live_tokens().filter(digest=digest_of(secret), member__user__is_active=True)
    return found.select_related("member__organisation", "member__user").first()


def note_use(token: ApiToken) -> None:
    """Keep the time of use, at most once a minute: reading must not cost a write each time."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def tokens_seen_by(member: Member) -> QuerySet[ApiToken]:
    """One's own; for an owner everybody's of the organisation."""
    tokens = ApiToken.objects.filter(member__organisation=member.organisation_id)
    return tokens if member.may_manage else tokens.filter(member=member)


def revoke(token: ApiToken) -> None:
    """Let the token work no more; the first time counts."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
