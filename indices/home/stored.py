"""What is stored of many surveys' headlines, read in a number of queries that does not depend on how many.

Of each survey the newest periods only; of each period everybody's newest run. Nothing is computed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from indices.comparing.compared import Compared, Names
from indices.disclosing.bases import Tables, newest_bases
from indices.home.disclosed import OfEverybody, tell_older
from indices.models import Against, Change, Comparison, Estimate, Index, Run, Score, Verdict
from indices.report.time_line import AnyReport
from indices.scores.report import report_of
from indices.selectors import Stored
from scoring.classical.headline import headline
from surveys.models import Period, Survey, Use
from surveys.models.survey import Estimator
from surveys.models.version import read_contents

LONG: Final = tuple(f"against__{one}" for one in ("missing", "model", "versions", "changes"))
PERIOD: Final = ("public_id", "survey_id", "name", "first_day", "last_day", "closed_at", "released_at")
MOST_PERIODS: Final = 14  # a year of months, the same month of the year before, and one to compare it with


@dataclass(frozen=True)
class Spot:
    """A period's figure of one headline construct: 0..100, or on the score's own scale."""

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass
class Headline:
    """A survey's stored headlines, under the key that its report opens with; periods in the order of time.

    `runs` and `bases` are, by period, the newest done run and how many responses it read; `spots` the
    figures that may be told, by run and construct; `broken` has the runs and constructs that cannot be
    compared with the period before; `reports` and `compared` are those of the runs that are spoken of.
    """

    survey: Survey
    disclosure: OfEverybody
    today: date  # the organisation's
    use: Use | None = None
    periods: Sequence[Period] = ()
    runs: dict[int, int] = field(default_factory=dict)
    bases: dict[int, int] = field(default_factory=dict)
    spots: dict[tuple[int, str], Spot] = field(default_factory=dict)
    broken: set[tuple[int, str]] = field(default_factory=set)
    reports: dict[int, AnyReport] = field(default_factory=dict)
    compared: dict[int, Compared] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)  # periods whose newest computation failed
    is_under_way: bool = False

    @cached_property
    def codes(self) -> list[str]:
        """The headline constructs or scores."""
        if self.use is None:
            return []
        of = self.use.instrument
        return list(of.headline if self.use.kind == "structural" else headline(of))

    @cached_property
    def told(self) -> list[Period]:
        """The periods whose figures may be told, whether they have an index or not."""
        return [
            one
            for one in self.periods
            if one.pk in self.runs and not self.disclosure.hides(self.runs[one.pk])
        ]

    def spot(self, period: Period, code: str) -> Spot | None:
        return self.spots.get((self.runs.get(period.pk, 0), code))

    def is_small(self, period: Period) -> bool:
        """It has an index, on fewer answers than the survey shows any on."""
        report = self.report(period)
        return report is not None and report.stored.is_small(report.headline_by)

    @cached_property
    def newest(self) -> Period | None:
        """The newest that may be told; where none may, the newest computed."""
        computed = [one for one in self.periods if one.pk in self.runs]
        return next(reversed(self.told or computed), None)

    @cached_property
    def newest_over(self) -> Period | None:
        """The newest computed of which no more answers are to be expected."""
        computed = (one for one in reversed(self.periods) if one.pk in self.runs)
        return next((one for one in computed if is_over(one, self.today)), None)

    @cached_property
    def shown(self) -> Period | None:
        """The newest with a figure; where there is none, the newest."""
        return next((one for one in reversed(self.told) if self.has_figure(one)), self.newest)

    def has_figure(self, period: Period) -> bool:
        return any(self.spot(period, code) for code in self.codes)

    def report(self, period: Period | None) -> AnyReport | None:
        return self.reports.get(self.runs.get(period.pk, 0)) if period else None


def is_over(period: Period, today: date) -> bool:
    return bool(period.closed_at or (period.last_day and period.last_day < today))


def headlines(surveys: Sequence[Survey], reads_answers: bool, language: str, today: date) -> list[Headline]:
    """What is stored of these surveys, all of one organisation, for a reader who may read single answers
    or may not."""
    pks = [survey.pk for survey in surveys]
    periods, uses = _periods(pks), _uses(pks)
    tables = _tables(periods)
    found = {
        survey.pk: Headline(survey, OfEverybody(survey, reads_answers, tables[survey.pk]), today)
        for survey in surveys
    }
    for pk, one in found.items():
        _place(one, uses[pk], periods[pk])
    read_contents(one.use.version for one in found.values() if one.use)
    _read_spots(found)
    _read_breaks(found)
    _read_reports(found, language)
    _read_compared(found)
    _read_unfinished(found)
    return list(found.values())


def _periods(surveys: list[int]) -> Mapping[int, list[Period]]:
    """The newest of each survey, in the order of time; undated waves come first, in the order made."""
    order = [F("first_day").desc(nulls_last=True), F("pk").desc()]
    place = Window(RowNumber(), partition_by=F("survey"), order_by=order)
    rows = Period.objects.filter(survey__in=surveys).annotate(place=place).filter(place__lte=MOST_PERIODS)
    found: dict[int, list[Period]] = defaultdict(list)
    for period in rows.only(*PERIOD).order_by("survey", "-place"):
        found[period.survey_id].append(period)
    return found


def _uses(surveys: list[int]) -> Mapping[int, list[Use]]:
    """What each survey measures, newest version first."""
    uses = Use.objects.filter(version__survey__in=surveys).select_related("version")
    found: dict[int, list[Use]] = defaultdict(list)
    for use in uses.defer("version__snapshot", "wording").order_by("-version__number", "position"):
        found[use.version.survey_id].append(use)
    return found


def _tables(periods: Mapping[int, list[Period]]) -> Mapping[int, Tables]:
    """The bases of everybody's newest runs, by survey."""
    survey_of = {period.pk: survey for survey, own in periods.items() for period in own}
    done = Run.objects.filter(survey__in=periods, segment="", window=1, status=Run.Status.DONE)
    runs = done.filter(period__in=survey_of)
    found: dict[int, Tables] = defaultdict(dict)
    for table, bases in newest_bases(runs, of_scores=False).items():
        found[survey_of[table[2]]][table] = bases
    return found


