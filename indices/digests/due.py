"""When a digest is due: on the morning of its day, in the organisation's time zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from indices.digests.models import Digest, Every
from surveys.models import Member

MORNING = time(7)
CAUGHT_UP_WITHIN = timedelta(days=1)  # where beat was away in the morning


def day_due(digest: Digest, now: datetime) -> date | None:
    """The day whose digest is to be sent now; None if there is none, or it was handled."""
    zone = ZoneInfo(digest.member.organisation.time_zone)
    today = now.astimezone(zone).date()
    days = [day for day in (today, today - timedelta(days=1)) if _is_on(digest, day)]
    return next((day for day in days if _is_open(digest, day, zone, now)), None)


def _is_on(digest: Digest, day: date) -> bool:
    return digest.every == Every.DAY or (digest.every == Every.WEEK and day.weekday() == digest.weekday)


def _is_open(digest: Digest, day: date, zone: ZoneInfo, now: datetime) -> bool:
    begins = datetime.combine(day, MORNING, zone).astimezone(UTC)
    is_handled = digest.handled is not None and digest.handled >= day
    return not is_handled and begins <= now < begins + CAUGHT_UP_WITHIN


def first_digest(member: Member, now: datetime) -> Digest:
    """One that tells of what comes from now on, not stored yet; never of the day on which it is made."""
    today = now.astimezone(ZoneInfo(member.organisation.time_zone)).date()
    return Digest(member=member, told_until=now, handled=today)
