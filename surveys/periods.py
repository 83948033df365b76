"""Which period an answer belongs to, and when a period closes.

Days are those of the organisation's time zone.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.models import Period, Quota, Response, Survey
from surveys.quotas import belonging

Bounds = tuple[str, date, date]  # a period's name, its first day and its last
ONE_DAY = timedelta(days=1)


def local_day(survey: Survey, at: datetime) -> date:
    return at.astimezone(ZoneInfo(survey.organisation.time_zone)).date()


def day_bounds(day: date) -> Bounds:
    return day.isoformat(), day, day


def week_bounds(day: date) -> Bounds:
    """The ISO week: it begins on Monday, and belongs to the year that its Thursday lies in."""
    year, week, weekday = day.isocalendar()
    first = day - timedelta(days=weekday - 1)
    return f"{year}-W{week:02}", first, first + timedelta(days=6)


def month_bounds(day: date) -> Bounds:
    return f"{day:%Y-%m}", *_months(day, 1)


def quarter_bounds(day: date) -> Bounds:
    return f"{day.year}-Q{(day.month + 2) // 3}", *_months(day, 3)


def year_bounds(day: date) -> Bounds:
    return str(day.year), *_months(day, 12)


def _months(day: date, size: int) -> tuple[date, date]:
    """The first and the last day of the stretch of so many months that holds `day`, counted from January."""
    first = day.replace(month=(day.month - 1) // size * size + 1, day=1)
    after = first.month + size
    next_first = first.replace(month=after) if after <= 12 else date(first.year + 1, 1, 1)
    return first, next_first - ONE_DAY


BOUNDS: dict[str, Callable[[date], Bounds]] = {
    Survey.PeriodKind.DAY: day_bounds,
    Survey.PeriodKind.WEEK: week_bounds,
    Survey.PeriodKind.MONTH: month_bounds,
    Survey.PeriodKind.QUARTER: quarter_bounds,
    Survey.PeriodKind.YEAR: year_bounds,
}


def period_of_day(survey: Survey, day: date) -> Period | None:
    """The survey's period that holds `day`: made when first needed, or None outside every named wave."""
    if survey.period_kind == Survey.PeriodKind.WAVES:
        return survey.periods.filter(first_day__lte=day, last_day__gte=day).first()
    name, first, last = BOUNDS[survey.period_kind](day)
    period, _made = Period.objects.get_or_create(
        survey=survey, name=name, defaults={"first_day": first, "last_day": last}
    )
    return period


def period_at(survey: Survey, at: datetime) -> Period | None:
    return period_of_day(survey, local_day(survey, at))


def running_period(survey: Survey, day: date) -> Period | None:
    """The period that holds `day`, if there is one already: looking makes none."""
    own = survey.periods.filter(first_day__lte=day, last_day__gte=day)
    if survey.period_kind != Survey.PeriodKind.WAVES:
        own = survey.periods.filter(name=BOUNDS[survey.period_kind](day)[0])
    return own.first()


def key_of_day(survey: Survey, day: date) -> date:
    """The same for days that lie in one period: its first day, or the day itself where waves decide."""
    bounds = BOUNDS.get(survey.period_kind, day_bounds)
    return bounds(day)[1]


def in_order(periods: Iterable[Period]) -> list[Period]:
    """In the order of time; undated waves come first, in the order they were made."""
    return sorted(periods, key=lambda one: (one.first_day or date.min, one.pk))


def pooled(survey: Survey, period: Period, size: int, answered: list[Period]) -> list[Period]:
    """The periods that a rolling window of `size` ending with `period` holds; none if it is not filled yet.

    `answered` are the periods that have answers, in the order of time. A stretch of the calendar without any
    counts as one of the window's; of waves the last so many are taken.
    """
    if size == 1:
        return [period]
    if period not in answered:
        return []
    if survey.period_kind == Survey.PeriodKind.WAVES:
        end = answered.index(period) + 1
        return answered[end - size : end] if end >= size else []
    if period.first_day is None:
        return []
    first = begin = period.first_day
    for _step in range(size - 1):
        begin = BOUNDS[survey.period_kind](begin - ONE_DAY)[1]
    dated = [(one.first_day, one) for one in answered if one.first_day]
    return [one for day, one in dated if begin <= day <= first] if dated[0][0] <= begin else []


def closing_day(survey: Survey, period: Period) -> date | None:
    """The first day on which the period is closed by itself."""
    return period.last_day and period.last_day + timedelta(days=survey.close_after_days + 1)


def close_due(now: datetime) -> int:
    """Close every period that has waited long enough for late answers; returns how many.

    Doing it twice, late, or in several places at once does no harm.
    """
    open_dated = Period.objects.filter(closed_at=None, last_day__lt=now.date() + ONE_DAY)
    return sum(_close_if_due(period, now) for period in open_dated.select_related("survey__organisation"))


def _close_if_due(period: Period, now: datetime) -> bool:
    day = closing_day(period.survey, period)
    return day is not None and local_day(period.survey, now) >= day and _close(period, now)


def close(period: Period) -> bool:
    """Close it by hand. False if it was closed already. Raises ValidationError while its days last."""
    if not may_close(period):
        raise ValidationError(_("Its days are not over yet; close it then, or close the survey first."))
    return _close(period, timezone.now())


def may_close(period: Period) -> bool:
    """Its days are over, or it has none, or the survey takes no answers any more."""
    survey = period.survey
    is_over = period.last_day is None or period.last_day < local_day(survey, timezone.now())
    return is_over or not survey.takes_answers


def _close(period: Period, now: datetime) -> bool:
    return Period.objects.filter(pk=period.pk, closed_at=None).update(closed_at=now) == 1


@transaction.atomic
def add_wave(survey: Survey, name: str, first_day: date | None, last_day: date | None) -> Period:
    """Add a named wave; finished answers that lay outside every wave and within its days become its own.

    Raises ValidationError naming the field.
    """
    survey = Survey.objects.select_for_update(no_key=True).select_related("organisation").get(pk=survey.pk)
    name = name.strip()
    if survey.period_kind != Survey.PeriodKind.WAVES:
        raise ValidationError({"name": _("Only a survey with named waves takes a wave.")})
    if not name or survey.periods.filter(name=name).exists():
        raise ValidationError({"name": _("Give a name that no other wave of the survey has.")})
    if (first_day is None) != (last_day is None):
        raise ValidationError({"last_day": _("Give both the first and the last day, or neither.")})
    if first_day and last_day:
        if first_day > last_day:
            raise ValidationError({"last_day": _("The last day must not lie before the first.")})
        if survey.periods.filter(first_day__lte=last_day, last_day__gte=first_day).exists():
            raise ValidationError({"first_day": _("Another wave already holds some of these days.")})
    wave = Period.objects.create(survey=survey, name=name, first_day=first_day, last_day=last_day)
    if first_day and last_day:
        _claim_answers(survey, wave, first_day, last_day)
    return wave


def _claim_answers(survey: Survey, wave: Period, first_day: date, last_day: date) -> None:
    waiting = Response.objects.filter(survey=survey, period=None, finished_at__isnull=False)
    own = [
        pk
        for pk, at in waiting.values_list("pk", "finished_at")
        if at and first_day <= local_day(survey, at) <= last_day
    ]
    Response.objects.filter(pk__in=own).update(period=wave)
    for quota in survey.quotas.filter(per=Quota.Per.PERIOD):
        belonging.fill(quota, survey.responses.filter(period=wave))
