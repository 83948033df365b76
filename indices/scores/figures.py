"""Stored scores as the engine compares them."""

import math
from collections.abc import Mapping
from typing import Final, get_args

from indices.models import Score
from scoring.classical.score import Kind
from scoring.classical.score import Score as Figure

KINDS: Final[Mapping[str, Kind]] = {kind: kind for kind in get_args(Kind)}


def figure_of(score: Score) -> Figure:
    """In its own units; NaN for what was not known."""
    se, low, high = (math.nan if one is None else one for one in (score.se, score.low, score.high))
    return Figure(
        score.code,
        KINDS[score.kind],
        score.value,
        se,
        low,
        high,
        score.n,
        tuple(score.counts),
        score.n_effective,
    )
