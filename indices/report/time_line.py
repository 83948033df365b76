"""What stands beside a series of periods: changes, breaks, limits, targets and what happened."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from indices import weighted, wording
from indices.comparing.compared import Compared, Names, before_each
from indices.disclosing.disclosure import Disclosure
from indices.models import ControlChart, Run, SurveyNote, SurveyTarget
from indices.report.structural import Report, Row
from indices.scores.report import ScoreReport, ScoreRow
from surveys.models import Period, Use

AnyReport = Report | ScoreReport


@dataclass(frozen=True)
class Note:
    """A note with the number that stands for it in the chart."""

    number: int
    note: SurveyNote


@dataclass(frozen=True)
class Line:
    """A period of the table: each headline index's change from the period before, and remarks."""

    report: AnyReport
    changes: list[str]
    remarks: list[str]

    @property
    def rows(self) -> list[tuple[Row | ScoreRow, str]]:
        return list(zip(self.report.headline, self.changes, strict=True))


@dataclass(frozen=True)
class TimeLine:
    """Read once for a page; `series` are the reports of its periods in the order of time."""

    series: Sequence[AnyReport]
    notes: list[Note]
    targets: dict[str, float]
    charts: dict[str, ControlChart]
    before: dict[int, Compared]

    def within(self, periods: Container[int]) -> "TimeLine":
        """Without what happened in other periods than these, by their keys."""
        return replace(self, notes=[one for one in self.notes if one.note.period_id in periods])

    def is_broken(self, run: Run, construct: str) -> bool:
        """No line leads to this period's index from the one before."""
        compared = self.before.get(run.pk)
        return compared is not None and not compared.comparison.may_compare(run.survey.headline, construct)

    def signal(self, construct: str, period: Period) -> str:
        """Which rules of the control chart the period breaks."""
        chart = self.charts.get(construct)
        found = [one for one in chart.signals if one["period"] == period.public_id] if chart else []
        rules = [str(wording.RULES[rule]) for one in found for rule in one["rules"]]
        return str(get_text_list(rules, _("and"))) if rules else ""

    @property
    def breaks(self) -> list[str]:
        """Where the line is broken, and why."""
        return [
            one.stored.run.period.name + _(": ") + self.before[one.stored.run.pk].verdict
            for one in self.series
            if any(self.is_broken(one.stored.run, row.code) for row in one.headline)
        ]

    @property
    def moves(self) -> list[str]:
        """Where some question came to be answered otherwise, while the rest can be compared."""
        return [
            one.stored.run.period.name + _(": ") + compared.verdict
            for one in self.series
            if (compared := self.before.get(one.stored.run.pk)) and compared.is_partial
        ]

    @property
    def limited(self) -> list[tuple[str, float, float, int]]:
        """The limits drawn: name, low, high and digits."""
        if not self.series:
            return []
        rows = [(row, self.charts.get(row.code)) for row in self.series[-1].headline]
        return [(row.name, chart.low, chart.high, row.digits) for row, chart in rows if chart]

    @property
    def ringed(self) -> list[str]:
        """Each period whose point has a ring, with the index and the rules of the control chart it breaks."""
        found = [
            (one.stored.run.period, row.name, self.signal(row.code, one.stored.run.period))
            for one in self.series
            for row in one.headline
        ]
        template = _("%(period)s, %(name)s: %(rules)s")
        return [
            template % {"period": period.name, "name": name, "rules": rules}
            for period, name, rules in found
            if rules
        ]

    @property
    def targeted(self) -> list[tuple[str, float]]:
        """The targets drawn: name and value."""
        if not self.series:
            return []
        names = self.series[-1].names
        return [(names[code], value) for code, value in self.targets.items() if code in names]

    @property
    def targetable(self) -> list[tuple[Row | ScoreRow, str]]:
        """The figures that may get a target, with what stands in its field."""
        rows = [row for row in self.series[-1].headline if row.may_have_target] if self.series else []
        return [(row, f"{self.targets[row.code]:g}" if row.code in self.targets else "") for row in rows]

    @cached_property
    def lines(self) -> list[Line]:
        return [self._line(one) for one in self.series]

    def _line(self, report: AnyReport) -> Line:
        run = report.stored.run
        compared = self.before.get(run.pk)
        estimator = report.headline_by
        changes = [
            compared.said(estimator, row.code, is_brief=True, digits=row.digits)
            if compared and row.shown
            else ""
            for row in report.headline
        ]
        signals = [
            row.name + _(": ") + signal
            for row in report.headline
            if (signal := self.signal(row.code, run.period))
        ]
        happened = [one.note.text for one in self.notes if one.note.period_id == run.period_id]
        hidden = [report.hidden] if report.hidden else []
        moved = [compared.verdict.rstrip(".。")] if compared and compared.is_partial else []
        refused = [report.why_refused] if report.refused and not report.hidden else []
        unlike = compared is not None and not weighted.is_like(run, compared.comparison.against)
        weights = [_("weighted differently than the period before")] if unlike else []
        return Line(report, changes, [*hidden, *happened, *refused, *moved, *signals, *weights])


def time_line(
    use: Use, series: Sequence[AnyReport], segment: str, window: int, disclosure: Disclosure
) -> TimeLine:
    """All that is stored beside the series of what `use` measures.

    The limits of a chart follow from the indices it was drawn from: with one of them hidden it is, too.
    """
    survey = use.version.survey
    headline = [row.code for row in series[-1].headline] if series else []
    by = series[-1].headline_by if series else survey.headline
    notes = survey_notes(survey.notes.select_related("period"))
    targets = SurveyTarget.objects.filter(survey=survey, instrument_id=use.instrument_id)
    charts = ControlChart.objects.filter(
        survey=survey,
        measurement_key=use.measurement_key,
        segment=segment,
        estimator=by,
        construct__in=headline,
    )
    names = Names(series[-1].names, series[-1].item_texts) if series else Names({}, {})
    runs = [one.stored.run for one in series]
    told = {one.stored.run.period.public_id for one in series if not one.hidden}
    return TimeLine(
        series,
        notes,
        {one.construct: one.value for one in targets},
        {one.construct: one for one in charts if told.issuperset(one.periods)} if window == 1 else {},
        before_each(runs, by, headline, names, disclosure),
    )


def survey_notes(notes: Iterable[SurveyNote]) -> list[Note]:
    """Numbered in the order of time."""
    ordered = sorted(notes, key=lambda one: (str(one.period.first_day or ""), one.period_id, one.pk))
    return [Note(number, one) for number, one in enumerate(ordered, start=1)]
