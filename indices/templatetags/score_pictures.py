"""Pictures and sentences of score reports in templates."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString

from indices.comparing.between_segments import SegmentLine
from indices.scores import certainty as score_certainty
from indices.scores import pictures as score_pictures
from indices.scores import takeaways as score_takeaways
from indices.scores.readings import Standing, standing
from indices.scores.report import ScoreReport, ScoreRow
from indices.scores.rows import KanoRow, ShareRow, kano_rows, share_rows
from indices.wording import reach, signed

register = template.Library()
DIGITS = 2
Rows = Sequence[dict[str, Any]]


@register.simple_tag
def answers_picture(report: ScoreReport) -> SafeString | str:
    return score_pictures.answers_picture(report)


@register.simple_tag
def rows_picture(report: ScoreReport, rows: Rows) -> SafeString:
    """Dumbbells, zones or perceptions, by the instrument's kind."""
    drawn = {"servqual": score_pictures.gaps_picture, "servqual_zone": score_pictures.zones_picture}
    return drawn.get(report.kind, score_pictures.perceptions_picture)(report, rows)


@register.simple_tag
def kano_picture(report: ScoreReport) -> SafeString:
    return score_pictures.kano_picture(report, report.feature_rows)


@register.simple_tag
def segments_picture(lines: Iterable[SegmentLine], place: int, row: ScoreRow) -> SafeString:
    return score_pictures.segments_picture(lines, place, row)


@register.filter
def with_sign(value: float | str | None) -> str:
    """A difference in points of a scale."""
    return "–" if value is None or isinstance(value, str) else signed(value, DIGITS)


@register.simple_tag
def apart(low: float | str | None, high: float | str | None) -> str:
    """The interval of a difference in points of a scale."""
    if low is None or high is None or isinstance(low, str) or isinstance(high, str):
        return "–"
    return reach(low, high, DIGITS)


@register.filter
def lowest_first(rows: Rows, figure: str) -> Rows:
    return score_takeaways.ranked(rows, figure)


@register.filter
def standing_of(row: dict[str, Any]) -> str:
    """Where what is perceived lies to the zone of tolerance, in words."""
    return "–" if row.get("is_small") else str(Standing(standing(row)).label)


@register.filter
def takeaways(report: ScoreReport) -> list[score_takeaways.Takeaway]:
    return score_takeaways.takeaways(report)


@register.filter
def segment_takeaways(lines: Iterable[SegmentLine]) -> list[score_takeaways.Takeaway]:
    return score_takeaways.segment_takeaways(lines)


@register.filter
def with_shares(report: ScoreReport) -> list[ShareRow]:
    return share_rows(report)


@register.filter
def numbered_features(report: ScoreReport) -> list[KanoRow]:
    return kano_rows(report)


@register.filter
def aspects(report: ScoreReport) -> list[score_certainty.Aspect]:
    return score_certainty.aspects(report)


@register.filter
def unanswered(report: ScoreReport) -> list[score_certainty.Unanswered]:
    return score_certainty.unanswered(report)


@register.filter
def computed_with(report: ScoreReport) -> list[tuple[str, Any]]:
    """The settings of the run; its weighting, which tells of the answers, has a place of its own, and of its
    periods the names are enough."""
    settings = report.stored.run.settings
    return [(name, value) for name, value in settings.items() if name not in {"weighting", "period_ids"}]
