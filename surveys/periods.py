"""Which period an answer belongs to. Days are those of the organisation's time zone."""

from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from surveys.models import Period, Response, Survey


def local_day(survey: Survey, at: datetime) -> date:
    return at.astimezone(ZoneInfo(survey.organisation.time_zone)).date()


def month_bounds(day: date) -> tuple[str, date, date]:
    last = monthrange(day.year, day.month)[1]
    return f"{day:%Y-%m}", day.replace(day=1), day.replace(day=last)


def quarter_bounds(day: date) -> tuple[str, date, date]:
    quarter = (day.month - 1) // 3
    first = date(day.year, quarter * 3 + 1, 1)
    last_month = quarter * 3 + 3
    return (
        f"{day.year}-Q{quarter + 1}",
        first,
        date(day.year, last_month, monthrange(day.year, last_month)[1]),
    )


def period_of_day(survey: Survey, day: date) -> Period | None:
    """The survey's period that holds `day`: made when first needed, or None outside every named wave."""
    if survey.period_kind == Survey.PeriodKind.WAVES:
        return survey.periods.filter(first_day__lte=day, last_day__gte=day).first()
    bounds = month_bounds if survey.period_kind == Survey.PeriodKind.MONTH else quarter_bounds
    name, first, last = bounds(day)
    period, _made = Period.objects.get_or_create(
        survey=survey, name=name, defaults={"first_day": first, "last_day": last}
    )
    return period


def period_at(survey: Survey, at: datetime) -> Period | None:
    return period_of_day(survey, local_day(survey, at))


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
