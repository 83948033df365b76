"""Ending runs that a manager does not want any more. What they computed is stored nowhere."""

from django.utils import timezone

from indices.models import Run
from surveys.models import Survey, User

UNDER_WAY = (Run.Status.QUEUED, Run.Status.RUNNING)


def cancel(run: Run, by: User | None) -> bool:
    """End a run that waits or is under way. False if it had ended by itself, or was cancelled before.

    The claim goes with it, so that its worker can report, renew and store no more. A worker that is just
    storing comes first or finds the run gone: both change the row only as they have found it.
    """
    still = Run.objects.filter(pk=run.pk, status__in=UNDER_WAY)
    changed = still.update(
        status=Run.Status.CANCELLED,
        cancelled_by=by,
        ended_at=timezone.now(),
        claim="",
        lease_until=None,
    )
    return changed == 1


def cancel_all(survey: Survey, by: User | None) -> list[Run]:
    """End all of the survey's that wait or are under way; those that this call ended.

    Those that wait come first, so that no worker takes one up meanwhile.
    """
    found = Run.objects.filter(survey=survey, status__in=UNDER_WAY).order_by("status", "-queued_at")
    return [run for run in found if cancel(run, by)]
