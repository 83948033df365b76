"""The life of an export: request → claim → write → keep. Each step changes its row, and happens once."""

import hashlib
import json
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from surveys.exports.facts import contacts_of
from surveys.exports.wanted import Wanted
from surveys.models import Exclusion, Export, Response, Survey, User
from surveys.models.export import LIVE, UNDER_WAY
from surveys.models.fields import public_id


class ClaimLost(Exception):
    """It was cancelled, asked to begin again, or is another worker's now: nothing may be kept."""


def request(survey: Survey, by: User, wanted: Wanted) -> tuple[Export, bool]:
    """The export that holds just this, and whether it is new: what is asked again while nothing has come in
    is the one that waits, is written, or lies there."""
    expire_due(timezone.now())
    same = {"survey": survey, "requested_by": by, "digest": _digest(survey, wanted)}
    for _attempt in range(3):
        found = Export.objects.filter(**same, status__in=LIVE).order_by("-pk").first()
        if found:
            return found, False
        try:
            with transaction.atomic():
                export = Export.objects.create(**same, **wanted._asdict())
                wake(export)
                return export, True
        except IntegrityError:  # asked for twice at the same moment: theirs is found in the next round
            continue
    return Export.objects.filter(**same).latest("pk"), False


def _digest(survey: Survey, wanted: Wanted) -> str:
    """Tells what a file would hold. Finished answers come and are withdrawn, and never change; each decision
    to leave somebody out adds or ends a row; a wave may take in answers that lay outside; a channel is called
    otherwise, or the contact of a confidential survey."""
    finished = survey.responses.filter(state=Response.State.FINISHED)
    decisions = Exclusion.objects.filter(response__survey=survey)
    there = [
        wanted,
        finished.count(),
        survey.withdrawals.count(),
        [decisions.count(), decisions.filter(ended_at=None).count()],
        survey.versions.count(),
        survey.periods.count(),
        survey.organisation.time_zone,
        survey.organisation.least_group,
        list(survey.channels.order_by("pk").values_list("pk", "name")),
        sorted(contacts_of(survey).items()),
    ]
    return hashlib.sha256(json.dumps(there).encode()).hexdigest()


def wake(export: Export) -> None:
    """Send a message that it can be worked, once the transaction has committed."""
    transaction.on_commit(lambda: current_app.send_task("surveys.write_export", args=[export.pk]))


def wake_next() -> None:
    """Wake a worker for the one that has waited longest, now that another is done."""
    waiting = Export.objects.filter(status=Export.Status.QUEUED).order_by("queued_at").first()
    if waiting:
        wake(waiting)


def claim(export_id: int) -> Export | None:
    """Take one that waits, or whose lease has lapsed. None if there is nothing to take, or enough are written
    at the same time; then the sweep comes back to it."""
    now, token = timezone.now(), public_id()
    written = Export.objects.filter(status=Export.Status.RUNNING, lease_until__gte=now).count()
    if written >= settings.EXPORTS_AT_ONCE:
        return None
    free = Export.objects.filter(_free(now), pk=export_id, attempts__lt=settings.EXPORT_MAX_ATTEMPTS)
    taken = free.update(
        status=Export.Status.RUNNING,
        claim=token,
        lease_until=now + timedelta(seconds=settings.EXPORT_LEASE_SECONDS),
        started_at=now,
        progress=0,
        attempts=F("attempts") + 1,
    )
    if taken != 1:
        return None
    return Export.objects.select_related("survey__organisation").get(pk=export_id, claim=token)


def _free(now: datetime) -> Q:
    return Q(status=Export.Status.QUEUED) | Q(status=Export.Status.RUNNING, lease_until__lt=now)


def show(export: Export, progress: float, lease_seconds: float = 0) -> None:
    """Say how far it is, and keep it for another lease. Raises ClaimLost."""
    seconds = max(lease_seconds, settings.EXPORT_LEASE_SECONDS)
    _change(export, progress=progress, lease_until=timezone.now() + timedelta(seconds=seconds))


def finish(export: Export, file: str, rows: int, size: int, withdrawals: int) -> None:
    """The file is there. Raises ClaimLost."""
    now = timezone.now()
    _change(
        export,
        status=Export.Status.DONE,
        progress=1,
        file=file,
        rows=rows,
        size=size,
        withdrawals=withdrawals,
        ended_at=now,
        expires_at=now + timedelta(hours=settings.EXPORT_HOURS),
        lease_until=None,
    )


def fail(export: Export, error: str) -> None:
    """Give it up, saying why. Raises ClaimLost."""
    _change(export, status=Export.Status.FAILED, error=error, ended_at=timezone.now(), lease_until=None)


def _change(export: Export, **fields: object) -> None:
    own = Export.objects.filter(pk=export.pk, claim=export.claim, status=Export.Status.RUNNING)
    if own.update(**fields) != 1:
        raise ClaimLost


def cancel(export: Export) -> bool:
    """End one that waits or is written; its claim goes with it. False if it had ended by itself."""
    still = Export.objects.filter(pk=export.pk, status__in=UNDER_WAY)
    ended = {"ended_at": timezone.now(), "claim": "", "lease_until": None}
    return still.update(status=Export.Status.CANCELLED, **ended) == 1


# -- what does not stay


def is_there(export: Export) -> bool:
    """Whether its file may still be given out: not expired, and nothing of it withdrawn."""
    is_done = export.status == Export.Status.DONE
    if not is_done or export.expires_at is None or timezone.now() >= export.expires_at:
        return False
    return export.withdrawals == export.survey.withdrawals.count()


def expire_due(now: datetime) -> int:
    return Export.objects.filter(status=Export.Status.DONE, expires_at__lte=now).update(
        status=Export.Status.EXPIRED
    )


def forget(survey: Survey) -> None:
    """An answer was withdrawn, or a person erased: files that may tell of it go, those being written begin
    again.

    Whatever is finished at this very moment has counted fewer withdrawals, and is given to nobody either.
    """
    own = Export.objects.filter(survey=survey)
    own.filter(status=Export.Status.RUNNING).update(
        status=Export.Status.QUEUED, claim="", lease_until=None, progress=0, attempts=0
    )
    own.filter(status=Export.Status.DONE).update(status=Export.Status.EXPIRED)


def sweep() -> int:
    """Wake workers for what waits or was dropped, give up what dropped too often, expire what is over.

    Returns how many were woken. Run every few seconds by beat; twice, or in two places, does no harm.
    """
    now = timezone.now()
    expire_due(now)
    outdated = Export.objects.annotate(now=Count("survey__withdrawals")).exclude(withdrawals=F("now"))
    keys = list(outdated.filter(status=Export.Status.DONE).values_list("pk", flat=True))
    Export.objects.filter(pk__in=keys).update(status=Export.Status.EXPIRED)
    free = Export.objects.filter(_free(now))
    free.filter(attempts__gte=settings.EXPORT_MAX_ATTEMPTS).update(
        status=Export.Status.FAILED, error="worker_died", ended_at=now, lease_until=None
    )
    told = now - timedelta(seconds=settings.RUN_REMIND_SECONDS)
    waiting = free.filter(attempts__lt=settings.EXPORT_MAX_ATTEMPTS, woken_at__lt=told).order_by("queued_at")
    return sum(_remind(export, now) for export in waiting[: settings.EXPORTS_AT_ONCE])


def _remind(export: Export, now: datetime) -> bool:
    """Wake a worker again, unless another sweep has just done so."""
    due = Export.objects.filter(pk=export.pk, woken_at=export.woken_at).update(woken_at=now) == 1
    if due:
        wake(export)
    return due
