"""What every respondent adds to each score of an instrument: the numbers that the score is a mean of."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from scoring.classical.kano import classify
from scoring.classical.kano_classes import favourable
from scoring.classical.measured import MEAN, METHODS, PAIR, POINTS, Answers
from scoring.classical.nps import scored
from scoring.classical.servqual import DIMENSIONS, ITEMS, dimension_scores, overall, usable_points
from scoring.instrument import Instrument

Rows = dict[str, NDArray[np.float64]]


def score_rows(instrument: Instrument, answers: Answers) -> Rows:
    """For each score (n,) numbers by its code, NaN for those who are not in its base.

    Their mean is the score in the unit it is counted in: a net score and a share as a fraction, −Worse.
    """
    return KINDS[instrument.kind](instrument, answers)


def _nps(instrument: Instrument, answers: Answers) -> Rows:
    construct = instrument.constructs[0]
    return {construct.code: scored(answers.column(construct.items[0].code))}


def _box(instrument: Instrument, answers: Answers) -> Rows:
    construct = instrument.constructs[0]
    given, (low, high) = answers.column(construct.items[0].code), instrument.box or (0, 0)
    inside = np.where(np.isnan(given), np.nan, (given >= low) & (given <= high))
    return {construct.code: inside, MEAN: given}


def _servqual(_instrument: Instrument, answers: Answers) -> Rows:
    return _with_overall("gap", _letters(answers, "p") - _letters(answers, "e"), answers)


def _servperf(_instrument: Instrument, answers: Answers) -> Rows:
    return _with_overall("perception", _letters(answers, "p"), answers)


def _with_overall(name: str, items: NDArray[np.float64], answers: Answers) -> Rows:
    dimensions = dimension_scores(items)
    rows = {"unweighted": overall(dimensions)}
    if set(POINTS) <= set(answers.items):
        points, _left_out = usable_points(answers.block(POINTS))
        rows["weighted"] = overall(dimensions, points)
    return rows | _by_part(name, items, dimensions)


def _zone(_instrument: Instrument, answers: Answers) -> Rows:
    adequate, desired, perceived = (_letters(answers, letter) for letter in "adp")
    rows: Rows = {}
    for name, other, third in (("msa", adequate, desired), ("mss", desired, adequate)):
        items = np.where(np.isnan(third), np.nan, perceived - other)  # an item needs all three
        dimensions = dimension_scores(items)
        rows |= {name: overall(dimensions), **_by_part(name, items, dimensions)}
    return rows


def _by_part(name: str, items: NDArray[np.float64], dimensions: NDArray[np.float64]) -> Rows:
    parts = {f"{name}.{one}": column for one, column in zip(DIMENSIONS, dimensions.T, strict=True)}
    return parts | {f"{name}.{number}": column for number, column in enumerate(items.T, start=1)}


def _letters(answers: Answers, letter: str) -> NDArray[np.float64]:
    return answers.block([f"{letter}{number}" for number in range(1, ITEMS + 1)])


def _kano(instrument: Instrument, answers: Answers) -> Rows:
    rows = {}
    for construct in instrument.constructs:
        there, absent = (answers.column(f"{construct.code}_{name}") for name in PAIR)
        letters = classify(there, absent, METHODS["kano"]["table"])
        rows[f"better.{construct.code}"] = favourable(letters, "AO")
        rows[f"worse.{construct.code}"] = favourable(letters, "OM")
    return rows


KINDS: Mapping[str, Callable[[Instrument, Answers], Rows]] = {
    "nps": _nps,
    "csat": _box,
    "ces": _box,
    "servqual": _servqual,
    "servperf": _servperf,
    "servqual_zone": _zone,
    "kano": _kano,
}
