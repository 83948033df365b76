"""How two weighted scores go together whose samples share respondents, as overlapping windows do."""

import math
from dataclasses import dataclass

import numpy as np

from scoring.arrays import Floats
from scoring.classical.calibration import Calibration
from scoring.classical.counting import Linear, linearised


@dataclass(frozen=True)
class Window:
    """One of the two samples as raked: its `calibration` placed on the rows that the scores rest on, then
    the same placed on those of them that both samples hold (`own`), and on everybody whom both hold."""

    calibration: Calibration
    own: Calibration
    everybody: Calibration


def correlation(first: Window, second: Window, values: tuple[Floats, Floats], shared: Floats) -> float:
    """Of the errors of two weighted means, one in each window: Σ z₁z₂ over the respondents in both samples
    by √(Σz₁² Σz₂²), z their calibrated contributions (Kish 1965, Survey Sampling, ch. 12; Särndal, Swensson
    & Wretman 1992, Model Assisted Survey Sampling, sec. 6.6).

    `values` are what the rows of each window add to the score, `shared` (m,) the same of those that are in
    both, in one order for both; NaN where there is nothing. 0 where either does not vary.
    """
    windows = (first, second)
    found = [_linear(one, own) for one, own in zip(windows, values, strict=True)]
    if not all(one.variance > 0.0 for one in found):
        return 0.0
    both = zip(windows, found, strict=True)
    (z1, moved1, all1), (z2, moved2, all2) = (_contributions(one, linear, shared) for one, linear in both)
    together = float(z1 @ z2 + z1 @ moved2 + moved1 @ z2 + all1 @ all2)
    return together / math.sqrt(found[0].variance * found[1].variance)


def _linear(window: Window, values: Floats) -> Linear:
    there = np.asarray(~np.isnan(values))
    if not there.any():
        return Linear(math.nan, 0.0, np.zeros(len(window.calibration.sizes)), 0.0, 0.0)
    return linearised(window.calibration.of(there), values[there])


def _contributions(window: Window, linear: Linear, shared: Floats) -> tuple[Floats, Floats, Floats]:
    """What the answers of the shared rows add, what their cells do, and what those of everybody shared do."""
    there = ~np.isnan(shared)
    apart = np.where(there, shared - linear.mean, 0.0) / linear.total
    moved = linear.moved[window.own.place]
    return window.own.row_weights * apart, moved, linear.moved[window.everybody.place]
