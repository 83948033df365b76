"""How long answering took, in words."""

from django.utils.translation import gettext as _


def in_words(seconds: float) -> str:
    """Whole seconds below an hour, whole minutes below a day: longer ones were left and come back to."""
    whole = round(seconds)
    if whole < 3_600:
        return _("%(minutes)d min %(seconds)02d s") % {"minutes": whole // 60, "seconds": whole % 60}
    minutes = round(seconds / 60)
    if minutes < 1_440:
        return _("%(hours)d h %(minutes)02d min") % {"hours": minutes // 60, "minutes": minutes % 60}
    hours = round(seconds / 3_600)
    return _("%(days)d d %(hours)d h") % {"days": hours // 24, "hours": hours % 24}
