"""Releasing a period's figures, and what is kept of every change to them afterwards.

A released figure never changes silently. When answers to a released period come late or are taken out, its
indices are computed again as another revision, which says by what it differs from the one released before;
that one stays as it is, and readable.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indices import telling, weighted
from indices.acting import lines as driver_lines
from indices.models import Estimate, FiguresBy, Run
from indices.runs.counted import Counted
from indices.runs.schedule import windows_of
from indices.segments import segments_of
from surveys.models import Period, User
from surveys.selectors import all_finished, taken_out


class NotReleasable(Exception):
    """Why a period cannot be released yet, in a sentence."""


def release(period: Period, by: User | None) -> bool:
    """Release the newest figures of the period, for good. False if it was released already.

    Raises NotReleasable.
    """
    with transaction.atomic():
        locked = lock(period)
        if locked.released_at:
            return False
        if why := obstacle(locked):
            raise NotReleasable(why)
        now = timezone.now()
        _newest_done(locked).update(released_at=now)
        driver_lines.fix(locked.survey)
        changed = Period.objects.filter(pk=period.pk, closed_at__isnull=False, released_at=None)
        if changed.update(released_at=now, released_by=by) != 1:
            return False
        telling.tell_released(locked)
        return True


def lock(period: Period) -> Period:
    """Keep others from releasing the period, or storing a run of it, until the transaction ends."""
    rows = Period.objects.select_for_update(of=("self",), no_key=True).select_related("survey__organisation")
    return rows.get(pk=period.pk)


def _newest_done(period: Period) -> Any:
    done = Run.objects.filter(period=period, status=Run.Status.DONE)
    same = {name: OuterRef(name) for name in ("period", "measurement_key", "segment", "window", "status")}
    newer = Run.objects.filter(**same, revision__gt=OuterRef("revision"))
    keys = list(done.filter(~Exists(newer)).values_list("pk", flat=True))
    return Run.objects.filter(pk__in=keys)


def obstacle(period: Period) -> str:
    """Why the period cannot be released yet; empty if it can."""
    if period.state == Period.State.OPEN:
        return _("It must be closed first.")
    if Run.objects.filter(period=period, status__in=[Run.Status.QUEUED, Run.Status.RUNNING]).exists():
        return _("Its indices are just being computed.")
    counted = Counted(period.survey)
    bases = {key: counted.base(key, [period]).included for key in counted.keys}
    base, least = max(bases.values(), default=0), period.survey.least_base_release
    if base < least:
        said = ngettext(
            "It has %(n)d answer; the survey's settings ask for %(least)d.",
            "It has %(n)d answers; the survey's settings ask for %(least)d.",
            base,
        )
        return said % {"n": base, "least": least}
    problems = (_problem(period, key, counted) for key in bases if bases[key] >= least)
    return next(filter(None, problems), "") or _emptiness(period)


def _problem(period: Period, key: str, counted: Counted) -> str:
    """Why what was computed under the key is not to be released."""
    runs = Run.objects.filter(period=period, measurement_key=key, segment="", window=1)
    newest = runs.order_by("-revision").first()
    if newest is None:
        return _("Its indices have not been computed yet.")
    if newest.status == Run.Status.FAILED:
        return _("The newest computation of its indices failed.")
    if newest.status == Run.Status.CANCELLED:
        return _("The newest computation of its indices was cancelled; compute them again first.")
    if why := _unfit_beside(period, key):
        return why
    if counted.changed(newest, key, [period]):
        return _("Its answers have changed since its indices were computed; compute them again first.")
    if weighted.is_outdated(newest, period.survey):
        return _("The weighting has changed since its indices were computed; compute them again first.")
    shown_first = Q(status="ok", estimator=period.survey.headline) | Q(estimator=FiguresBy.SCORE)
    if not newest.estimates.filter(shown_first).exists():
        return _("The estimate that the survey shows first gave no index for it.")
    return ""


def _unfit_beside(period: Period, key: str) -> str:
    """What is wrong with the newest run of a segment or window that is still asked for."""
    runs = Run.objects.filter(
        period=period,
        measurement_key=key,
        segment__in=segments_of(period.survey, key),
        window__in=windows_of(period.survey),
    )
    newest = {(run.segment, run.window): run for run in runs.order_by("revision")}.values()
    if any(run.status == Run.Status.CANCELLED for run in newest):
        return _("The newest computation of one of its segments was cancelled; compute them again first.")
    if any(run.status == Run.Status.FAILED for run in newest):
        return _("The newest computation of one of its segments failed; compute them again first.")
    if any(weighted.is_outdated(run, period.survey) for run in newest):
        return _("The weighting has changed since its indices were computed; compute them again first.")
    return ""


def _emptiness(period: Period) -> str:
    """Why nothing that was computed is worth releasing: of what few answered, another measure has to be."""
    survey = period.survey
    figures = Q(estimator=FiguresBy.SCORE, n_used__gte=survey.least_base_release)
    shown = Estimate.objects.filter(figures | Q(estimator=survey.headline), status="ok")
    if shown.filter(run__in=_newest_done(period).filter(segment="", window=1)).exists():
        return ""
    return _("Too few answered what it measures.")


def revised(run: Run, pooled: Sequence[Period], base: int) -> dict[str, Any]:
    """What a run that is being stored with `base` answers holds of the release of its period, if any.

    Called with the period locked.
    """
    if run.period.released_at is None:
        return {}
    before = previous_release(run)
    return {"released_at": timezone.now(), "changes": _changes(run, before, pooled, base) if before else {}}


def previous_release(run: Run) -> Run | None:
    """The released revision that this one supersedes."""
    same = Run.objects.filter(
        period_id=run.period_id,
        measurement_key=run.measurement_key,
        segment=run.segment,
        window=run.window,
        status=Run.Status.DONE,
    )
    earlier = same.filter(released_at__isnull=False, revision__lt=run.revision)
    return earlier.order_by("-revision").first()


def _changes(run: Run, before: Run, pooled: Sequence[Period], base: int) -> dict[str, int]:
    """By how many answers, and why, two runs differ; `weighting` is 1 where they are weighted differently.

    Read from the moments at which answers came and were taken out or in. A withdrawn answer left nothing to
    read, so what the sum then lacks was withdrawn; what it has too many came late, while the one before was
    being read.
    """
    assert before.started_at and run.started_at  # noqa: S101  both were claimed
    then, now = before.read_up_to, run.read_up_to
    known = Q(batch=None, finished_at__lte=then) | Q(batch__stored_at__lte=then)
    is_in, was_in = Q(out_now=False), Q(out_then=False)
    rows = all_finished(run.survey, run.measurement_key, pooled, run.segment).annotate(
        out_then=taken_out(before.started_at), out_now=taken_out(run.started_at)
    )
    counts = rows.aggregate(
        late=Count("pk", filter=Q(batch=None, finished_at__gt=then, finished_at__lte=now) & is_in),
        imported=Count("pk", filter=Q(batch__stored_at__gt=then, batch__stored_at__lte=now) & is_in),
        excluded=Count("pk", filter=known & was_in & ~is_in),
        readmitted=Count("pk", filter=known & ~was_in & is_in),
    )
    came = counts["late"] + counts["imported"] + counts["readmitted"]
    rest = base - (before.responses + came - counts["excluded"])
    found = {**counts, "late": counts["late"] + max(rest, 0), "withdrawn": max(-rest, 0)}
    return found if weighted.is_like(run, before) else {**found, "weighting": 1}
