"""When a survey's indices are due: on its schedule, or after so many new answers."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from indices import queue
from indices.models import Run
from surveys.models import Period, Response, Survey, User, Version

log = logging.getLogger(__name__)

EVERY = {
    Survey.Refresh.HOURLY: timedelta(hours=1),
    Survey.Refresh.DAILY: timedelta(days=1),
    Survey.Refresh.WEEKLY: timedelta(weeks=1),
}


def segments_of(version: Version) -> list[str]:
    """Everybody (empty), then each option of each segment question as `question:option`."""
    return [
        "",
        *(
            f"{segment['code']}:{option['code']}"
            for segment in version.segments
            for option in segment["options"]
        ),
    ]


def request_period(
    survey: Survey, period: Period, measurement_key: str, trigger: str, by: User | None = None
) -> list[Run]:
    """Ask for the indices of a period: everybody, and every segment of the survey."""
    version = survey.versions.filter(measurement_key=measurement_key).order_by("-number")[0]
    return [
        queue.request(survey, period, measurement_key, segment, trigger, by)
        for segment in segments_of(version)
    ]


def request_due_runs() -> None:
    """One broken survey does not stop the others."""
    for survey in Survey.objects.exclude(state=Survey.State.DRAFT).select_related("organisation"):
        try:
            for period, key, trigger in due(survey, timezone.now()):
                request_period(survey, period, key, trigger)
        except Exception:
            log.exception("survey %s: its runs could not be requested", survey.pk)


def due(survey: Survey, now: datetime) -> Iterator[tuple[Period, str, str]]:
    """The survey's periods that have new answers and are due: (period, measurement key, trigger)."""
    bases = (
        Response.objects.filter(survey=survey, state=Response.State.FINISHED, period__isnull=False)
        .values("period", "version__measurement_key")
        .annotate(base=Count("pk"))
    )
    periods = {period.pk: period for period in survey.periods.all()}
    for row in bases:
        period, key = periods[row["period"]], row["version__measurement_key"]
        if trigger := _trigger(survey, period, key, row["base"], now):
            yield period, key, trigger


def _trigger(survey: Survey, period: Period, key: str, base: int, now: datetime) -> str | None:
    """Counts are compared, not ids: transactions commit out of order."""
    runs = Run.objects.filter(survey=survey, period=period, measurement_key=key, segment="")
    last = runs.order_by("-revision").first()
    if last and last.status in {Run.Status.QUEUED, Run.Status.RUNNING}:
        return None
    new = base - (last.responses if last else 0)
    if new == 0 or (last and last.status == Run.Status.FAILED and not _waited(survey, last, now)):
        return None
    if survey.refresh_after and new >= survey.refresh_after:
        return Run.Trigger.ANSWERS
    return Run.Trigger.SCHEDULE if _waited(survey, last, now) else None


def _waited(survey: Survey, last: Run | None, now: datetime) -> bool:
    every = EVERY.get(Survey.Refresh(survey.refresh))
    return every is not None and (last is None or last.queued_at + every <= now)
