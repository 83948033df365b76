"""How many answers came in week by week, for many surveys at once: blocks, and what is not in them yet."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Aggregate, Count, Min, Q, QuerySet, Sum

from scoring.classical.weekly_counts import has_fallen, usual
from surveys.models import AnswerBlock, Organisation, Response
from surveys.models.response import TO_FOLD, TO_TAKE_OUT

WEEKS: Final = 9  # the last, and those that say what is usual
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class WeeklyAnswers:
    """Finished answers that count, by stretches of seven full days, the last ending yesterday.

    `counts` begins with the first such week that lies wholly after the survey's first answers; where none
    does yet, it is the last alone, and not `is_whole`.
    """

    counts: Sequence[int] = ()
    is_whole: bool = True

    @property
    def last(self) -> int:
        return self.counts[-1] if self.counts else 0

    @property
    def before(self) -> int | None:
        return self.counts[-2] if len(self.counts) > 1 else None

    @cached_property
    def has_fallen(self) -> bool:
        """By more than chance and the usual ups and downs explain."""
        return has_fallen(self.counts[:-1], self.last)

    @property
    def usual(self) -> int:
        """What a week brought before, on average."""
        return round(usual(self.counts[:-1]).mean)


def weekly_answers(
    organisation: Organisation, surveys: Iterable[int], now: datetime
) -> dict[int, WeeklyAnswers]:
    """By survey, in the organisation's days; none for a survey without answers in these weeks."""
    zone = ZoneInfo(organisation.time_zone)
    today = now.astimezone(zone).date()
    days = [today - back * WEEK for back in range(WEEKS, -1, -1)]
    midnights = [datetime.combine(day, time(), tzinfo=zone) for day in days]
    counts: dict[int, list[int]] = defaultdict(lambda: [0] * WEEKS)
    began: dict[int, date] = {}
    for rows, sign in _answers(list(surveys), days, midnights):
        for survey, first, *weeks in rows:
            day = first.astimezone(zone).date() if isinstance(first, datetime) else first
            began[survey] = min(day, began.get(survey, day))
            counts[survey] = [a + sign * (b or 0) for a, b in zip(counts[survey], weeks, strict=True)]
    return {survey: _since(days, began[survey], weeks) for survey, weeks in counts.items()}


def _since(days: Sequence[date], began: date, counts: Sequence[int]) -> WeeklyAnswers:
    """A survey that began in these weeks is judged from its first full week on."""
    before = sum(1 for day in days[:-1] if day < began)
    return WeeklyAnswers(tuple(counts[min(before, WEEKS - 1) :]), before < WEEKS)


def _answers(
    surveys: list[int], days: Sequence[date], midnights: Sequence[datetime]
) -> Iterator[tuple[Any, int]]:
    """Survey, first moment and a count for each week: of what is in blocks, what is not yet, and what has to
    be taken off. Today is in no week, but a survey may have begun in it."""
    blocks = AnswerBlock.objects.filter(survey__in=surveys, day__gte=days[0])
    yield _by_week(blocks, "day", days, lambda week: Sum("n", filter=week)), 1
    responses = Response.objects.filter(finished_at__gte=midnights[0], survey__in=surveys)
    for state, sign in ((TO_FOLD, 1), (TO_TAKE_OUT, -1)):
        rows = responses.filter(state)
        yield _by_week(rows, "finished_at", midnights, lambda week: Count("pk", filter=week)), sign


def _by_week(
    rows: QuerySet[Any], at: str, ends: Sequence[date], number: Callable[[Q], Aggregate]
) -> QuerySet[Any, Any]:
    weeks = {
        f"week{i}": number(Q(**{f"{at}__gte": first, f"{at}__lt": end}))
        for i, (first, end) in enumerate(pairwise(ends))
    }
    found: QuerySet[Any, Any] = rows.order_by().values("survey").annotate(first=Min(at), **weeks)
    return found.values_list("survey", "first", *weeks)
