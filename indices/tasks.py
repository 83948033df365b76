"""What the queue does for indices. A task takes an id, claims the run and works it."""

import logging

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from indices import queue

log = logging.getLogger(__name__)


@shared_task(name="indices.work")
def work(run_id: int) -> None:
    """Work one run if it is free; a message that comes twice, or late, finds nothing to claim."""
    run = queue.claim(run_id)
    if run is None:
        return
    from indices.compute import compute
    from indices.lease import Lease

    try:
        with Lease(run):
            compute(run)
    except queue.ClaimLost:
        log.warning("run %s: nothing stored, another worker has it", run.pk)
    except SoftTimeLimitExceeded:
        queue.fail(run, "too_long")
    except Exception:
        log.exception("run %s failed", run.pk)
        queue.fail(run, "internal")


@shared_task(name="indices.sweep")
def sweep() -> None:
    queue.sweep()


@shared_task(name="indices.request_due")
def request_due() -> None:
    """Ask for runs where answers came in since the last one and the survey's schedule says so."""
    from indices.schedule import request_due_runs

    request_due_runs()
