"""Customer effort score (CES), both versions."""

from dataclasses import dataclass
from typing import Literal

from numpy.typing import ArrayLike

from scoring.classical.answer_checks import on_scale
from scoring.classical.means import Mean, mean_of
from scoring.classical.top_box import TopBox, top_box
from scoring.scale import Scale

Version = Literal[1, 2]

SCALES: dict[Version, Scale] = {1: Scale(1, 5, reverse=True), 2: Scale(1, 7)}
EASY_BOXES: dict[Version, int] = {1: 2, 2: 3}


@dataclass(frozen=True)
class EffortScore:
    """The mean answer and the share of those who had it easy. `version` is stored with the result: the two
    run in opposite directions."""

    version: Version
    mean: Mean
    easy: TopBox


def effort_score(answers: ArrayLike, version: Version, level: float = 0.95) -> EffortScore:
    """Mean and easy share of effort answers; NaN is missing.

    Version 1 asks how much effort was needed, 1..5, low is good (Dixon, Freeman & Toman 2010, HBR 88(7):116);
    version 2 asks for agreement that it was easy, 1..7, and counts 5..7 (CEB 2013).
    """
    scale = SCALES[version]
    given = on_scale(answers, scale.minimum, scale.maximum, "answers")
    return EffortScore(version, mean_of(given, level), top_box(given, scale, EASY_BOXES[version], level))
