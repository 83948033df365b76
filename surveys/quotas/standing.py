"""How quotas stand: how many are taken, how many were turned away, and when each is expected to be full."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.utils import timezone

from surveys.models import Period, Quota, QuotaPlace, Survey, TurnedAway
from surveys.periods import BOUNDS, ONE_DAY, local_day, running_period
from surveys.quotas import places
from surveys.quotas.outlook import STRETCH, days_of_pace, expected_day
from surveys.weighting import segment_questions


class Outlook(StrEnum):
    """What can be said of the day on which a quota will be full. The first that holds is said."""

    UNKNOWN = "matches_nobody"  # the published questionnaire has the question or option no more
    PAUSED = "paused"
    FULL = "full"
    NOT_ASKED = "takes_no_answers"
    BETWEEN = "between_waves"
    NONE_CAME = "none_came"
    NOT_BEFORE = "not_before_the_end"
    FAR = "too_far"
    EXPECTED = "expected"


@dataclass(frozen=True)
class Standing:
    """How one stands. `on` is the day that the outlook names: full since, expected, or the end before which
    it is not; `again_on` is when it starts anew. `recent` came in the last `days`. `period` is the running
    one.
    """

    quota: Quota
    taken: int
    turned_away: int
    recent: int
    days: int
    outlook: Outlook
    on: date | None
    again_on: date | None
    period: str

    @property
    def is_full(self) -> bool:
        return self.taken >= self.quota.most

    @property
    def matches_nobody(self) -> bool:
        return self.outlook == Outlook.UNKNOWN

    @property
    def width(self) -> int:
        """Of a bar of a hundred."""
        return min(100, 100 * self.taken // self.quota.most)


@dataclass(frozen=True)
class Now:
    """What every quota of a survey is looked at by."""

    survey: Survey
    at: datetime
    running: Period | None
    options: dict[str, set[str]]
    days: int  # by which the pace is measured

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.survey.organisation.time_zone)

    @property
    def today(self) -> date:
        return local_day(self.survey, self.at)

    def asks_for(self, quota: Quota) -> bool:
        """Whether the published questionnaire still has what the quota is about."""
        return all(option in self.options.get(code, ()) for code, option in quota.segments.items())


def standings(survey: Survey, quotas: Iterable[Quota], at: datetime | None = None) -> list[Standing]:
    """In the order of the quotas."""
    every, at = list(quotas), at or timezone.now()
    options = {one.code: {option.code for option in one.options} for one in segment_questions(survey)}
    now = Now(survey, at, running_period(survey, local_day(survey, at)), options, _days(survey, at))
    taken, recent, away = places.taken(every, now.running), _recent(every, at), _turned_away(every)
    again = _next_start(now)
    found = []
    for quota in every:
        own, lately = taken.get(quota.pk, 0), recent.get(quota.pk, 0)
        is_anew = quota.per == Quota.Per.PERIOD
        outlook, on = _outlook(now, quota, own, lately)
        found.append(
            Standing(
                quota=quota,
                taken=own,
                turned_away=away.get(quota.pk, 0),
                recent=lately,
                days=now.days,
                outlook=outlook,
                on=on,
                again_on=again if is_anew else None,
                period=now.running.name if now.running and is_anew else "",
            )
        )
    return found


def _days(survey: Survey, at: datetime) -> int:
    """Nobody came before the survey was published, or opened."""
    first = survey.versions.order_by("number").values_list("published_at", flat=True).first()
    opened = survey.opens_at if survey.opens_at and survey.opens_at < at else None
    return days_of_pace(max(filter(None, (first, opened)), default=None), at)


def _recent(quotas: list[Quota], at: datetime) -> dict[int, int]:
    own = QuotaPlace.objects.filter(quota__in=[one.pk for one in quotas]).order_by()
    lately = own.filter(response__finished_at__gt=at - STRETCH, response__finished_at__lte=at)
    return dict(lately.values_list("quota").annotate(n=Count("pk")))


def _turned_away(quotas: list[Quota]) -> dict[int, int]:
    own = TurnedAway.objects.filter(quota__in=[one.pk for one in quotas]).order_by()
    return dict(own.values_list("quota").annotate(n=Count("pk")))


def _outlook(now: Now, quota: Quota, taken: int, recent: int) -> tuple[Outlook, date | None]:
    survey, is_anew = now.survey, quota.per == Quota.Per.PERIOD
    cases = {
        Outlook.UNKNOWN: not now.asks_for(quota),
        Outlook.PAUSED: not quota.is_active,
        Outlook.FULL: taken >= quota.most,
        Outlook.NOT_ASKED: not survey.takes_answers,
        Outlook.BETWEEN: is_anew and _is_between(now),
        Outlook.NONE_CAME: not recent,
    }
    if stands := next((one for one, holds in cases.items() if holds), None):
        return stands, _last_taken(now, quota) if stands == Outlook.FULL else None
    day = expected_day(quota.most - taken, recent, now.at, now.zone, now.days)
    ends = [survey.closes_at.astimezone(now.zone).date()] if survey.closes_at else []
    if is_anew and (last := _last_day(now)):
        ends.append(last)
    if ends and (day is None or day > min(ends)):
        return Outlook.NOT_BEFORE, min(ends)
    return (Outlook.EXPECTED, day) if day else (Outlook.FAR, None)


def _is_between(now: Now) -> bool:
    return now.survey.period_kind == Survey.PeriodKind.WAVES and now.running is None


def _last_day(now: Now) -> date | None:
    """Of the period that holds this day, whether anybody answered in it yet or not."""
    if bounds := BOUNDS.get(now.survey.period_kind):
        return bounds(now.today)[2]
    return now.running.last_day if now.running else None


def _next_start(now: Now) -> date | None:
    """When the next period begins; of waves, the next that has been named."""
    if bounds := BOUNDS.get(now.survey.period_kind):
        return bounds(now.today)[2] + ONE_DAY
    later = now.survey.periods.filter(first_day__gt=now.today).order_by("first_day")
    return later.values_list("first_day", flat=True).first()


def _last_taken(now: Now, quota: Quota) -> date | None:
    """The day on which the last of as many places as there are was taken."""
    own = quota.places.filter(period=now.running) if quota.per == Quota.Per.PERIOD else quota.places.all()
    ordered = own.order_by("response__finished_at").values_list("response__finished_at", flat=True)
    at = next(iter(ordered[quota.most - 1 : quota.most]), None)
    return at.astimezone(now.zone).date() if at else None