def _place(one: Headline, uses: list[Use], periods: list[Period]) -> None:
    """The key that the report opens with: the newest that has a stored run, or the newest there is."""
    keys = {key for key, _window, _period in one.disclosure.tables}
    one.use = next((use for use in uses if use.measurement_key in keys), uses[0] if uses else None)
    one.periods = periods
    for (key, _window, period), bases in one.disclosure.tables.items():
        if one.use and key == one.use.measurement_key:
            one.runs[period], one.bases[period] = bases[""].pk, bases[""].responses


def _read_spots(found: Mapping[int, Headline]) -> None:
    """The figures of all periods, under the rules by which a report shows them (see `selectors.Stored`)."""
    of_run = {
        one.runs[period.pk]: one for one in found.values() for period in one.told if period.pk in one.runs
    }
    fields = ("estimate__run", "estimate__n_used", "value", "low", "high")
    codes = {code for one in found.values() for code in one.codes}
    first = Q()
    for by in Estimator:
        first |= Q(
            estimate__estimator=by,
            estimate__run__in=[k for k, v in of_run.items() if v.survey.headline == by],
        )
    indices = Index.objects.filter(first, estimate__status="ok", construct__in=codes)
    for run, n, value, low, high, code in indices.values_list(*fields, "construct"):
        if n >= of_run[run].survey.least_told:
            of_run[run].spots[run, code] = Spot(value, low, high, n)
    scores = Score.objects.filter(estimate__run__in=of_run, code__in=codes)
    for run, used, value, low, high, code, n in scores.values_list(*fields, "code", "n"):
        if min(used, n) >= of_run[run].survey.least_told:
            of_run[run].spots[run, code] = Spot(value, low, high, n)


