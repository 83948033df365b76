"""Any two periods and segments of a survey beside each other, from what their runs stored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _

from indices import weighted, wording
from indices.comparing.alike import MeasuredAlike, told
from indices.comparing.compared import Compared, Names
from indices.disclosing.disclosure import Disclosure
from indices.models import Against, Change, ChangeTest, Comparison, Run, Score, SegmentDifference, Verdict
from indices.numbers import p_value
from indices.report.time_line import AnyReport
from indices.runs.stored_figures import indices_of, plain
from indices.segments import question_of
from indices.selectors import Figure, Stored
from scoring.classical.change import Difference, difference
from scoring.classical.change import Figure as With  # its standard error
from surveys.models import Period
from surveys.models.survey import Estimator

BROKEN = (Verdict.PARTIAL, Verdict.EFFECTS, Verdict.NONE, Verdict.OTHER_MEASURE)


@dataclass(frozen=True)
class Side:
    """One of the two: its report, and what it is called."""

    report: AnyReport
    segment: str

    @property
    def run(self) -> Run:
        return self.report.stored.run

    @property
    def label(self) -> str:
        return f"{self.run.period.name} · {self.segment}"

    @property
    def period_ids(self) -> set[str] | None:
        """The periods whose answers it rests on; None of a window that was stored with their names alone."""
        if self.run.window == 1:
            return {self.run.period.public_id}
        stored = self.run.settings.get("period_ids")
        return set(stored) if stored else None

    def shares_periods(self, other: "Side") -> bool:
        """Whether some answers' period is in both. Names may change, and are asked only where no ids are."""
        own, others = self.period_ids, other.period_ids
        if own is not None and others is not None:
            return bool(own & others)
        return bool(self._names & other._names)

    @property
    def _names(self) -> set[str]:
        return set(self.run.settings.get("periods") or [self.run.period.name])


@dataclass(frozen=True)
class Contrast:
    """B's figure less A's with its interval and p; `why` says where it is none."""

    name: str
    code: str
    a: Figure | Score | None
    b: Figure | Score | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    why: str = ""
    is_headline: bool = False
    digits: int = 1
    test: str = ""  # by which the interval is made, as a stored change names it

    @property
    def said(self) -> str:
        if self.why or self.difference is None or self.low is None or self.high is None:
            return self.why or "–"
        return wording.contrast(self.difference, not self.low <= 0 <= self.high, self.digits)

    @property
    def interval(self) -> str:
        return (
            "–" if self.low is None or self.high is None else wording.reach(self.low, self.high, self.digits)
        )

    @property
    def p_shown(self) -> str:
        return p_value(self.p)

    @property
    def test_name(self) -> str:
        return str(ChangeTest(self.test).label) if self.test else ""


