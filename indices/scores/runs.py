"""What a run of an instrument without a structural model computes and stores. Worker only."""

from collections.abc import Mapping
from typing import Any

from indices.models import Estimate, FiguresBy, Run, Score
from indices.runs.weighting import Weighting
from scoring.classical.counting import ALIKE, Counting
from scoring.classical.measured import METHODS, Answers, Measured, measure, refused
from scoring.classical.score import Score as Found
from scoring.classical.written import plain
from scoring.instrument import Instrument
from surveys.selectors import ItemColumns

LEVEL = 0.95
STRUCTURAL = "structural"


def measured(instrument: Instrument, columns: ItemColumns, weighting: Weighting | None = None) -> Measured:
    """The instrument's figures from the columns; a column's base is who answered it.

    Never without the weights that were asked for: where there are none, no figure, but why.
    """
    if weighting and weighting.issue:
        return refused(weighting.issue.to_json())
    counting = Counting(weighting.calibration) if weighting else ALIKE
    return measure(instrument, Answers(columns.items, columns.values), counting)


def settings_of(instrument: Instrument) -> dict[str, Any]:
    """How the figures are made, so that they can be made again."""
    own = {"box": list(instrument.box)} if instrument.box else {}
    wording = {"wording": instrument.wording} if instrument.wording else {}
    return {"kind": instrument.kind, "level": LEVEL, **METHODS[instrument.kind], **own, **wording}


def store_scores(run: Run, n: int, found: Measured) -> None:
    """Store the whole result and its figures; what the run held before is gone."""
    estimate = Estimate.objects.create(
        run=run,
        estimator=FiguresBy.SCORE,
        status=found.status,
        n=n,
        n_used=found.n_used,
        result={**found.values, "status": found.status, "issues": found.issues},
    )
    Score.objects.bulk_create(Score(estimate=estimate, **_fields(one)) for one in found.scores)


def _fields(one: Found) -> Mapping[str, Any]:
    fields: dict[str, Any] = plain(one)
    return fields
