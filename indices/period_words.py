"""What is said of periods: the windows that are pooled, and by what a revision differs from another."""

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indices.models import Run
from surveys.models import Survey


def window_label(kind: str, size: int) -> str:
    """`This quarter`, `Last 4 quarters`."""
    Kind = Survey.PeriodKind
    if size == 1:
        alone = {
            Kind.DAY: _("This day"),
            Kind.WEEK: _("This week"),
            Kind.MONTH: _("This month"),
            Kind.QUARTER: _("This quarter"),
            Kind.YEAR: _("This year"),
            Kind.WAVES: _("This wave"),
        }
        return alone[Kind(kind)]
    together = {
        Kind.DAY: ngettext("Last %d day", "Last %d days", size),
        Kind.WEEK: ngettext("Last %d week", "Last %d weeks", size),
        Kind.MONTH: ngettext("Last %d month", "Last %d months", size),
        Kind.QUARTER: ngettext("Last %d quarter", "Last %d quarters", size),
        Kind.YEAR: ngettext("Last %d year", "Last %d years", size),
        Kind.WAVES: ngettext("Last %d wave", "Last %d waves", size),
    }
    return together[Kind(kind)] % size


def changes_sentence(changes: dict[str, int], before: Run) -> str:
    """By what answers a released revision differs from the one released before it."""
    counts = {
        "late": ngettext("%d answer came late", "%d answers came late", changes["late"]),
        "imported": ngettext("%d answer was imported", "%d answers were imported", changes["imported"]),
        "excluded": ngettext(
            "%d answer was left out by an analyst",
            "%d answers were left out by an analyst",
            changes["excluded"],
        ),
        "readmitted": ngettext(
            "%d answer was taken back in", "%d answers were taken back in", changes["readmitted"]
        ),
        "withdrawn": ngettext("%d answer was withdrawn", "%d answers were withdrawn", changes["withdrawn"]),
    }
    said = [text % changes[name] for name, text in counts.items() if changes[name]]
    if changes.get("weighting"):
        said.append(_("the weighting was changed"))
    if not said:
        return _("Computed again from the same answers as revision %d.") % before.revision
    return _("Since revision %(revision)d, %(changes)s.") % {
        "revision": before.revision,
        "changes": get_text_list(said, _("and")),
    }
