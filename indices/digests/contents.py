"""What a digest tells of an organisation's surveys: stored figures as every viewer sees them, and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from indices import selectors
from indices.comparing.compared import Compared, Names, comparisons
from indices.models import Run
from indices.numbers import interval, rounded
from indices.report.structural import Row
from indices.report.time_line import AnyReport
from indices.scores.report import ScoreReport, ScoreRow, report_of
from surveys.models import ImportBatch, Member, Period, Response, Survey
from surveys.selectors import latest_use, surveys_of


@dataclass(frozen=True)
class Line:
    """One figure of the headline in words: its value, interval and base, and its change."""

    name: str
    value: str
    interval: str
    n: str
    change: str


@dataclass(frozen=True)
class Part:
    """One survey's. `hidden` says why its newest figures are not told, if they are not; `classes` are those
    of Kano's features."""

    survey: Survey
    address: str
    period: Period | None
    lines: Sequence[Line]
    classes: Sequence[tuple[str, str]]
    hidden: str
    answers: int
    released: Sequence[str]
    waiting: Sequence[str]

    @property
    def has_news(self) -> bool:
        return bool(self.answers or self.released)


def parts_of(member: Member, since: datetime, until: datetime, language: str) -> list[Part]:
    """Of every survey in which something arrived or waits, those with news first."""
    surveys = surveys_of(member).order_by("is_simulated", "-created_at")
    parts = [_part(survey, since, until, language) for survey in surveys]
    told = [one for one in parts if one.has_news or one.waiting]
    return sorted(told, key=lambda one: not one.has_news)


def _part(survey: Survey, since: datetime, until: datetime, language: str) -> Part:
    report = _newest(survey, language)
    address = reverse("report", args=[survey.organisation.slug, survey.public_id])
    return Part(
        survey=survey,
        address=settings.PUBLIC_URL + address,
        period=report.stored.run.period if report else None,
        lines=_lines(report) if report and not report.hidden else [],
        classes=report.classes if isinstance(report, ScoreReport) and not report.hidden else [],
        hidden=report.hidden if report else "",
        answers=answers_between(survey, since, until),
        released=_released(survey, since, until),
        waiting=_waiting(survey),
    )


def _newest(survey: Survey, language: str) -> AnyReport | None:
    """The report of the newest figures that may be told to every viewer."""
    key = selectors.reported_key(survey)
    stored = selectors.newest_told(selectors.series(survey, key)) if key else None
    return report_of(stored, latest_use(survey, key), language) if key and stored else None


def _lines(report: AnyReport) -> list[Line]:
    run, disclosure = report.stored.run, report.stored.disclosure
    compared = comparisons(run, Names(report.names, report.item_texts), disclosure)
    return [_line(row, compared) for row in report.headline]


def _line(row: Row | ScoreRow, compared: list[Compared]) -> Line:
    shown, digits = row.shown, row.digits
    if shown is None:
        return Line(row.name, "–", _("no index; the report says why"), "–", "")
    is_percent = isinstance(row, ScoreRow) and row.is_percent
    known = shown.low is not None and shown.high is not None
    said = [one.since + _(": ") + one.said(row.headline_by, row.code, digits=digits) for one in compared[:1]]
    return Line(
        name=row.name,
        value=f"{rounded(shown.value, digits)}{' %' if is_percent else ''}",
        interval=interval(shown.low, shown.high, digits) if known else _("Too few answers for an interval"),
        n=str(shown.n),
        change="".join(said),
    )


def answers_between(survey: Survey, since: datetime, until: datetime) -> int:
    """How many finished answers arrived: handed in, or stored by an import.

    Those handed in lie in periods that were not over, so that a long survey need not be read whole.
    """
    finished = survey.responses.filter(state=Response.State.FINISHED)
    zone_apart = timedelta(days=1)
    recent = survey.periods.filter(Q(last_day=None) | Q(last_day__gte=(since - zone_apart).date()))
    handed_in = finished.filter(batch=None, finished_at__gt=since, finished_at__lte=until)
    within = handed_in.filter(period__in=list(recent)).count() + handed_in.filter(period=None).count()
    batches = ImportBatch.objects.filter(survey=survey, stored_at__gt=since, stored_at__lte=until)
    imported = finished.filter(batch__in=list(batches)).count() if batches else 0
    return within + imported


def _released(survey: Survey, since: datetime, until: datetime) -> list[str]:
    """The periods of which figures were released, for the first time or anew."""
    runs = Run.objects.filter(survey=survey, released_at__gt=since, released_at__lte=until)
    names = runs.order_by("period__first_day", "period_id").values_list("period__name", flat=True)
    return list(dict.fromkeys(names))


def _waiting(survey: Survey) -> list[str]:
    """The periods that are closed and have figures, which nobody has released."""
    periods = survey.periods.filter(
        closed_at__isnull=False, released_at=None, runs__status=Run.Status.DONE
    ).distinct()
    return [one.name for one in periods.order_by("first_day", "pk")]
