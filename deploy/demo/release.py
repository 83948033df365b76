"""What a team that works with the demo survey would have done by now: months released, late answers brought.

Nothing can be released before it is computed, so this is done step by step, once the worker is through.
"""

from contextlib import suppress

from deploy.demo import simulate
from deploy.demo.surveys import LATE_FILE, RELEASED, SLUG, import_late
from indices.models import Run
from indices.releases import NotReleasable, release
from surveys.imports.refusals import AlreadyImported
from surveys.models import Survey


def go_on() -> None:
    """Release the early months when all are computed, then bring late answers to one of them.

    To be called now and then; does nothing once that is done, or where there is no demo.
    """
    survey = Survey.objects.filter(organisation__slug=SLUG, is_simulated=True).first()
    if survey is None or survey.imports.filter(filename=LATE_FILE).exists():
        return
    # A released month is compared with no month that is computed after it.
    if survey.runs.filter(status__in=[Run.Status.QUEUED, Run.Status.RUNNING]).exists():
        return
    early = list(survey.periods.order_by("first_day")[:RELEASED])
    for period in early:
        with suppress(NotReleasable):  # one has too few answers
            release(period, survey.created_by)
    early[simulate.LATE].refresh_from_db()
    if early[simulate.LATE].released_at:
        with suppress(AlreadyImported):  # by another worker, just now
            import_late(survey)
