"""What of an organisation's surveys needs somebody's attention, the most urgent first."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from indices.home.answers import WeeklyAnswers
from indices.home.stored import Headline
from indices.report.structural import Row
from indices.scores.report import ScoreRow
from surveys.models import Period, Survey


class Kind(models.TextChoices):
    """In the order of urgency: what cannot be seen, what got worse, what waits."""

    FAILED = "failed", gettext_lazy("Failed")
    REFUSED = "refused", gettext_lazy("No index")
    ALERTS = "alerts", gettext_lazy("Alerts")
    DOWN = "down", gettext_lazy("Down")
    RESPONSE = "response", gettext_lazy("Fewer answers")
    BROKEN = "broken", gettext_lazy("Not comparable")
    FEW = "few", gettext_lazy("Too few answers")
    WAITING = "waiting", gettext_lazy("To be released")


URGENCY = {kind: place for place, kind in enumerate(Kind)}
WORSE = (Kind.FAILED, Kind.REFUSED, Kind.ALERTS, Kind.DOWN)


@dataclass(frozen=True)
class Item:
    """One thing to see to: `text` says it in a sentence, `address` is where it is seen in full."""

    kind: Kind
    survey: Survey
    text: str
    address: str
    period: str = ""

    @property
    def urgency(self) -> tuple[int, bool, str]:
        """Of the same urgency real surveys come first."""
        return URGENCY[self.kind], self.survey.is_simulated, self.survey.name

    @property
    def is_worse(self) -> bool:
        return self.kind in WORSE


def attention(one: Headline, answers: WeeklyAnswers, may_edit: bool, open_alerts: int = 0) -> list[Item]:
    """Of one survey, the most urgent first. `open_alerts` are those that nobody has followed up yet."""
    found = [
        *_failed(one),
        *_without_index(one),
        *(_alerts(one.survey, open_alerts) if may_edit else ()),
        *_changed(one),
        *_fewer_answers(one.survey, answers),
        *(_waiting(one) if may_edit else ()),
    ]
    return sorted(found, key=lambda item: item.urgency)


def report_address(survey: Survey, period: Period | None = None) -> str:
    address = reverse("report", args=[survey.organisation.slug, survey.public_id])
    return f"{address}?{urlencode({'period': period.public_id})}" if period else address


def _failed(one: Headline) -> Iterator[Item]:
    names = list(dict.fromkeys(one.failed))
    if names:
        said = ngettext(
            "The newest computation of %(period)s failed.",
            "The newest computations of %(n)d periods failed, the last that of %(period)s.",
            len(names),
        )
        period = next((period for period in one.periods if period.name == names[0]), None)
        text = said % {"n": len(names), "period": names[0]}
        yield Item(Kind.FAILED, one.survey, text, report_address(one.survey, period), names[0])


def _without_index(one: Headline) -> Iterator[Item]:
    """The newest period that is over has nothing to show."""
    period = one.newest_over
    if period is None:
        return
    hidden = one.disclosure.why_newest(one.runs[period.pk])
    if why := hidden or why_no_index(one, period):
        kind = Kind.FEW if hidden or one.is_small(period) else Kind.REFUSED
        yield Item(kind, one.survey, without(period, why), report_address(one.survey, period), period.name)


def without(period: Period, why: str) -> str:
    """That a period has no figures, and why, which is a sentence."""
    return _("%(period)s: %(why)s") % {"period": period.name, "why": why}


def why_no_index(one: Headline, period: Period) -> str:
    """In a sentence, if the report of a period that is spoken of has no headline; empty if it has."""
    report = one.report(period)
    if report is None or one.has_figure(period):
        return ""
    return next(iter(report.reasons), "") or report.why_refused


def _alerts(survey: Survey, n: int) -> Iterator[Item]:
    if n:
        said = ngettext("%(n)d alert is open.", "%(n)d alerts are open.", n)
        address = reverse("alerts", args=[survey.organisation.slug, survey.public_id])
        yield Item(Kind.ALERTS, survey, said % {"n": n}, address)


def _changed(one: Headline) -> Iterator[Item]:
    """The figures on the card fell clearly, or cannot be compared with those before."""
    period, report = one.shown, one.report(one.shown)
    compared = one.compared.get(one.runs[period.pk]) if period else None
    if period is None or report is None or compared is None:
        return
    address = report_address(one.survey, period)
    run = report.stored.run.pk
    if any((run, row.code) in one.broken for row in report.headline):
        if compared.is_of_one_measure:
            text = period.name + _(": ") + compared.verdict
            yield Item(Kind.BROKEN, one.survey, text, address, period.name)
        return
    if fallen := [row for row in report.headline if _fell(one, run, row)]:
        row = fallen[0]
        text = _("%(name)s is %(change)s, since %(period)s.") % {
            "name": row.name,
            "change": compared.said(row.headline_by, row.code, is_brief=True, digits=row.digits),
            "period": compared.period,
        }
        yield Item(Kind.DOWN, one.survey, text, address, period.name)


def _fell(one: Headline, run: int, row: Row | ScoreRow) -> bool:
    change = one.compared[run].change(row.headline_by, row.code)
    return change is not None and row.shown is not None and change.high < 0


def _fewer_answers(survey: Survey, answers: WeeklyAnswers) -> Iterator[Item]:
    if survey.takes_answers and answers.has_fallen:
        said = ngettext(
            "%(n)d answer in the 7 days to yesterday; about %(usual)d were usual.",
            "%(n)d answers in the 7 days to yesterday; about %(usual)d were usual.",
            answers.last,
        )
        text = said % {"n": answers.last, "usual": answers.usual}
        address = reverse("fieldwork", args=[survey.organisation.slug, survey.public_id])
        yield Item(Kind.RESPONSE, survey, text, address)


def _waiting(one: Headline) -> Iterator[Item]:
    """Closed periods that may be worth releasing; the newest, if it has too few answers for that."""
    least = one.survey.least_base_release
    closed = [period for period in one.told if period.closed_at and not period.released_at]
    ready = [period for period in closed if one.bases[period.pk] >= least and one.has_figure(period)]
    if ready:
        said = ngettext(
            "%(period)s is closed and waits to be released.",
            "%(n)d closed periods wait to be released, the newest is %(period)s.",
            len(ready),
        )
        text = said % {"n": len(ready), "period": ready[-1].name}
        address = report_address(one.survey, ready[-1])
        yield Item(Kind.WAITING, one.survey, text, address, ready[-1].name)
    newest = one.told[-1] if one.told else None
    if newest in closed and newest and one.bases[newest.pk] < least and not why_no_index(one, newest):
        said = ngettext(
            "%(period)s closed with %(n)d answer; to be released it takes %(least)d.",
            "%(period)s closed with %(n)d answers; to be released it takes %(least)d.",
            one.bases[newest.pk],
        )
        text = said % {"n": one.bases[newest.pk], "period": newest.name, "least": least}
        yield Item(Kind.FEW, one.survey, text, report_address(one.survey, newest), newest.name)
