"""All that can be said about a scale from its items' answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from scoring.arrays import Floats
from scoring.classical.answer_checks import in_range
from scoring.classical.factorability import Bartlett, bartlett, is_singular, kmo
from scoring.classical.item_analysis import (
    alpha_if_deleted,
    corrected_item_total,
    feldt_interval,
    standardised_alpha,
)
from scoring.classical.means import is_constant
from scoring.classical.one_factor import fit_one_factor
from scoring.errors import DataError
from scoring.structural.moments import from_rows
from scoring.structural.reliability import alpha, composite_reliability

LEAST_ANSWERS = 3


@dataclass(frozen=True)
class ItemStatistics:
    """One item: corrected item-total correlation, and α without it; NaN with two items."""

    item: str
    item_total: float
    alpha_if_deleted: float


@dataclass(frozen=True)
class Assessment:
    """Reliability and validity over the `n` complete rows; NaN for what these answers cannot give, and
    `messages` says why."""

    n: int
    alpha: float
    alpha_low: float
    alpha_high: float
    std_alpha: float
    omega: float
    kmo: float
    bartlett: Bartlett
    items: tuple[ItemStatistics, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True)
class NoAssessment:
    """Why nothing can be said."""

    n: int
    status: Literal["too_few", "not_identified"]
    message: str


def assess(answers: ArrayLike, items: Sequence[str], level: float = 0.95) -> Assessment | NoAssessment:
    """α (Cronbach 1951) with Feldt's interval (1965), standardised α, ω of a one-factor ML (McDonald 1999),
    KMO (Kaiser 1974), Bartlett (1951) and item statistics from answers (n, k), k ≥ 2.

    Rows with a missing answer are left out (listwise). Items must run in one direction: turn the reversed
    ones round first (min + max − x).
    """
    rows = in_range(answers, items)
    if rows.ndim != 2 or rows.shape[1] != len(items) or len(items) < 2:
        raise DataError(
            f"the answers have shape {rows.shape}; two or more items are needed, each with a name"
        )
    complete = rows[~np.isnan(rows).any(axis=1)]
    if refusal := _refusal(complete, len(rows), items):
        return refusal
    moments = from_rows(complete)
    return _assessment(moments.n, moments.covariance, moments.correlation, items, level)


def _refusal(complete: Floats, read: int, items: Sequence[str]) -> NoAssessment | None:
    n = len(complete)
    if n < LEAST_ANSWERS:
        return NoAssessment(n, "too_few", f"{n} of {read} rows answer all items; {LEAST_ANSWERS} are needed.")
    constant = [item for item, values in zip(items, complete.T, strict=True) if is_constant(values)]
    if constant:
        names = ", ".join(constant)
        return NoAssessment(n, "not_identified", f"Everybody gave the same answer to {names}; leave it out.")
    spread = from_rows(complete).covariance
    if not spread.sum() > 1e-12 * np.trace(spread):
        return NoAssessment(n, "not_identified", "The items cancel out; turn the reversed ones round first.")
    return None


def _assessment(
    n: int, covariance: Floats, correlation: Floats, items: Sequence[str], level: float
) -> Assessment:
    value = alpha(covariance)
    factor = fit_one_factor(correlation)
    totals = corrected_item_total(covariance)
    statistics = zip(items, totals.tolist(), alpha_if_deleted(covariance).tolist(), strict=True)
    return Assessment(
        n,
        value,
        *feldt_interval(value, n, len(items), level),
        standardised_alpha(correlation),
        composite_reliability(factor.loadings, factor.uniqueness),
        kmo(correlation),
        bartlett(correlation, n),
        tuple(ItemStatistics(*one) for one in statistics),
        _messages(correlation, factor.verdict, items, totals),
    )


def _messages(correlation: Floats, verdict: str, items: Sequence[str], totals: Floats) -> tuple[str, ...]:
    found = [
        f"{item} runs against the other items; check whether its scale is turned round."
        for item, total in zip(items, totals, strict=True)
        if total < 0
    ]
    if is_singular(correlation):
        found.append("One item follows from the others: ω, KMO and Bartlett's test cannot be given.")
    elif len(items) < 3:
        found.append("ω and α without an item need at least three items.")
    elif verdict == "improper":
        found.append("ω cannot be given: a one-factor model leaves an item no variance of its own.")
    elif verdict != "ok":
        found.append("ω cannot be given: the search for the one-factor model did not come to an end.")
    return tuple(found)