def _read_breaks(found: Mapping[int, Headline]) -> None:
    of_run = {run: one for one in found.values() for run in one.runs.values()}
    rows = Comparison.objects.filter(run__in=of_run, kind=Against.PREVIOUS)
    whole = Q(verdict__in=[Verdict.FULL, Verdict.PARTIAL, Verdict.UNTESTED], lost=[], apart=[])
    for comparison in rows.exclude(whole).only("run_id", "verdict", "lost", "apart"):
        one = of_run[comparison.run_id]
        one.broken |= {
            (comparison.run_id, code)
            for code in one.codes
            if not comparison.may_compare(one.survey.headline, code)
        }


def _read_reports(found: Mapping[int, Headline], language: str) -> None:
    """Of the runs that are shown, and of the newest that say why there is no figure."""
    spoken = {
        one.runs[period.pk]: (one, period)
        for one in found.values()
        for period in (one.shown, one.newest, one.newest_over)
        if period and (period == one.shown or not one.has_figure(period))
    }
    codes = {code for one in found.values() for code in one.codes}
    estimates = Estimate.objects.defer("result").prefetch_related(
        Prefetch("indices", Index.objects.filter(construct__in=codes)),
        Prefetch("scores", Score.objects.filter(code__in=codes)),
    )
    runs = Run.objects.filter(pk__in=spoken).defer("model", "missing", "versions", "changes")
    for run in runs.prefetch_related(Prefetch("estimates", estimates)):
        one, period = spoken[run.pk]
        run.survey, run.period = one.survey, period
        assert one.use  # noqa: S101  who has runs has uses
        kept = [] if one.disclosure.why(run) else run.estimates.all()
        stored = Stored(run, {estimate.estimator: estimate for estimate in kept}, one.disclosure)
        one.reports[run.pk] = report_of(stored, one.use, language)
    _read_results([report for one in found.values() for report in one.reports.values()])


def _read_results(reports: Iterable[AnyReport]) -> None:
    """Whole results are long: only of what has no index, to say why, and of Kano's method, for classes."""
    estimates = {
        estimate.pk: estimate
        for report in reports
        for estimate in report.stored.estimates.values()
        if estimate.status != "ok" or report.use.kind == "kano"
    }
    rows = Estimate.objects.filter(pk__in=estimates).values_list("pk", "result")
    for pk, result in rows:
        estimates[pk].result = result


def _read_compared(found: Mapping[int, Headline]) -> None:
    """The comparisons of the runs shown with the period before, with their headlines' changes."""
    of_run = {one.runs[one.shown.pk]: one for one in found.values() if one.shown}
    codes = {code for one in found.values() for code in one.codes}
    by = {report.headline_by for one in found.values() for report in one.reports.values()}
    changes = Change.objects.filter(estimator__in=by, construct__in=codes, source="")
    rows = Comparison.objects.filter(run__in=of_run, kind=Against.PREVIOUS).defer("tests", *LONG)
    read = list(rows.select_related("against__period").prefetch_related(Prefetch("changes", changes)))
    tell_older({pk: one.disclosure for pk, one in found.items()}, [row.against for row in read])
    for row in read:
        one = of_run[row.run_id]
        report = one.reports[row.run_id]
        row.run = report.stored.run
        if one.disclosure.tells(row):
            one.compared[row.run_id] = Compared(row, Names(report.names, report.item_texts))


def _read_unfinished(found: Mapping[int, Headline]) -> None:
    """What is being computed, and what failed and was not computed again."""
    runs = Run.objects.filter(survey__in=found).order_by()
    under_way = runs.filter(status__in=[Run.Status.QUEUED, Run.Status.RUNNING])
    for pk in under_way.values_list("survey", flat=True).distinct():
        found[pk].is_under_way = True
    for pk, name in _failed(runs).values_list("survey", "period__name").distinct():
        found[pk].failed.append(name)


def _failed(runs: QuerySet[Run]) -> QuerySet[Run]:
    series: dict[str, Any] = {
        name: OuterRef(name) for name in ("survey", "period", "measurement_key", "segment", "window")
    }
    newer = Run.objects.filter(**series, revision__gt=OuterRef("revision"))
    return runs.filter(~Exists(newer), status=Run.Status.FAILED).order_by("-period__first_day", "-period")
