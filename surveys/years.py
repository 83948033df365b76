"""Which years a day or time may lie in: databases and time zones know others only in part."""

from datetime import date

from django.utils.translation import gettext as _

FIRST, LAST = 1970, 2999


def problem_of(day: date) -> str:
    """What is wrong with the year, empty if nothing is. A day at the edge may be another one elsewhere."""
    if FIRST <= day.year <= LAST:
        return ""
    return _("must lie in the years %(low)d to %(high)d") % {"low": FIRST, "high": LAST}
