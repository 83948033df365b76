"""The answers that a run read, found again, and whether they may leave."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from indices.models import Run, StoredMoments
from indices.runs.weighting import weighed
from indices.taking_away.score_commands import STRUCTURAL, command_columns
from scoring.classical.margins import NotWeighted
from scoring.classical.measured import POINTS
from scoring.classical.servqual import usable_points
from scoring.instrument import Instrument
from surveys.models import Period
from surveys.questionnaire.parts import OWN
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

    `left_out` more were read that did not apply. `weights` only where the run was weighted.
    """

    items: tuple[str, ...]
    values: NDArray[np.float64]
    left_out: int
    weights: "RunWeights | None" = None

    def table(self) -> Iterator[list[str]]:
        """Header and rows as text; what was answered are numbers, and codes begin with a letter, so that no
        cell is a formula to anybody."""
        if self.weights is None:
            yield list(self.items)
            yield from (list(map(_cell, row)) for row in self.values.tolist())
            return
        yield [*self.items, *self.weights.margins, "weight"]
        beside = zip(self.weights.own, self.weights.rows.tolist(), strict=True)
        for row, (options, weight) in zip(self.values.tolist(), beside, strict=True):
            yield [*map(_cell, row), *options, repr(weight)]


@dataclass(frozen=True)
class RunWeights:
    """By what the rows (n,) of a run were weighted: the population's shares by column and option, the bounds
    of the weights, the `own` options of every row, the weights of the `rows`, and of a run whose rows are not
    the whole sample that was raked the options of everybody in it."""

    margins: dict[str, dict[str, float]]
    trim: dict[str, float] | None
    own: list[list[str]]
    rows: NDArray[np.float64]
    sample: list[list[str]] | None

    def sample_table(self) -> Iterator[list[str]]:
        """Header and rows of everybody, in an order that tells nothing."""
        yield list(self.margins)
        yield from sorted(self.sample or [])


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
        responses = finished_as_of(at, run.survey, run.measurement_key, periods, run.segment, run.as_of)
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
    is_structural = instrument.kind == STRUCTURAL  # else each figure has a base of its own
    entered = columns.applies if is_structural else np.ones(len(columns.values), dtype=np.bool_)
    try:
        weights = _weights(run, columns, sample, entered)
    except (NotWeighted, LookupError):
        return None
    if is_structural:
        left_out = int((~entered).sum())
        return RunAnswers(columns.items, columns.values[entered], left_out, weights)
    asked = tuple(item.code for item in instrument.items)
    values = columns.values[:, [columns.items.index(code) for code in asked]]
    return RunAnswers(command_columns(asked, instrument), _with_points(asked, values), 0, weights)


def _with_points(asked: tuple[str, ...], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without points that do not sum to 100, which entered no figure."""
    if set(POINTS) <= set(asked):
        places = [asked.index(code) for code in POINTS]
        values[:, places], _left_out = usable_points(values[:, places])
    return values


def _weights(
    run: Run, columns: ItemColumns, sample: Sample | None, entered: NDArray[np.bool_]
) -> RunWeights | None:
    """Raises NotWeighted, and LookupError for rows that are not in the sample."""
    spec = run.settings.get("weighting", {})
    if "margins" not in spec:
        return None
    raked = weighed(columns, sample, spec).calibration
    if raked is None or not entered.any():
        return None
    rows = np.asarray(raked.of(entered).row_weights, dtype=np.float64)
    everybody = columns.segments if sample is None else sample
    is_whole = sample is None and bool(entered.all())
    return RunWeights(
        {f"{OWN}.{margin}": dict(shares) for margin, shares in spec["margins"].items()},
        spec["trim"],
        _options(columns.segments, spec["margins"], entered),
        rows,
        None if is_whole else _options(everybody, spec["margins"], np.ones(raked.n, dtype=np.bool_)),
    )


def _options(
    segments: Sample, margins: Mapping[str, Mapping[str, float]], chosen: NDArray[np.bool_]
) -> list[list[str]]:
    """For each row its option of every margin, empty where it has none that the margin knows."""
    nobody = np.full(len(chosen), "", dtype=np.str_)
    columns = [
        [option if option in known else "" for option in segments.get(margin, nobody)[chosen].tolist()]
        for margin, known in margins.items()
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _sample(run: Run, at: datetime, periods: list[Period]) -> Sample | None:
    """The segments of everybody whose answers counted then, of whom a segment was weighted as a part."""
    if not run.segment:
        return None
    everybody = finished_as_of(at, run.survey, run.measurement_key, periods, came_by=run.as_of)
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
