"""What changed since earlier periods, stored beside the runs. Worker only.

A run is compared with the one that stands for the period before, and with that of a year ago: the newest done
of the same survey, segment and window. A run that is computed again takes its place in the comparisons of
later periods too. Everything here replaces what was stored before, so that doing it twice changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from indices.comparing import control_charts, segment_differences
from indices.comparing.comparability import Pair, Tested, shared_periods, stored
from indices.models import Against, Change, Comparison, Run
from indices.runs.stored_figures import Name, figures_of, plain
from indices.scores import changes as score_changes
from scoring.classical.change import Figure, difference
from surveys.blocks.reading import base
from surveys.models import Period, Use
from surveys.models.survey import Estimator
from surveys.periods import in_order

Tests = Mapping[tuple[int, int, str], Tested]


class Unforeseen(Exception):
    """Another run was stored meanwhile, and these pairs have not been tested yet."""

    def __init__(self, pairs: list[Pair]) -> None:
        super().__init__(f"{len(pairs)} comparisons are not tested yet")
        self.pairs = pairs


def pairs(run: Run) -> list[Pair]:
    """Every comparison that `run` takes part in once it stands for its period.

    What a released run says has changed stays as it was released.
    """
    standing = standing_beside(run)
    found = list(_earlier(run, standing))
    for one in standing:
        is_other = one != run and one.measurement_key == run.measurement_key
        if is_other and one.released_at is None:
            found += _renewed(list(_earlier(one, standing)), run)
    return found


def _renewed(pairs: list[Pair], run: Run) -> list[Pair]:
    """Those of another run that its comparison with `run` makes new: where this one came in between, the
    period before may have become the year before."""
    if not any(pair.earlier == run for pair in pairs):
        return []
    stored = set(pairs[0].later.comparisons.values_list("against", "kind"))
    return [pair for pair in pairs if pair.earlier == run or (pair.earlier.pk, pair.kind) not in stored]


def standing_beside(run: Run) -> list[Run]:
    """The run that stands for each period, in the order of time: this one for its own, else the newest done.

    A period in which the instrument measured something else only is there with that.
    """
    done = Run.objects.filter(
        survey=run.survey,
        measurement_key__in=_keys(run),
        segment=run.segment,
        window=run.window,
        status=Run.Status.DONE,
    )
    newest = sorted(
        done.select_related("survey", "period"),
        key=lambda one: (one.measurement_key == run.measurement_key, one.revision),
    )
    standing = {one.period_id: one for one in newest} | {run.period_id: run}
    return [standing[period.pk] for period in in_order(one.period for one in standing.values())]


def _keys(run: Run) -> list[str]:
    """The measurement keys under which the survey has used the run's instrument."""
    uses = Use.objects.filter(version__survey=run.survey)
    instruments = uses.filter(measurement_key=run.measurement_key).values("instrument_id")
    return list(uses.filter(instrument_id__in=instruments).values_list("measurement_key", flat=True))


def _earlier(run: Run, standing: list[Run]) -> Iterator[Pair]:
    """The period before, also if it measured something else, and the same period a year ago."""
    place = standing.index(run)
    before = standing[place - 1] if place else None
    if before:
        yield Pair(run, before, Against.PREVIOUS)
    year_ago = _year_before(run.period, standing)
    if year_ago and year_ago != before and year_ago.measurement_key == run.measurement_key:
        yield Pair(run, year_ago, Against.YEAR)


def _year_before(period: Period, standing: list[Run]) -> Run | None:
    """The run of the period that held the middle day of this one a year earlier."""
    if period.first_day is None or period.last_day is None:
        return None
    day = _a_year_earlier(period.first_day + (period.last_day - period.first_day) / 2)
    return next((one for one in standing if one.period != period and _holds(one.period, day)), None)


def _holds(period: Period, day: date) -> bool:
    return bool(period.first_day and period.last_day and period.first_day <= day <= period.last_day)


def _a_year_earlier(day: date) -> date:
    return day.replace(year=day.year - 1) if (day.month, day.day) != (2, 29) else day - timedelta(days=366)


def renew(run: Run, tests: Tests) -> None:
    """Store all that follows from a run that has just been stored, in its transaction.

    Raises Unforeseen where a run came to stand beside it meanwhile whose comparison nobody has tested.
    """
    found = pairs(run)
    if missing := [pair for pair in found if pair.key not in tests]:
        raise Unforeseen(missing)
    Comparison.objects.filter(run=run).delete()
    for pair in found:
        comparison = stored(pair, tests[pair.key])
        if pair.is_of_one_measure:
            Change.objects.bulk_create(_changes(comparison, _shared(pair)))
            Change.objects.bulk_create(score_changes.changes(comparison, pair))
    if run.window == 1:  # windows share answers: nothing more can be told from their neighbours
        segment_differences.renew(run)
        own = [one for one in standing_beside(run) if one.measurement_key == run.measurement_key]
        control_charts.renew(run, own)


def _shared(pair: Pair) -> int:
    """How many answers count in both of two overlapping windows."""
    both = shared_periods(pair)
    later = pair.later
    return base(later.survey, later.measurement_key, both, later.segment) if both else 0


def _changes(comparison: Comparison, shared: int) -> Iterator[Change]:
    """Every figure that both runs have with its standard error."""
    later, earlier = _figures(comparison.run), _figures(comparison.against)
    for estimator in Estimator.values:
        for name, now in later[estimator].items():
            before = earlier[estimator].get(name)
            if before is None:
                continue
            found = difference(now, before, min(shared, now.n, before.n))
            yield Change(
                comparison=comparison,
                estimator=estimator,
                construct=name[0],
                source=name[1],
                earlier=before.value,
                later=now.value,
                **plain(found),
            )


def _figures(run: Run) -> dict[str, dict[Name, Figure]]:
    """What each estimator gave of a run, from answers enough to be shown."""
    found: dict[str, dict[Name, Figure]] = defaultdict(dict)
    estimates = run.estimates.filter(n_used__gte=run.survey.least_told)
    return found | {one.estimator: figures_of(one.result, one.n) for one in estimates}
