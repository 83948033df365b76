"""When a quota is expected to be full, at the pace of the last days. Pure arithmetic."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

STRETCH = timedelta(days=7)  # by which the pace is measured
FURTHEST = timedelta(days=3652)  # nobody knows the pace of the time after


def expected_day(missing: int, recent: int, now: datetime, zone: ZoneInfo) -> date | None:
    """The day on which the last of the `missing` answers comes if they come as the `recent` ones of the last
    days did; None where none came, or it lies too far ahead.

    Nothing is rounded up or down on the way: with 12 in seven days, 18 more take ten days and a half.
    """
    if recent < 1 or missing * STRETCH.days > recent * FURTHEST.days:
        return None
    return (now.astimezone(ZoneInfo("UTC")) + STRETCH * max(missing, 0) / recent).astimezone(zone).date()
