"""Comments: what was written by those who finished and are counted, chosen and in order.

In a confidential survey the newest come first. In an anonymous one the newest period does, and within it the
order is that of random ids: the order of time would tell which response of the list of responses a comment
belongs to. For those who see no more than texts (see `surveys.words.disclosure`) all are in random order.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce

from surveys.models import Period, Response, Survey, TextAnswer
from surveys.words.scores import Rating

ROWS_A_PAGE = 50
MOST_COUNTED = 10_000  # a page must not take longer the more there are
LONGEST_SEARCH = 100
NO_DAY, NO_TIME = date(1900, 1, 1), datetime(1900, 1, 1, tzinfo=UTC)  # sorts what has none last


@dataclass(frozen=True)
class Filter:
    """Which comments; empty or None: all. `segment` is `question:option`, `group` a group of `rating`."""

    question: str = ""
    period: Period | None = None
    segment: str = ""
    language: str = ""
    rating: Rating | None = None
    group: str = ""
    search: str = ""

    @property
    def dimensions(self) -> list[str]:
        """By what the comments are narrowed to some respondents' (a word searched for is part of a text)."""
        named = ("question", "period", "segment", "language", "group")
        return [name for name in named if getattr(self, name)]

    @property
    def without_search(self) -> "Filter":
        return replace(self, search="")

    def of(self, survey: Survey) -> QuerySet[TextAnswer]:
        rows = TextAnswer.objects.filter(
            response__survey=survey,
            response__state=Response.State.FINISHED,
            response__is_excluded=False,
        )
        if self.question:
            rows = rows.filter(code=self.question)
        if self.period:
            rows = rows.filter(response__period=self.period)
        if self.segment:
            question, _, option = self.segment.partition(":")
            rows = rows.annotate(option=KeyTransform(question, "response__segments")).filter(option=option)
        if self.language:
            rows = rows.filter(response__language=self.language)
        if self.rating and self.group:
            points = list(self.rating.groups[self.group])
            score = KeyTransform(self.rating.code, "response__answers")
            rows = rows.annotate(score=score).filter(score__in=points)
        # Not `icontains`: SQLite's LIKE knows upper and lower case of ASCII only.
        return rows.filter(text__iregex=re.escape(self.search)) if self.search else rows


def respondents(rows: QuerySet[TextAnswer]) -> int:
    """How many people wrote them."""
    return rows.order_by().values("response").distinct().count()


@dataclass(frozen=True)
class Counted:
    """`people`: how many wrote the `comments`; both only of the first so many where there `are_more`."""

    comments: int
    people: int
    are_more: bool


def counted(rows: QuerySet[TextAnswer]) -> Counted:
    """Both in one pass, up to MOST_COUNTED."""
    some = rows.order_by()[: MOST_COUNTED + 1]
    found = some.aggregate(comments=Count("pk"), people=Count("response_id", distinct=True))
    return Counted(**found, are_more=found["comments"] > MOST_COUNTED)


class Order:
    """How comments follow one another, and where the next page begins."""

    def rows(self, rows: QuerySet[TextAnswer]) -> QuerySet[TextAnswer]:
        raise NotImplementedError

    def following(self, last: TextAnswer) -> Q:
        raise NotImplementedError


class Newest(Order):
    """The latest handed in first."""

    def rows(self, rows: QuerySet[TextAnswer]) -> QuerySet[TextAnswer]:
        timed: Any = rows.annotate(time=Coalesce(F("response__finished_at"), Value(NO_TIME)))
        ordered: QuerySet[TextAnswer] = timed.order_by("-time", "-pk")
        return ordered

    def following(self, last: TextAnswer) -> Q:
        time = last.response.finished_at or NO_TIME
        return Q(time__lt=time) | Q(time=time, pk__lt=last.pk)


class NewestPeriod(Order):
    """The latest period first, within it as if by lot."""

    def rows(self, rows: QuerySet[TextAnswer]) -> QuerySet[TextAnswer]:
        day, place = F("response__period__first_day"), F("response__period")
        dated = rows.annotate(day=Coalesce(day, Value(NO_DAY)), place=Coalesce(place, Value(0)))
        return dated.order_by("-day", "-place", "public_id")

    def following(self, last: TextAnswer) -> Q:
        period = last.response.period
        day, place = (period and period.first_day) or NO_DAY, period.pk if period else 0
        same = Q(day=day)
        return (
            Q(day__lt=day)
            | (same & Q(place__lt=place))
            | (same & Q(place=place, public_id__gt=last.public_id))
        )


class ByLot(Order):
    """As if by lot."""

    def rows(self, rows: QuerySet[TextAnswer]) -> QuerySet[TextAnswer]:
        return rows.order_by("public_id")

    def following(self, last: TextAnswer) -> Q:
        return Q(public_id__gt=last.public_id)


def order_for(survey: Survey, texts_only: bool) -> Order:
    if texts_only:
        return ByLot()
    return NewestPeriod() if survey.privacy == Survey.Privacy.ANONYMOUS else Newest()


@dataclass(frozen=True)
class CommentPage:
    """`keys` are those of the rows and of as many that follow as were asked for."""

    rows: list[TextAnswer]
    has_more: bool
    keys: list[int] = field(default_factory=list)


def comment_page(
    survey: Survey, chosen: Filter, order: Order, after: str = "", limit: int = ROWS_A_PAGE, keys: int = 0
) -> CommentPage | None:
    """The comments that follow the one with the id `after`, and at least so many of their `keys`; None if
    that one is not there (any more)."""
    rows = order.rows(chosen.of(survey))
    if after:
        last = comment_of(survey, after)
        if last is None:
            return None
        rows = rows.filter(order.following(last))
    # Keys first: to sort whole rows of a large survey takes three times as long.
    found_keys = list(rows.values_list("pk", flat=True)[: max(limit + 1, keys)])
    own = order.rows(TextAnswer.objects.filter(pk__in=found_keys[:limit]))
    found = own.select_related("response__period", "own_follow_up__owner__user")
    followed = found.prefetch_related("response__follow_ups__owner__user")
    return CommentPage(list(followed), len(found_keys) > limit, found_keys)


def comment_of(survey: Survey, public_id: str) -> TextAnswer | None:
    """One that is shown: of a finished response that counts."""
    shown = Filter().of(survey).select_related("response__period", "response__survey")
    return shown.filter(public_id=public_id).first()
