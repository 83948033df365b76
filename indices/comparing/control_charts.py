"""The limits of long series, and which periods are out of the ordinary. Worker only."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final

from indices.disclosing.disclosure import Disclosure
from indices.models import Against, Comparison, ControlChart, Index, Run
from indices.scores.changes import headline_scores
from scoring.classical.control_chart import limits, signals

LEAST_PERIODS: Final = 10
Value = tuple[str, float]  # a period's public id with its index


def renew(run: Run, series: Sequence[Run]) -> None:
    """Charts of everything in the run's series, given in the order of time.

    They begin where the construct could last not be compared: limits over two kinds of measurement mean
    nothing. Periods that are hidden have no part in them, as they could be told from the limits.
    """
    disclosure = Disclosure(run.survey)
    series = [one for one in series if not disclosure.why(one)]
    ControlChart.objects.filter(
        survey=run.survey, measurement_key=run.measurement_key, segment=run.segment
    ).delete()
    if len(series) < LEAST_PERIODS:
        return
    begin = _begin(series)
    unbroken = {
        (estimator, construct): [one for place, one in values if place >= begin(estimator, construct)]
        for (estimator, construct), values in _values(series).items()
    }
    ControlChart.objects.bulk_create(
        _chart(run, estimator, construct, values)
        for (estimator, construct), values in unbroken.items()
        if len(values) >= LEAST_PERIODS
    )


def _begin(series: Sequence[Run]) -> Callable[[str, str], int]:
    """The place from which on an estimator's index of a construct can be compared."""
    place = {run.pk: i for i, run in enumerate(series)}
    rows = Comparison.objects.filter(run__in=series, kind=Against.PREVIOUS).defer("tests")
    found = [(place[one.run_id], one) for one in rows]

    def begin(estimator: str, construct: str) -> int:
        return max((i for i, one in found if not one.may_compare(estimator, construct)), default=0)

    return begin


def _values(series: Sequence[Run]) -> dict[tuple[str, str], list[tuple[int, Value]]]:
    """The periods with an index and their places, by estimator and construct."""
    place = {run.pk: i for i, run in enumerate(series)}
    found: dict[tuple[str, str], list[tuple[int, Value]]] = defaultdict(list)
    indices = Index.objects.filter(estimate__run__in=series).select_related("estimate")
    rows = [(row.estimate, row.construct, row.value) for row in indices]
    rows += [(row.estimate, row.code, row.value) for row in headline_scores(series)]
    for estimate, construct, value in sorted(rows, key=lambda row: place[row[0].run_id]):
        at = place[estimate.run_id]
        found[estimate.estimator, construct].append((at, (series[at].period.public_id, value)))
    return found


def _chart(run: Run, estimator: str, construct: str, values: list[Value]) -> ControlChart:
    series = [value for _period, value in values]
    chart = limits(series)
    rules = asdict(signals(series, chart))
    broken = [
        {"period": period, "rules": [rule for rule, where in rules.items() if where[place]]}
        for place, (period, _value) in enumerate(values)
    ]
    return ControlChart(
        survey=run.survey,
        measurement_key=run.measurement_key,
        segment=run.segment,
        estimator=estimator,
        construct=construct,
        centre=chart.centre,
        low=chart.low,
        high=chart.high,
        periods=[period for period, _value in values],
        signals=[one for one in broken if one["rules"]],
    )
