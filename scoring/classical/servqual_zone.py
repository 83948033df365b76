"""SERVQUAL with three columns: adequate and desired service, and the zone of tolerance between them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.classical.answer_checks import on_scale
from scoring.classical.means import mean_of, row_means
from scoring.classical.servqual import DIMENSIONS, ITEMS
from scoring.errors import DataError

LOWEST, HIGHEST = 1, 9


@dataclass(frozen=True)
class Zone:
    """Means over the `n` who answered all three; `msa` and `mss` are superiority and adequacy gaps,
    `in_zone` the share of A ≤ P ≤ D."""

    n: int
    adequate: float
    desired: float
    perceived: float
    msa: float
    mss: float
    in_zone: float

    @property
    def width(self) -> float:
        """D − A, the zone of tolerance."""
        return self.desired - self.adequate


@dataclass(frozen=True)
class Tolerance:
    """Zones by item and, for the 22 items, by dimension; answers that want less than they accept are kept
    and counted, as are the respondents who gave them."""

    n: int
    dimensions: Mapping[str, Zone]
    items: tuple[Zone, ...]
    inconsistent: int
    inconsistent_respondents: int


def zone_of_tolerance(adequate: ArrayLike, desired: ArrayLike, perceived: ArrayLike) -> Tolerance:
    """MSA = P − A, MSS = P − D and the zone D − A from three columns (n, k) on 1..9 (Parasuraman, Zeithaml &
    Berry 1994, J. Retailing 70:201). An item counts where all three are answered; a dimension is every
    respondent's mean over its items."""
    a, d, p = (_answers(one, letter) for one, letter in ((adequate, "A"), (desired, "D"), (perceived, "P")))
    if not a.shape == d.shape == p.shape:
        raise DataError(f"the three columns have shapes {a.shape}, {d.shape} and {p.shape}; they must agree")
    whole = ~(np.isnan(a) | np.isnan(d) | np.isnan(p))
    a, d, p = (np.where(whole, one, np.nan) for one in (a, d, p))
    inside = np.where(whole, (a <= p) & (p <= d), np.nan)
    inconsistent = a > d
    groups = DIMENSIONS if a.shape[1] == ITEMS else {}
    return Tolerance(
        int(whole.any(axis=1).sum()),
        {name: _zone(a, d, p, inside, list(places)) for name, places in groups.items()},
        tuple(_zone(a, d, p, inside, [i]) for i in range(a.shape[1])),
        int(inconsistent.sum()),
        int(inconsistent.any(axis=1).sum()),
    )


def _answers(values: ArrayLike, letter: str) -> NDArray[np.float64]:
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 2:
        raise DataError(f"the answers have shape {given.shape}; rows of items are needed")
    return on_scale(given, LOWEST, HIGHEST, [f"{letter}{i + 1}" for i in range(given.shape[1])], whole=False)


def _zone(
    a: NDArray[np.float64],
    d: NDArray[np.float64],
    p: NDArray[np.float64],
    inside: NDArray[np.float64],
    places: list[int],
) -> Zone:
    rows = [row_means(one[:, places]) for one in (a, d, p, inside)]
    low, high, got, share = (mean_of(one).mean for one in rows)
    n = mean_of(rows[2]).n
    return Zone(n, low, high, got, got - low, got - high, share if n else math.nan)
