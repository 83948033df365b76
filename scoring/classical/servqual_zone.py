"""SERVQUAL with three columns: adequate and desired service, and the zone of tolerance between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.classical.answer_checks import on_scale
from scoring.classical.counting import ALIKE, Counting
from scoring.classical.means import Mean, row_means
from scoring.classical.servqual import DIMENSIONS, ITEMS, dimension_scores, overall
from scoring.errors import DataError

LOWEST, HIGHEST = 1, 9


@dataclass(frozen=True)
class Zone:
    """Means over those who answered all three; `adequacy` and `superiority` are the gaps P − A and P − D,
    `inside` the share of A ≤ P ≤ D, each with its interval."""

    adequate: float
    desired: float
    perceived: float
    adequacy: Mean
    superiority: Mean
    inside: Mean

    @property
    def n(self) -> int:
        """Respondents with all three answers."""
        return self.adequacy.n

    @property
    def msa(self) -> float:
        """P − A, the measure of service adequacy."""
        return self.perceived - self.adequate

    @property
    def mss(self) -> float:
        """P − D, the measure of service superiority."""
        return self.perceived - self.desired

    @property
    def in_zone(self) -> float:
        """The share in the zone of tolerance."""
        return self.inside.mean

    @property
    def width(self) -> float:
        """D − A, the zone of tolerance."""
        return self.desired - self.adequate


@dataclass(frozen=True)
class Tolerance:
    """Zones by item and, for the 22 items, by dimension and as the mean of the five dimensions, as the form
    with two columns has it (`unweighted`); answers that want less than they accept are kept and counted, as
    are the respondents who gave them."""

    n: int
    dimensions: Mapping[str, Zone]
    items: tuple[Zone, ...]
    unweighted: Zone | None
    inconsistent: int
    inconsistent_respondents: int


def zone_of_tolerance(
    adequate: ArrayLike, desired: ArrayLike, perceived: ArrayLike, counting: Counting = ALIKE
) -> Tolerance:
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
    is_full = a.shape[1] == ITEMS
    groups = DIMENSIONS if is_full else {}
    return Tolerance(
        int(whole.any(axis=1).sum()),
        {name: _zone((a, d, p, inside), list(places), counting) for name, places in groups.items()},
        tuple(_zone((a, d, p, inside), [i], counting) for i in range(a.shape[1])),
        _of_rows([overall(dimension_scores(one)) for one in (a, d, p, inside)], counting)
        if is_full
        else None,
        int(inconsistent.sum()),
        int(inconsistent.any(axis=1).sum()),
    )


def _answers(values: ArrayLike, letter: str) -> NDArray[np.float64]:
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 2:
        raise DataError(f"the answers have shape {given.shape}; rows of items are needed")
    return on_scale(given, LOWEST, HIGHEST, [f"{letter}{i + 1}" for i in range(given.shape[1])], whole=False)


def _zone(columns: Sequence[NDArray[np.float64]], places: list[int], counting: Counting) -> Zone:
    return _of_rows([row_means(one[:, places]) for one in columns], counting)


def _of_rows(columns: Sequence[NDArray[np.float64]], counting: Counting) -> Zone:
    """The zone of one score a respondent and column: adequate, desired, perceived, inside."""
    a, d, p, inside = columns
    low, high, got = (counting.mean(one).mean for one in (a, d, p))
    return Zone(low, high, got, counting.mean(p - a), counting.mean(p - d), counting.mean(inside))
