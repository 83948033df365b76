"""Making a link to a report, and finding the one that a secret opens."""

import hashlib
import re
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from indices.models import ShareLink
from surveys.models import Member, Survey, User

SHAPE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
LIVE_PER_SURVEY = 50
LONGEST_DAYS = 365


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_link(survey: Survey, by: User, days: int, **of: Any) -> tuple[ShareLink, str]:
    """Store a link and give its address, which is known now and never again.

    `of`: name, measure, segment, window, period, released_only, show_words and language. Raises
    ValidationError where the survey has too many links.
    """
    Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
    if live_links().filter(survey=survey).count() >= LIVE_PER_SURVEY:
        said = _("The survey has %d links already. Revoke one that is no longer used.")
        raise ValidationError(said % LIVE_PER_SURVEY)
    secret = secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(days=min(days, LONGEST_DAYS))
    link = ShareLink.objects.create(
        survey=survey, created_by=by, digest=digest_of(secret), expires_at=expires_at, **of
    )
    return link, settings.PUBLIC_URL + reverse("shared-report", args=[secret])


def live_links() -> QuerySet[ShareLink]:
    """Not revoked, not expired, and made by somebody who may still edit the organisation's surveys."""
    makers = Member.objects.filter(
        user=OuterRef("created_by"),
        user__is_active=True,
        organisation=OuterRef("survey__organisation"),
        role__in=[Member.Role.OWNER, Member.Role.ANALYST],
    )
    return ShareLink.objects.filter(Exists(makers), revoked_at=None, expires_at__gt=timezone.now())


def link_of(secret: str) -> ShareLink | None:
    """The live link that the secret opens. None for one that never was, has expired or was revoked."""
    if not SHAPE.fullmatch(secret):
        return None
    digest = digest_of(secret)
    link = live_links().select_related("survey__organisation", "period").filter(digest=digest).first()
    return link if link and constant_time_compare(link.digest, digest) else None


def note_view(link: ShareLink) -> None:
    """Count that the report was shown, and keep when; nothing of who looked."""
    ShareLink.objects.filter(pk=link.pk).update(views=F("views") + 1, last_used_at=timezone.now())


def revoke(link: ShareLink) -> None:
    """Let the link open nothing more; the first time counts."""
    ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())
