"""When a quota is expected to be full, at the pace of the last days. Pure arithmetic."""

import math
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

STRETCH = timedelta(days=7)  # by which the pace is measured
FURTHEST = timedelta(days=3652)  # nobody knows the pace of the time after


def days_of_pace(since: datetime | None, now: datetime) -> int:
    """By how many days the pace is measured: those of STRETCH, or since answers were taken; two at least, as
    the first hours say little."""
    if since is None:
        return STRETCH.days
    return min(STRETCH.days, max(2, math.ceil((now - since) / timedelta(days=1))))


def expected_day(
    missing: int, recent: int, now: datetime, zone: ZoneInfo, days: int = STRETCH.days
) -> date | None:
    """The day on which the last of the `missing` answers comes if they come as the `recent` ones of the last
    `days` did; None where none came, or it lies too far ahead.

    Nothing is rounded up or down on the way: with 12 in seven days, 18 more take ten days and a half.
    """
    if recent < 1 or missing * days > recent * FURTHEST.days:
        return None
    left = timedelta(days=days) * max(missing, 0) / recent
    return (now.astimezone(ZoneInfo("UTC")) + left).astimezone(zone).date()
