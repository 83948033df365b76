"""Figures in templates: rounded as everywhere, drawn as everywhere."""

from django import template
from django.utils.safestring import SafeString

from indices import numbers, wording
from indices.comparing.compared import Compared
from indices.drawing.interval_bar import interval_bar
from indices.report import quality
from indices.report.structural import Row
from indices.scores.report import ScoreChange, ScoreReport, ScoreRow

register = template.Library()


@register.filter
def rounded(value: float | str | None, digits: int = 1) -> str:
    """The rounded figure; a template's empty text, where something is missing on the way, is no figure."""
    return numbers.rounded(None if isinstance(value, str) else value, digits)


@register.filter
def percent(share: float | str | None) -> str:
    """A share as a percentage."""
    return "–" if share is None or isinstance(share, str) else numbers.rounded(100 * share)


register.filter("p_value", numbers.p_value)
register.filter("overall", quality.overall)


@register.simple_tag
def interval_of(figure: object, digits: int = 1) -> str:
    """`low – high` of anything that has both."""
    return numbers.interval(getattr(figure, "low", None), getattr(figure, "high", None), digits)


@register.simple_tag
def ends(low: float | str | None, high: float | str | None, digits: int = 1) -> str:
    """`low – high` of two figures; a template's empty text is no figure."""
    first, last = (None if isinstance(one, str) else one for one in (low, high))
    return numbers.interval(first, last, digits)


@register.simple_tag
def score_changes(report: ScoreReport, compared: Compared) -> tuple[list[ScoreChange], list[ScoreChange]]:
    """Of the figures as a whole and by dimension or feature, and of those by statement."""
    return report.changes(compared), report.statement_changes(compared)


@register.simple_tag
def bar(
    value: float | None, low: float | None, high: float | None, minimum: float = 0, maximum: float = 100
) -> SafeString:
    return interval_bar(value, low, high, minimum, maximum)


@register.simple_tag
def change_of(compared: Compared, row: Row | ScoreRow) -> str:
    """The change of a figure that is shown first, in words."""
    return compared.said(row.headline_by, row.code, digits=row.digits)


@register.filter
def signed(value: float | str | None, digits: int = 1) -> str:
    """The rounded figure with its sign."""
    return "–" if value is None or isinstance(value, str) else wording.signed(value, digits)


@register.simple_tag
def reach_of(figure: object, digits: int = 1) -> str:
    """`low to high` with their signs, of anything that has both."""
    low, high = getattr(figure, "low", None), getattr(figure, "high", None)
    return "–" if low is None or high is None else wording.reach(low, high, digits)


@register.simple_tag
def changes_in_short(compared: Compared, estimator: str) -> str:
    """Which indices changed clearly since then, by one estimator, and of how many nothing can be said."""
    return compared.in_short(estimator)
