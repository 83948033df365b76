"""What several tables of scores have in common."""

from django.utils.translation import gettext as _

from indices.report_tables.table import Column, figure
from indices.scores.report import ScoreReport


def effective() -> list[Column]:
    """How many answers of equal weight would tell as much; left out where all have the same weight."""
    return [figure(_("Effective n"), 0)]


def small(report: ScoreReport) -> str:
    """From how many answers on figures are shown."""
    return _("Figures from fewer than %(least)s answers are not shown.") % {"least": report.least_base}
