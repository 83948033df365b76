"""What the queue does for indices. A task takes an id, claims the run and works it."""

import logging

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from indices.models import Run
from indices.runs import queue
from surveys.turns import turn_of

log = logging.getLogger(__name__)


@shared_task(name="indices.work")
def work(run_id: int) -> None:
    """Work one run if it is free; a message that comes twice, or late, finds nothing to claim."""
    run = queue.claim(run_id)
    if run is None:
        return
    from indices.runs.compute import compute
    from indices.runs.lease import Lease

    try:
        with Lease(run) as lease:
            compute(run, lease.listening)
    except queue.ClaimLost:
        log.warning("run %s: nothing stored, it was cancelled or another worker has it", run.pk)
    except SoftTimeLimitExceeded:
        _give_up(run, "too_long")
    except Exception:
        log.exception("run %s failed", run.pk)
        _give_up(run, "internal")


def _give_up(run: Run, error: str) -> None:
    try:
        queue.fail(run, error)
    except queue.ClaimLost:
        log.warning("run %s: it was cancelled or taken over before it failed", run.pk)


@shared_task(name="indices.sweep")
def sweep() -> None:
    queue.sweep()


@shared_task(name="indices.request_due")
def request_due() -> None:
    """Ask for runs where answers came in since the last one and the survey's schedule says so."""
    from indices.runs.schedule import request_due_runs

    request_due_runs()


# Seconds; those of one digest of a large organisation, and of a mail server that is slow.
@shared_task(name="indices.send_digests", soft_time_limit=120, time_limit=150)
def send_digests() -> None:
    """Mail the digests that are due. Doing it twice, late, or in several places at once sends each once."""
    from indices.digests.sending import send_due

    with turn_of("digests") as is_ours:
        if is_ours:
            send_due(timezone.now())
