"""When a survey's indices are due: on its schedule, or after so many new answers."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from indices import weighted
from indices.models import Run
from indices.runs import queue
from indices.runs.counted import Counted
from indices.segments import segments_of
from indices.selectors import measurement_keys
from surveys.models import Period, Survey, User
from surveys.periods import pooled
from surveys.selectors import answered_periods, finished

log = logging.getLogger(__name__)

EVERY = {
    Survey.Refresh.HOURLY: timedelta(hours=1),
    Survey.Refresh.DAILY: timedelta(days=1),
    Survey.Refresh.WEEKLY: timedelta(weeks=1),
}


@dataclass(frozen=True)
class Due:
    """What is to be computed, everybody and every segment, and as which revision of everybody's."""

    period: Period
    measurement_key: str
    window: int
    trigger: str
    revision: int


def windows_of(survey: Survey) -> list[int]:
    """Of how many periods the survey pools the answers: each period alone, and its rolling window."""
    return [1, survey.rolling] if survey.rolling else [1]


def request_period(
    survey: Survey,
    period: Period,
    measurement_key: str,
    trigger: str,
    by: User | None = None,
    window: int = 1,
    as_of: datetime | None = None,
) -> list[Run]:
    """Ask for the indices of a period: everybody, and every segment of the survey, all of the answers there
    are `as_of` one moment, now unless another is named. While they are computed one by one more may come, and
    segments that had more than everybody would tell of each other."""
    at = as_of or timezone.now()
    return [
        queue.request(survey, period, measurement_key, segment, trigger, by, window, at)
        for segment in segments_of(survey, measurement_key)
    ]


def request_answered(survey: Survey, period: Period, trigger: str, by: User | None = None) -> list[Run]:
    """Ask for the figures of every instrument that the period has finished answers to."""
    at = timezone.now()
    return [
        run
        for key in measurement_keys(survey)
        if finished(survey, key, period).exists()
        for window in windows_of(survey)
        if pooled(survey, period, window, answered_periods(survey, key))
        for run in request_period(survey, period, key, trigger, by, window, at)
    ]


def request_due_runs() -> None:
    """One broken survey does not stop the others."""
    for key in list(Survey.objects.exclude(state=Survey.State.DRAFT).values_list("pk", flat=True)):
        try:
            survey = Survey.objects.select_related("organisation").get(pk=key)
            for one in due(survey, timezone.now()):
                _request(survey, one)
        except Exception:
            log.exception("survey %s: its runs could not be requested", key)


@transaction.atomic
def _request(survey: Survey, due: Due) -> None:
    """Ask for all of it, or, if another beat was faster, for nothing.

    Who adds everybody's run adds the segments': a beat that looked earlier asks for a revision that exists.
    """
    key, window, at = due.measurement_key, due.window, timezone.now()
    first = queue.add(survey, due.period, key, "", due.trigger, None, window, due.revision, at)
    if first:
        request_period(survey, due.period, key, due.trigger, window=window, as_of=at)


def due(survey: Survey, now: datetime) -> Iterator[Due]:
    """What of the survey's changed since it was computed, and is due.

    Also windows that the survey pools no more: what was computed once never goes stale.
    """
    counted = Counted(survey)
    last = _last_runs(survey)
    wanted = {
        (key, period, window) for key, period in counted.bases for window in windows_of(survey)
    } | last.keys()
    for key, period_id, window in sorted(wanted):
        period, run = counted.periods[period_id], last.get((key, period_id, window))
        held = pooled(survey, period, window, counted.answered(key))
        if not held and run is None:
            continue
        new = counted.changed(run, key, held)
        if run and run.status == Run.Status.CANCELLED and not _waited(survey, run, now):
            new = _come_since(survey, run, held)
        if trigger := _trigger(survey, run, new, now) or _weighting_trigger(survey, run, period):
            yield Due(period, key, window, trigger, run.revision + 1 if run else 1)


def _last_runs(survey: Survey) -> dict[tuple[str, int, int], Run]:
    """The newest run of everybody, by measurement key, period and window."""
    runs = Run.objects.filter(survey=survey, segment="")
    same = {name: OuterRef(name) for name in ("survey", "period", "measurement_key", "segment", "window")}
    newer = Run.objects.filter(**same, revision__gt=OuterRef("revision"))
    return {(run.measurement_key, run.period_id, run.window): run for run in runs.filter(~Exists(newer))}


def _come_since(survey: Survey, cancelled: Run, held: Sequence[Period]) -> int:
    """How many answers came after the run was cancelled: only they ask for it again before its time."""
    at = cancelled.ended_at
    came = Q(batch=None, finished_at__gt=at) | Q(batch__stored_at__gt=at)
    return finished(survey, cancelled.measurement_key, held).filter(came).count()


def _trigger(survey: Survey, last: Run | None, new: int, now: datetime) -> str | None:
    if last and last.status in {Run.Status.QUEUED, Run.Status.RUNNING}:
        return None
    if new == 0 or (last and last.status == Run.Status.FAILED and not _waited(survey, last, now)):
        return None
    if survey.refresh_after and new >= survey.refresh_after:
        return Run.Trigger.ANSWERS
    return Run.Trigger.SCHEDULE if _waited(survey, last, now) else None


def _weighting_trigger(survey: Survey, last: Run | None, period: Period) -> str | None:
    """Another weighting is no reason to compute what was released again: that waits for other answers."""
    if last is None or period.released_at or not weighted.is_outdated(last, survey):
        return None
    is_asked_for = survey.refresh == Survey.Refresh.REQUEST and not survey.refresh_after
    return None if is_asked_for else Run.Trigger.WEIGHTING


def _waited(survey: Survey, last: Run | None, now: datetime) -> bool:
    every = EVERY.get(Survey.Refresh(survey.refresh))
    return every is not None and (last is None or last.queued_at + every <= now)
