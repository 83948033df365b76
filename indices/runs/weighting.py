"""Weighting a run's answers to the margins of its survey. Worker only.

The weights are those of all answers of the run's periods; a segment has the same ones, as its part of them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indices.models import Run
from scoring.arrays import Bools
from scoring.classical.calibration import Calibration
from scoring.classical.design_effect import design_effect
from scoring.classical.margins import NotWeighted, Weighted, placed, weigh
from scoring.classical.rake import Trim
from scoring.instrument import Instrument
from scoring.structural.issues import Issue, issue
from surveys import weighting
from surveys.models import Period, Survey
from surveys.questionnaire.parts import OWN
from surveys.selectors import ItemColumns, item_columns, segment_columns

READINGS: Final = 5  # of answers that come while they are read


@dataclass(frozen=True)
class Weighting:
    """A run's answers, with their weights or why there are none."""

    columns: ItemColumns
    is_structural: bool = True
    weighted: Weighted | None = None
    calibration: Calibration | None = None
    refused: NotWeighted | None = None

    @property
    def own(self) -> Bools:
        """(n,) the rows that some figure rests on: where the model applies, or who gave any answer."""
        applies, answered = self.columns.applies, ~np.isnan(self.columns.values).all(axis=1)
        return np.asarray(applies if self.is_structural else answered)

    @property
    def issue(self) -> Issue | None:
        """Why the answers are not weighted, by codes that a report has names for."""
        if self.refused is None:
            return None
        params = dict(self.refused.params)
        if "value" in params:
            params["value"] = f"{params['margin']}:{params['value']}"
        if "margin" in params:
            params["margin"] = f"{OWN}.{params['margin']}"
        return issue(self.refused.code, **params)


def asked(survey: Survey) -> dict[str, Any]:
    """What a run keeps of the survey's weighting among its settings; nothing if there is none."""
    stated = survey.weighting
    if not stated:
        return {}
    spec = {
        "digest": weighting.digest(stated),
        "margins": weighting.shares(stated),
        "trim": stated["trim"],
    }
    return {"weighting": spec}


def weigh_run(
    run: Run,
    instrument: Instrument,
    periods: Sequence[Period],
    segment: str,
    as_of: datetime | None = None,
) -> Weighting:
    """The answers of a run's periods and a segment, weighted as the run's settings say; those that came until
    `as_of`, or all there are."""
    spec, is_structural = run.settings["weighting"], instrument.kind == "structural"
    key = run.measurement_key
    for _reading in range(READINGS):
        columns = item_columns(run.survey, instrument, key, periods, segment, as_of).in_order()
        if not len(columns.values):
            return Weighting(columns, is_structural)
        try:
            sample = segment_columns(run.survey, key, periods, as_of) if segment else None
            return replace(weighed(columns, sample, spec), is_structural=is_structural)
        except NotWeighted as refused:
            return Weighting(columns, is_structural, refused=refused)
        except LookupError:  # an answer came in between the two readings
            continue
    raise RuntimeError("the answers did not stand still while they were read")


def weighed(
    columns: ItemColumns, sample: Mapping[str, NDArray[np.str_]] | None, spec: Mapping[str, Any]
) -> Weighting:
    """Columns with the weights of a `sample` that they are part of, or of their own.

    Raises NotWeighted, and LookupError for rows that are not in the sample.
    """
    every = columns.segments if sample is None else sample
    bounds = Trim(**spec["trim"]) if spec["trim"] else None
    found = weigh(every, _rows(every, len(columns.values)), spec["margins"], bounds)
    if sample is None:
        return Weighting(columns, weighted=found, calibration=found.calibration)
    own = placed(found.calibration, columns.segments, len(columns.values), spec["margins"])
    return Weighting(columns, weighted=found, calibration=own)


def _rows(sample: Mapping[str, NDArray[np.str_]], least: int) -> int:
    """How many rows the sample has; where no question has any column, nobody can be told apart anyway."""
    return max((len(column) for column in sample.values()), default=least)


def stored(run: Run, found: Weighting | None) -> dict[str, Any]:
    """What the run's settings say of its weighting once it was done: {} if there is none.

    `deff` and `n_effective` are of the run's own answers, `smallest` how many of them at least have the same
    weight for the same options, `weight` their share of the sample's whole weight; the rest is of all answers
    of its periods.
    """
    spec = run.settings.get("weighting")
    if not spec or found is None:
        return dict(run.settings)
    if found.weighted is None or found.calibration is None:
        problem = {"problem": found.issue.to_json()} if found.issue else {}
        return {"weighting": {**spec, **problem}}
    own = found.calibration.of(found.own).row_weights
    every = found.weighted.calibration
    deff = design_effect(own) if len(own) else 1.0
    result = {
        "n": every.n,
        "deff": deff,
        "n_effective": len(own) / deff,
        "smallest": _smallest(found, found.calibration),
        "weight": float(found.calibration.row_weights.sum()) / every.n,
        "least": float(every.weights.min()),
        "largest": float(every.weights.max()),
        "iterations": found.weighted.iterations,
        "lacking": dict(found.weighted.lacking),
        "shares": [asdict(one) for one in found.weighted.margins],
        "sample": _fingerprint(every),
    }
    return {"weighting": {**spec, **result}}


def _smallest(found: Weighting, calibration: Calibration) -> int:
    """The fewest answers to any item in a cell that has any."""
    there = ~np.isnan(found.columns.values[found.own])
    place = calibration.of(found.own).place
    sizes = [np.bincount(place[column]) for column in there.T]
    return min((int(one[one > 0].min()) for one in sizes if one.any()), default=0)


def _fingerprint(every: Calibration) -> str:
    """SHA-256 of how many rows of the sample have which options, whatever their order."""
    cells = np.column_stack([every.cells, every.sizes.astype(np.int64)])
    return hashlib.sha256(np.ascontiguousarray(cells, dtype="<i8").tobytes()).hexdigest()
