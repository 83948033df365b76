"""By how much scores differ from those of earlier periods, and of other segments. Worker only."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.db.models import QuerySet
from django.db.models.functions import Greatest

from indices import weighted
from indices.comparing.comparability import Pair, shared_periods
from indices.models import Change, Comparison, FiguresBy, Run, Score, SegmentDifference
from indices.scores import overlap as score_overlap
from indices.scores.figures import figure_of
from indices.scores.runs import measured
from scoring.classical.headline import headline
from scoring.classical.score import Score as Figure
from scoring.classical.score_change import Tested, against_the_others, difference
from scoring.classical.written import plain
from surveys.models import Period
from surveys.selectors import item_columns, latest_use

LEAST_TOLD: Final = Greatest(
    "estimate__run__survey__least_base_show", "estimate__run__survey__organisation__least_group"
)


def changes(comparison: Comparison, pair: Pair) -> Iterator[Change]:
    """Every score that both runs have from answers enough to be shown and to be tested."""
    later, earlier = _figures(pair.later), _figures(pair.earlier)
    shared, together = _overlap(pair) if later and earlier else ({}, {})
    for code, now in later.items():
        before = earlier.get(code)
        if before is None:
            continue
        both = min(shared.get(code, 0), now.n, before.n)
        found = difference(now, before, both, together.get(code, 0.0))
        if math.isfinite(found.low):
            yield Change(
                comparison=comparison,
                estimator=FiguresBy.SCORE,
                construct=code,
                earlier=before.value,
                later=now.value,
                **plain(found),
            )


def _overlap(pair: Pair) -> tuple[Mapping[str, int], Mapping[str, float]]:
    """For each score how many answers count in both of two overlapping windows; where either is weighted, how
    their errors go together instead."""
    both = shared_periods(pair)
    if both and any(weighted.digest(run.settings) for run in (pair.later, pair.earlier)):
        return {}, score_overlap.correlations(pair, both)
    return (_shared(pair.later, both) if both else {}), {}


def _shared(run: Run, both: Sequence[Period]) -> Mapping[str, int]:
    instrument = latest_use(run.survey, run.measurement_key).instrument
    columns = item_columns(run.survey, instrument, run.measurement_key, both, run.segment)
    return {one.code: one.n for one in measured(instrument, columns).scores}


def _figures(run: Run) -> dict[str, Figure]:
    return {one.code: figure_of(one) for one in _large([run])}


def _large(runs: Sequence[Run]) -> QuerySet[Score]:
    """Scores from so many answers that the survey shows them."""
    rows = Score.objects.filter(estimate__run__in=runs, n__gte=LEAST_TOLD)
    return rows.select_related("estimate__run").order_by("pk")


def headline_scores(runs: Sequence[Run]) -> Iterator[Score]:
    """Those of the scores of several runs of one measure that it is first about."""
    if rows := list(_large(runs)):
        run = runs[0]
        first = headline(latest_use(run.survey, run.measurement_key).instrument)
        yield from (row for row in rows if row.code in first)


def between(runs: Sequence[Run], _by: str) -> Iterator[SegmentDifference]:
    """Rows for the headline scores of the segments of one question that are large enough to show."""
    rows = [row for row in headline_scores(runs) if row.low is not None]
    for code in dict.fromkeys(row.code for row in rows):
        own = [row for row in rows if row.code == code]
        if len(own) < 2:
            continue
        total = sum(row.n for row in own)
        sizes = [weighted.size(row.estimate.run, row.n) for row in own]
        for row, found in zip(own, against_the_others([figure_of(one) for one in own], sizes), strict=True):
            if math.isfinite(found.low):
                yield _difference(row, total - row.n, found)


def _difference(row: Score, others_n: int, found: Tested) -> SegmentDifference:
    fields: dict[str, Any] = plain(found)
    del fields["test"]
    return SegmentDifference(
        run=row.estimate.run,
        estimator=FiguresBy.SCORE,
        construct=row.code,
        n=row.n,
        others_n=others_n,
        value=row.value,
        others=row.value - found.difference,
        **fields,
    )
