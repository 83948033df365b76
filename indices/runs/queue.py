"""The life of a run: request → claim → compute → store. Each step changes its row, and happens once."""

from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from indices.models import Run
from surveys.models import Period, Survey, User
from surveys.models.fields import public_id


class ClaimLost(Exception):
    """The run was cancelled, or its lease lapsed and it is another worker's now: nothing may be stored."""


def request(
    survey: Survey,
    period: Period,
    measurement_key: str,
    segment: str,
    trigger: str,
    by: User | None = None,
    window: int = 1,
    as_of: datetime | None = None,
) -> Run:
    """The queued run of this key: the one that waits already, or a new revision.

    `as_of`: the moment until which answers count; one that waits takes it over, so that all that are asked
    for together count the same answers.
    """
    same = Run.objects.filter(
        survey=survey, period=period, measurement_key=measurement_key, segment=segment, window=window
    )
    for _attempt in range(3):
        waiting = same.filter(status=Run.Status.QUEUED)
        if waiting.update(as_of=as_of) and (found := waiting.first()):
            return found
        revision = (same.aggregate(latest=Max("revision"))["latest"] or 0) + 1
        run = add(survey, period, measurement_key, segment, trigger, by, window, revision, as_of)
        if run:
            return run  # else somebody asked at the same moment: theirs is found in the next round
    return same.order_by("-revision")[0]


def add(
    survey: Survey,
    period: Period,
    measurement_key: str,
    segment: str,
    trigger: str,
    by: User | None,
    window: int,
    revision: int,
    as_of: datetime | None = None,
) -> Run | None:
    """Queue just this revision. None if there is one already, or another revision waits."""
    try:
        with transaction.atomic():
            run = Run.objects.create(
                survey=survey,
                period=period,
                measurement_key=measurement_key,
                segment=segment,
                window=window,
                revision=revision,
                trigger=trigger,
                requested_by=by,
                as_of=as_of,
            )
            wake(run)
            return run
    except IntegrityError:
        return None


def wake(run: Run) -> None:
    """Send a message that this run can be worked, once the transaction has committed."""
    transaction.on_commit(lambda: current_app.send_task("indices.work", args=[run.pk]))


def claim(run_id: int) -> Run | None:
    """Take a queued run, or one whose lease has lapsed. None if there is nothing to take."""
    now = timezone.now()
    token = public_id()
    taken = (
        Run.objects.filter(pk=run_id, attempts__lt=settings.RUN_MAX_ATTEMPTS)
        .filter(_free(now))
        .update(
            status=Run.Status.RUNNING,
            claim=token,
            lease_until=now + timedelta(seconds=settings.RUN_LEASE_SECONDS),
            started_at=now,
            stage=Run.Stage.READING,
            progress=0,
            attempts=F("attempts") + 1,
        )
    )
    return Run.objects.select_related("survey", "period").get(pk=run_id, claim=token) if taken == 1 else None


def _free(now: datetime) -> Q:
    return Q(status=Run.Status.QUEUED) | Q(status=Run.Status.RUNNING, lease_until__lt=now)


def renew(run: Run) -> None:
    """Keep the run for another lease, but not beyond its time limit. Raises ClaimLost."""
    assert run.started_at is not None  # noqa: S101  it was claimed
    until = timezone.now() + timedelta(seconds=settings.RUN_LEASE_SECONDS)
    latest = run.started_at + timedelta(seconds=settings.RUN_TIME_LIMIT_SECONDS)
    _change(run, lease_until=min(until, latest))


def show(run: Run, stage: str, progress: float) -> None:
    """Say how far the run is. Raises ClaimLost."""
    _change(run, stage=stage, progress=progress)


def fail(run: Run, error: str) -> None:
    """Give the run up, saying why; nothing it computed is kept. Raises ClaimLost."""
    _change(run, status=Run.Status.FAILED, error=error, ended_at=timezone.now(), lease_until=None)


def _change(run: Run, **fields: object) -> None:
    if Run.objects.filter(pk=run.pk, claim=run.claim, status=Run.Status.RUNNING).update(**fields) != 1:
        raise ClaimLost


def is_over(run: Run) -> bool:
    """Whether the run ended under this very claim, well or not: nobody else has it."""
    return Run.objects.filter(
        pk=run.pk, claim=run.claim, status__in=[Run.Status.DONE, Run.Status.FAILED]
    ).exists()


def sweep() -> int:
    """Wake workers for what waits or was dropped; give up what dropped too often. Returns how many.

    Run every few seconds by beat; doing it twice, or in two places, does no harm.
    """
    now = timezone.now()
    free = Run.objects.filter(_free(now))
    free.filter(attempts__gte=settings.RUN_MAX_ATTEMPTS).update(
        status=Run.Status.FAILED, error="worker_died", ended_at=now, lease_until=None
    )
    told = now - timedelta(seconds=settings.RUN_REMIND_SECONDS)
    waiting = free.filter(attempts__lt=settings.RUN_MAX_ATTEMPTS, woken_at__lt=told).order_by("queued_at")[
        :100
    ]
    return sum(_remind(run, now) for run in waiting)


def _remind(run: Run, now: datetime) -> bool:
    """Wake a worker again, unless another sweep has just done so."""
    due = Run.objects.filter(pk=run.pk, woken_at=run.woken_at).update(woken_at=now) == 1
    if due:
        wake(run)
    return due
