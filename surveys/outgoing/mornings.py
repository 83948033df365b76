"""Mornings of an organisation's time zone: when is told, and up to when, of an anonymous survey.

When a message comes must not tell when somebody answered. What a day brought is told together, on the next
morning. How many responses were finished is counted then, once for each webhook, and nothing is written when
they are handed in.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from surveys.models import Survey

MORNING = time(8)


def next_morning(survey: Survey, now: datetime) -> datetime:
    here = now.astimezone(_zone(survey))
    day = here.date() if here.time() < MORNING else here.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, here.tzinfo).astimezone(UTC)


def day_began(survey: Survey, now: datetime) -> datetime:
    """The midnight that began the organisation's day."""
    zone = _zone(survey)
    return datetime.combine(now.astimezone(zone).date(), time.min, zone).astimezone(UTC)


def end_of_told_days(survey: Survey, now: datetime) -> datetime:
    """The midnight that ended the last day to be told of: from the morning on yesterday, until then the day
    before. Who hands in reads the clock some moments before the answers are there: by then all are."""
    zone = _zone(survey)
    here = now.astimezone(zone)
    day = here.date() if here.time() >= MORNING else here.date() - timedelta(days=1)
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _zone(survey: Survey) -> ZoneInfo:
    return ZoneInfo(survey.organisation.time_zone)
