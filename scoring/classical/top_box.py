"""Customer satisfaction score (CSAT) and other top-box shares."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scoring.classical.answer_checks import on_scale
from scoring.classical.counting import ALIKE, Counting
from scoring.classical.proportions import newcombe_difference, wilson
from scoring.errors import OptionError
from scoring.scale import Scale


@dataclass(frozen=True)
class TopBox:
    """The share of `n` answers that lie in a box of `boxes` points of a scale, with Wilson's interval.

    Where they are weighted, `count` are still those that lie in it, and `effective` the counts inside and
    outside at the effective base that the interval has (see `counting.Tally`); None else.
    """

    boxes: int
    n: int
    count: int
    share: float
    low: float
    high: float
    n_effective: float | None = None
    effective: tuple[float, ...] | None = None


@dataclass(frozen=True)
class BoxDifference:
    """First share minus second, with Newcombe's interval."""

    difference: float
    low: float
    high: float


def top_box(answers: ArrayLike, scale: Scale, boxes: int, level: float = 0.95) -> TopBox:
    """Share of answers in the best `boxes` points: CSAT is two of five or three of seven, and the box is
    always named (Farris et al. 2010, Marketing Metrics, ch. 2). NaN is missing.

    On a reversed scale the best points are the lowest. A mean score is another metric (`means.mean_of`).
    """
    if not 1 <= boxes <= scale.width:
        raise OptionError(f"a box of {boxes} points does not fit a scale of {scale.width + 1:g} points")
    low = scale.minimum if scale.reverse else scale.maximum - boxes + 1
    return box_share(answers, scale, low, low + boxes - 1, level)


def box_share(
    answers: ArrayLike,
    scale: Scale,
    lowest: float,
    highest: float,
    level: float = 0.95,
    counting: Counting = ALIKE,
) -> TopBox:
    """Share of answers from `lowest` to `highest`, whichever points of the scale these are, with Wilson's
    interval (Wilson 1927, J. Am. Stat. Assoc. 22:209). NaN is missing."""
    if not scale.minimum <= lowest <= highest <= scale.maximum:
        raise OptionError(f"a box from {lowest:g} to {highest:g} does not lie on the scale")
    given = on_scale(answers, scale.minimum, scale.maximum, "answers")
    inside = np.where(np.isnan(given), np.nan, (given >= lowest) & (given <= highest))
    found = counting.tally(inside, (1, 0))
    low, high = wilson(found.effective[0], found.base, level)
    share = found.effective[0] / found.base if found.n else math.nan
    known = (None, None) if found.n_effective is None else (found.n_effective, found.effective)
    return TopBox(int(highest - lowest) + 1, found.n, found.counts[0], share, low, high, *known)


def box_difference(first: TopBox, second: TopBox, level: float = 0.95) -> BoxDifference:
    """Difference of two independent top-box shares (Newcombe 1998, Stat. Med. 17:873, method 10).

    Raises `OptionError` for shares of different boxes, which cannot be compared.
    """
    if first.boxes != second.boxes:
        raise OptionError(f"a top-{first.boxes} box cannot be compared with a top-{second.boxes} box")
    return BoxDifference(*newcombe_difference(first.count, first.n, second.count, second.n, level))
