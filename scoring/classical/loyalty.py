"""Loyalty from purchases: runs and shares, lost customers, and what they were worth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

TUCKER_RUN, LAWRENCE_RUN = 3, 4


@dataclass(frozen=True)
class BrandLoyalty:
    """Longest run of one brand among a customer's purchases, both rules on it, and the brand's share."""

    longest: int
    tucker: bool
    lawrence: bool
    share: float


@dataclass(frozen=True)
class Churn:
    """Share of customers lost, and the share of revenue that went with them."""

    absolute: float
    relative: float


def brand_loyalty(purchases: Sequence[str], brand: str) -> BrandLoyalty:
    """Loyal after three purchases in a row (Tucker 1964, J. Marketing Res. 1(3):32) or four (Lawrence 1969,
    J. Marketing Res. 6:137), and share of purchases (Blattberg & Sen 1974, J. Marketing 38(1):17)."""
    longest = run = 0
    for bought in purchases:
        run = run + 1 if bought == brand else 0
        longest = max(longest, run)
    share = sum(bought == brand for bought in purchases) / len(purchases) if purchases else float("nan")
    return BrandLoyalty(longest, longest >= TUCKER_RUN, longest >= LAWRENCE_RUN, share)


def churn(start: int, lost: int, relative_spend: float = 1.0) -> Churn:
    """lost/start, and that times mean spend of the lost over mean spend of all: the share of revenue lost
    (Griffin & Lowenstein 2001, Customer Winback). What counts as lost needs a lapse rule. NaN where there was
    nobody to lose."""
    share = lost / start if start else math.nan
    return Churn(share, share * relative_spend)


def downward_migration(previous: ArrayLike, current: ArrayLike) -> NDArray[np.float64]:
    """(n,) revenue over the previous period's, below 1 is downward; NaN where there was none (a
    definition of customer analysis, without one author)."""
    before, now = np.asarray(previous, dtype=np.float64), np.asarray(current, dtype=np.float64)
    return np.where(before > 0, now / np.where(before > 0, before, 1.0), np.nan)


def loss_of_customer(spent: float, lifetime_value: float, realised: float) -> float:
    """V = Ct + (Vk − Vt): cost already spent plus lifetime value not realised. It counts Ct
    twice if Vk is already net of it (a definition of customer analysis, without one author)."""
    return spent + (lifetime_value - realised)


def margin_multiple(retention: float, discount: float, paid_at_once: bool = False) -> float:
    """r/(1 + i − r): lifetime value per unit of yearly margin, the first after a year; (1 + i)/(1 + i − r)
    if it is paid at once (Gupta & Lehmann 2003, J. Interact. Marketing 17(1):9). Infinite where nobody leaves
    and nothing is discounted."""
    left = 1.0 + discount - retention
    return (1.0 + discount if paid_at_once else retention) / left if left > 0 else math.inf
