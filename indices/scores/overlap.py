"""How the scores of two overlapping windows go together, where either is weighted. Worker only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from indices import weighted
from indices.comparing.comparability import Pair, pooled_periods
from indices.models import Run
from indices.runs.weighting import READINGS, weigh_run
from scoring.classical.calibration import Calibration, uncalibrated
from scoring.classical.margins import NotWeighted, placed
from scoring.classical.measured import Answers
from scoring.classical.overlap import Window, correlation
from scoring.classical.score_rows import Rows, score_rows
from scoring.instrument import Instrument
from surveys.models import Period
from surveys.selectors import ItemColumns, item_columns, latest_use, segment_columns

Sample = Mapping[str, NDArray[np.str_]]  # for each segment question the option that every row has


def correlations(pair: Pair, both: Sequence[Period]) -> dict[str, float]:
    """For each score the correlation of its errors in the two windows, which share the periods `both`.

    The answers are read again: weights that changed since by some late ones move it by as little. Where that
    cannot be done any more there are none, and errors of differences rather too large.
    """
    run = pair.later
    instrument = latest_use(run.survey, run.measurement_key).instrument
    for _reading in range(READINGS):
        shared = item_columns(run.survey, instrument, run.measurement_key, both, run.segment)
        everybody = segment_columns(run.survey, run.measurement_key, both)
        try:
            held = [_window(one, instrument, shared, everybody) for one in (run, pair.earlier)]
        except LookupError:  # an answer came in between two readings
            continue
        except NotWeighted:
            break
        rows = score_rows(instrument, Answers(shared.items, shared.values))
        (first, now), (second, before) = held
        return {
            code: correlation(first, second, (now[code], before[code]), own) for code, own in rows.items()
        }
    return {}


def _window(run: Run, instrument: Instrument, shared: ItemColumns, everybody: Sample) -> tuple[Window, Rows]:
    """One of the two as it was weighted, and what its rows add to each score. Raises `LookupError`, and
    `NotWeighted` where it cannot be any more."""
    n = max((len(column) for column in everybody.values()), default=len(shared.values))
    if not weighted.digest(run.settings):
        pooled = pooled_periods(run)
        columns = item_columns(run.survey, instrument, run.measurement_key, pooled, run.segment)
        alike = uncalibrated(np.ones(max(len(columns.values), 1)))
        rows = score_rows(instrument, Answers(columns.items, columns.values))
        return _alike(alike, len(shared.values), n), rows
    found = weigh_run(run, instrument, pooled_periods(run), run.segment)
    if found.refused:
        raise found.refused
    if found.calibration is None:
        raise LookupError("the window has no answers any more")
    margins = run.settings["weighting"]["margins"]
    own = placed(found.calibration, shared.segments, len(shared.values), margins)
    all_shared = placed(found.calibration, everybody, n, margins)
    rows = score_rows(instrument, Answers(found.columns.items, found.columns.values))
    return Window(found.calibration, own, all_shared), rows


def _alike(calibration: Calibration, own: int, everybody: int) -> Window:
    """Every answer counts alike and has the one cell that there is."""
    cells = (np.zeros(size, dtype=np.intp) for size in (own, everybody))
    return Window(calibration, *(replace(calibration, place=one) for one in cells))
