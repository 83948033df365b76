"""What a team that works with the demo's simulated surveys would have done by now: months released, late
answers brought.

Nothing can be released before it is computed, so this is done step by step, once the worker is through.
"""

from contextlib import suppress

from deploy.demo import desk, simulate, surveys
from deploy.demo.surveys import LATE_FILE, RELEASED, SLUG, import_late
from indices.models import Run
from indices.releases import NotReleasable, release
from surveys.imports.refusals import AlreadyImported
from surveys.models import Period, Survey


def go_on() -> None:
    """Release the early months when all are computed, then bring late answers to one of them.

    To be called now and then; does nothing once that is done, or where there is no demo.
    """
    _month_by_month()
    _service_desk()


def _month_by_month() -> None:
    survey = _survey(surveys.FILE)
    if survey is None or survey.imports.filter(filename=LATE_FILE).exists() or _is_computing(survey):
        return
    late = _released(survey, RELEASED)[simulate.LATE]
    late.refresh_from_db()
    if late.released_at:
        with suppress(AlreadyImported):  # by another worker, just now
            import_late(survey)


def _service_desk() -> None:
    survey = _survey(desk.FILE)
    if survey and not survey.is_released and not _is_computing(survey):
        _released(survey, desk.RELEASED)


def _survey(file: str) -> Survey | None:
    """The demo's into which the file was imported: its name may be another by now."""
    made_up = Survey.objects.filter(organisation__slug=SLUG, is_simulated=True)
    return made_up.filter(imports__filename=file).first()


def _is_computing(survey: Survey) -> bool:
    """A released month is compared with no month that is computed after it."""
    return survey.runs.filter(status__in=[Run.Status.QUEUED, Run.Status.RUNNING]).exists()


def _released(survey: Survey, count: int) -> list[Period]:
    """Release so many months, from the first on; returns them as they were."""
    early = list(survey.periods.order_by("first_day")[:count])
    for period in early:
        with suppress(NotReleasable):  # one has too few answers
            release(period, survey.created_by)
    return early
