"""A rule for alerts, and answers of this moment."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from surveys.models import AlertRule, Member, Response, Survey
from tests.surveys.words_cast import wrote


def detractors_of(survey: Survey, recipient: Member) -> AlertRule:
    """A rule made an hour ago, of which one member is told."""
    at = timezone.now() - timedelta(hours=1)
    rule = AlertRule.objects.create(
        survey=survey, item="nps.score", lowest=0, highest=6, since=at, looked_until=at
    )
    rule.recipients.add(recipient)
    return rule


def just_wrote(survey: Survey, text: str = "", score: Any = 3, **fields: Any) -> Response:
    return wrote(survey, text, score, **({"finished_at": timezone.now()} | fields))
