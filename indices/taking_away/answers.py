"""The answers that a run read, found again, and whether they may leave."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from indices.models import Run, StoredMoments
from indices.taking_away.score_commands import STRUCTURAL, command_columns
from indices.weighting import weighed
from scoring.classical.margins import NotWeighted
from scoring.instrument import Instrument
from surveys.models import Period
from surveys.selectors import (
    ItemColumns,
    all_finished,
    by_question,
    columns_of,
    finished_as_of,
    latest_use,
)

Sample = dict[str, NDArray[np.str_]]  # for each segment question the option that every row has
TRIES = 10  # moments at which the answers are looked for


@dataclass(frozen=True)
class RunAnswers:
    """The rows (n, items) that entered the fit, in the order in which they did, NaN where nothing was said.

    `left_out` more were read that did not apply. `weights` (n,) only where the run was weighted.
    """

    items: tuple[str, ...]
    values: NDArray[np.float64]
    left_out: int
    weights: NDArray[np.float64] | None = None

    def table(self) -> Iterator[list[str]]:
        """Header and rows as text; what was answered are numbers, and codes begin with a letter, so that no
        cell is a formula to anybody."""
        weighted = self.weights is not None
        yield [*self.items, "weight"] if weighted else list(self.items)
        weights = self.weights if self.weights is not None else np.ones(len(self.values))
        for row, weight in zip(self.values.tolist(), weights.tolist(), strict=True):
            yield [*map(_cell, row), repr(weight)] if weighted else list(map(_cell, row))


def _cell(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if value == int(value) else repr(value)


def answers_of(run: Run) -> RunAnswers | None:
    """The answers as the run read them, or None where they are not all there any more.

    Late answers and exclusions since are undone; what was withdrawn cannot be. The fingerprint decides. Where
    the run computed with sums, these are what it is computed again from.
    """
    if run.settings.get("summed"):
        return None
    instrument = latest_use(run.survey, run.measurement_key).instrument
    periods = pooled_periods(run)
    for at in _moments_of_reading(run, periods):
        responses = finished_as_of(at, run.survey, run.measurement_key, periods, run.segment)
        if responses.count() != run.responses:
            continue
        columns = columns_of(instrument, responses).in_order()
        if columns.fingerprint == run.fingerprint:
            return _that_entered(run, instrument, columns, _sample(run, at, periods))
    return None


def _that_entered(
    run: Run, instrument: Instrument, columns: ItemColumns, sample: Sample | None
) -> RunAnswers | None:
    """The rows that count, with their weights where the run was weighted."""
    if instrument.kind != STRUCTURAL:  # each figure has a base of its own
        asked = tuple(item.code for item in instrument.items)
        places = [columns.items.index(code) for code in asked]
        return RunAnswers(command_columns(asked, instrument), columns.values[:, places], 0)
    values, spec = columns.values[columns.applies], run.settings.get("weighting")
    left_out = len(columns.values) - len(values)
    if not spec:
        return RunAnswers(columns.items, values, left_out)
    try:
        raked = weighed(columns, sample, spec).calibration
    except (NotWeighted, LookupError):
        return None
    weights = np.asarray(raked.of(columns.applies).row_weights, dtype=np.float64) if raked else None
    return RunAnswers(columns.items, values, left_out, weights)


def _sample(run: Run, at: datetime, periods: list[Period]) -> Sample | None:
    """The segments of everybody whose answers counted then, of whom a segment was weighted as a part."""
    if not run.segment:
        return None
    everybody = finished_as_of(at, run.survey, run.measurement_key, periods)
    return by_question(list(everybody.values_list("segments", flat=True)))


def pooled_periods(run: Run) -> list[Period]:
    """The periods whose answers the run read."""
    names = run.settings.get("periods", [run.period.name])
    return list(run.survey.periods.filter(name__in=names))


def _moments_of_reading(run: Run, periods: list[Period]) -> Iterator[datetime]:
    """When the run began, and then when each answer came that it may just have caught while it read."""
    if run.started_at is None or run.ended_at is None:
        return
    yield run.started_at
    rows = all_finished(run.survey, run.measurement_key, periods, run.segment)
    caught = rows.filter(Q(batch=None), finished_at__gt=run.started_at, finished_at__lte=run.ended_at)
    times = caught.order_by("finished_at").values_list("finished_at", flat=True)
    yield from (at for at in times[: TRIES - 1] if at)


def moments_to_take(run: Run) -> dict[str, Any]:
    """The moments that the run began from, where nobody who withdrew can be told from them.

    What is left of the answers, taken away from the moments, gives what a few withdrawn ones said: as few as
    the survey shows no figure of.
    """
    withdrawn = run.survey.withdrawals.filter(
        period__in=pooled_periods(run), withdrawn_at__gt=run.started_at
    ).count()
    is_telling = 0 < withdrawn < run.survey.least_told
    stored = None if is_telling else StoredMoments.objects.filter(run=run).first()
    return stored.content if stored else {}
