"""Where a period stands: open, closed or released, and what its figures were before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from indices import releases
from indices.period_words import changes_sentence
from indices.report.structural import Row
from indices.report.time_line import AnyReport
from indices.scores.report import ScoreRow
from indices.selectors import Stored, released_revisions
from surveys.models import Member, Period
from surveys.periods import closing_day, may_close


@dataclass(frozen=True)
class Revision:
    """A released revision, with its headline and what changed since the one released before it."""

    stored: Stored
    headline: Sequence[Row | ScoreRow]
    used: int
    changes: str


@dataclass(frozen=True)
class Standing:
    """`obstacle` says why the period cannot be released yet. `revisions` has those released, newest first."""

    period: Period
    closes_on: date | None
    may_close: bool
    obstacle: str
    revisions: list[Revision]


def standing(member: Member | None, period: Period, report: AnyReport | None) -> Standing:
    """Of a period, and of the measure, segment and window that `report` shows."""
    may_edit = member is not None and member.may_edit
    is_open, is_closed = (period.state == one for one in (Period.State.OPEN, Period.State.CLOSED))
    return Standing(
        period=period,
        closes_on=closing_day(period.survey, period) if is_open else None,
        may_close=is_open and may_edit and may_close(period),
        obstacle=releases.obstacle(period) if is_closed and may_edit else "",
        revisions=_revisions(report) if report and period.released_at else [],
    )


def _revisions(report: AnyReport) -> list[Revision]:
    """Each is compared with the one listed after it."""
    stored = released_revisions(report.stored)
    befores = [*(one.run for one in stored[1:]), None]
    reports = [replace(report, stored=one) for one in stored]
    return [
        Revision(
            one.stored,
            one.headline,
            one.used,
            changes_sentence(one.stored.run.changes, before) if before and one.stored.run.changes else "",
        )
        for one, before in zip(reports, befores, strict=True)
    ]
