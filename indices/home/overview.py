"""All that the home page tells of an organisation's surveys, as the page and the API show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Final

from django.utils import timezone

from indices.home.answers import WeeklyAnswers, weekly_answers
from indices.home.attention import Item, Kind, attention
from indices.home.cards import Card
from indices.home.stored import headlines
from surveys.follow_up.selectors import open_alerts
from surveys.models import Member, Survey
from surveys.periods import local_day
from surveys.selectors import surveys_of

SHOWN: Final = 3  # of each kind of what needs attention
UNREAD: Final = ("words", "parts", "codes", "weighting", "consent", "thanks", "source_note")


@dataclass(frozen=True)
class Overview:
    """`cards` are of the surveys under way, `closed` of those that take no answers any more."""

    cards: Sequence[Card]
    closed: Sequence[Card]
    drafts: Sequence[Survey]

    @cached_property
    def items(self) -> list[Item]:
        """What needs attention, the most urgent first."""
        found = [item for card in (*self.cards, *self.closed) for item in card.items]
        return sorted(found, key=lambda item: item.urgency)


@dataclass(frozen=True)
class Group:
    """What needs attention for the same reason: `rest` can be unfolded."""

    kind: Kind
    first: Sequence[Item]
    rest: Sequence[Item]


def grouped(items: Sequence[Item]) -> list[Group]:
    """In their order, so that many of one kind do not hide the others."""
    kinds = {kind: list(own) for kind, own in groupby(items, key=lambda item: item.kind)}
    return [Group(kind, own[:SHOWN], own[SHOWN:]) for kind, own in kinds.items()]


def overview(member: Member, may_edit: bool, language: str) -> Overview:
    """`may_edit`: the reader may read single answers, and release periods."""
    surveys = list(surveys_of(member).defer(*UNREAD).order_by("-created_at", "-pk"))
    drafts = [one for one in surveys if one.state == Survey.State.DRAFT]
    published = [one for one in surveys if one.state != Survey.State.DRAFT]
    now = timezone.now()
    answers = weekly_answers(member.organisation, [one.pk for one in published], now)
    today = local_day(published[0], now) if published else now.date()
    alerts = open_alerts(one.pk for one in published)
    cards = [
        Card(one, own, attention(one, own, may_edit, alerts.get(one.survey.pk, 0)))
        for one in headlines(published, may_edit, language, today)
        for own in (answers.get(one.survey.pk, WeeklyAnswers()),)
    ]
    return Overview(
        cards=[card for card in cards if not has_ended(card.survey)],
        closed=[card for card in cards if has_ended(card.survey)],
        drafts=drafts,
    )


def has_ended(survey: Survey) -> bool:
    """It takes no answers any more."""
    return survey.state == Survey.State.CLOSED or survey.is_late