@dataclass(frozen=True)
class SideBySide:
    """Two sides of one measure and window. `disclosure` decides what may be told of what was stored."""

    a: Side
    b: Side
    names: Names
    disclosure: Disclosure
    segments: Mapping[str, str]
    questions: Mapping[str, str]

    @cached_property
    def stored(self) -> Compared | None:
        """The comparison of the two that was stored, with the tests behind it."""
        both = Q(run=self.a.run, against=self.b.run) | Q(run=self.b.run, against=self.a.run)
        found = (
            Comparison.objects.filter(both)
            .select_related("run", "against__period")
            .prefetch_related("changes")
        )
        return next((Compared(one, self.names) for one in found if self.disclosure.tells(one)), None)

    @cached_property
    def alike(self) -> MeasuredAlike | None:
        """Whether two segments of one question and period measure the same."""
        question = question_of(self.a.run.segment)
        are_beside = self.is_of_one_period and question and question == question_of(self.b.run.segment)
        if not are_beside or not self.disclosure.is_newest(self.a.run):
            return None
        found = told(self.a.run, self.disclosure).get(question)
        return MeasuredAlike(found, self.names, self.segments, self.questions[question]) if found else None

    @property
    def is_of_one_period(self) -> bool:
        return self.a.run.period_id == self.b.run.period_id and self.a.run.window == 1

    @property
    def hidden(self) -> list[str]:
        """Why one of the sides may not be told, by side."""
        return [f"{one.label}: {one.report.hidden}" for one in (self.a, self.b) if one.report.hidden]

    @property
    def overlap(self) -> str:
        """Why the two are no independent samples, in a sentence; empty where they are."""
        if self.a.run.pk == self.b.run.pk:
            return _("Both sides are the same answers: choose another period or segment for one of them.")
        if not self.a.shares_periods(self.b):
            return ""
        of_a, of_b = self.a.run.segment, self.b.run.segment
        if of_a == of_b:
            return _("The two share answers of the same periods, so that they are no independent samples.")
        if not of_a or not of_b:
            return _("All respondents contain the segment, so that the two are no independent samples.")
        if question_of(of_a) == question_of(of_b):
            return ""
        return _(
            "Segments of different questions share respondents, so that they are no independent samples."
        )

    @property
    def verdict(self) -> str:
        """Whether the two measure the same."""
        if self.stored:
            return self.stored.verdict
        if self.alike:
            return self.alike.verdict
        if self.overlap:
            return self.overlap
        if self.breaks_between:
            return _(
                "Whether these two measure the same was not tested with each other, but between the periods "
                "from one to the other, something moved: a difference may come from that."
            )
        return _(
            "Whether these two measure the same was not tested: a difference may come from questions that "
            "are understood otherwise."
        )

    @cached_property
    def breaks_between(self) -> list[str]:
        """What was found of the periods from the one side to the other, each against the one before it, where
        it does not measure quite the same."""
        first, last = sorted((self.a.run.period, self.b.run.period), key=_order)
        found = Comparison.objects.filter(
            run__survey=last.survey_id,
            run__measurement_key=self.a.run.measurement_key,
            run__segment=self.a.run.segment if self.a.run.segment == self.b.run.segment else "",
            run__window=self.a.run.window,
            kind=Against.PREVIOUS,
            verdict__in=BROKEN,
        ).select_related("run__period", "against__period")
        steps = [one for one in found if self.disclosure.is_newest(one.run) and self.disclosure.tells(one)]
        inside = [one for one in steps if _order(first) < _order(one.run.period) <= _order(last)]
        ordered = sorted(inside, key=lambda one: _order(one.run.period))
        return [f"{one.run.period.name}: {Compared(one, self.names).verdict}" for one in ordered]

    @property
    def remarks(self) -> list[str]:
        if self.stored:
            return self.stored.remarks
        found = self.alike.remarks if self.alike else [] if self.overlap else self.breaks_between
        if not weighted.is_like(self.a.run, self.b.run):
            found = [*found, _("The two are weighted differently, which alone may move their figures.")]
        return found

    @property
    def is_weak(self) -> bool:
        if self.stored:
            return self.stored.is_weak
        return self.alike.is_weak if self.alike else True

    def rows(self, estimator: str) -> list[Contrast]:
        """Every construct's index on both sides, and by how much B differs from A."""
        shown = (self.a.report.stored.figures(estimator), self.b.report.stored.figures(estimator))
        known = [self._figures(side, estimator) for side in (self.a, self.b)]
        headline = self.a.report.instrument.headline
        return [
            self._row(code, name, estimator, shown[0].get(code), shown[1].get(code), known, code in headline)
            for code, name in self.names.constructs.items()
        ]

    def _figures(self, side: Side, estimator: str) -> dict[str, With]:
        stored: Stored = side.report.stored
        estimate = stored.estimates.get(estimator)
        if estimate is None or stored.is_small(estimator):
            return {}
        return indices_of(estimate.result, estimate.n_used)

    def _row(
        self,
        code: str,
        name: str,
        estimator: str,
        a: Figure | None,
        b: Figure | None,
        known: list[dict[str, With]],
        is_headline: bool,
    ) -> Contrast:
        row = Contrast(name, code, a, b, is_headline=is_headline)
        if a is None or b is None:
            return replace(row, why=_("not known: one of the two is missing"))
        if self.stored:
            return self.as_stored(row, self.stored, estimator)
        if self.overlap:
            return replace(row, why=_("not compared"))
        if self.alike and not all(
            self.alike.stored.may_compare(one.run.segment, code) for one in (self.a, self.b)
        ):
            return replace(row, why=_("not comparable"))
        if code not in known[0] or code not in known[1]:
            return replace(row, why=_("not known: one of the two has no standard error"))
        return _with(row, difference(known[1][code], known[0][code]), ChangeTest.Z)

    def as_stored(self, row: Contrast, compared: Compared, estimator: str) -> Contrast:
        change = compared.change(estimator, row.code)
        if change is None:
            is_barred = not compared.comparison.may_compare(estimator, row.code)
            why = _("not comparable") if is_barred else _("not known: one of the two is missing")
            return replace(row, why=why)
        return _with(row, _turned(change, compared.comparison.run_id == self.b.run.pk), change.test)

    @cached_property
    def against_others(self) -> list[tuple[str, SegmentDifference, int]]:
        """Where one side is everybody and the other a segment: that segment against the others, as stored;
        with the digits to show."""
        segment = next((one.run for one in (self.a, self.b) if one.run.segment), None)
        are_beside = not (self.a.run.segment and self.b.run.segment) and self.is_of_one_period
        if segment is None or not are_beside or self.disclosure.why(segment):
            return []
        if not self.disclosure.tells_differences(segment):
            return []
        rows = segment.differences.filter(estimator=self.a.report.headline_by)
        named = self.names.constructs
        return [
            (named[one.construct], one, self.digits(one.construct)) for one in rows if one.construct in named
        ]

    def digits(self, _code: str) -> int:
        """Behind the point, of a figure."""
        return 1

    @property
    def other_estimator(self) -> str:
        """The one that the survey does not show first."""
        return Estimator.PLS if self.a.report.headline_by == Estimator.ML else Estimator.ML


def _order(period: Period) -> tuple[str, int]:
    """In time; undated waves come in the order made."""
    return str(period.first_day or ""), period.pk


def _with(row: Contrast, found: Difference, test: str) -> Contrast:
    told = plain(found)
    return replace(row, test=test, **{name: told[name] for name in ("difference", "low", "high", "p")})


def _turned(change: Change, is_forward: bool) -> Difference:
    """A stored change as B less A, whichever of them was computed as the later one."""
    nothing = float("nan")
    se, z = change.se or nothing, change.z or nothing
    p = nothing if change.p is None else change.p
    if is_forward:
        return Difference(change.difference, se, change.low, change.high, z, p)
    return Difference(-change.difference, se, -change.high, -change.low, -z, p)
