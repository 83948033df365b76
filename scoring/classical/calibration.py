"""A sample raked to margins by the cells its rows fall in, and the errors of what is estimated from it.

Rows with the same values on every margin have the same weight, so a sample is a list of cells with their
sizes. Who gave no value on a margin keeps the share of the sample that gave none: that share is estimated,
not known, and takes no error away.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scoring.arrays import Bools, Floats, Ints

RESAMPLE_TOLERANCE, RESAMPLE_CYCLES = 1e-6, 100  # of a factor; errors need no more


@dataclass(frozen=True)
class Calibration:
    """`cells` (c, m): the value of each of m margins, the number of a margin's values standing for none;
    `sizes` (c,) rows of the sample and `weights` (c,) the raked weight of each of them; `shares` the
    population's for every value of each margin, summing to 1; `place` (n,) the cells of the rows that an
    estimate rests on, in their order: all of the sample, or a part.

    `found` keeps what depends on the sample alone, once for all that differ in `place` only."""

    cells: Ints
    sizes: Floats
    weights: Floats
    shares: tuple[Floats, ...]
    place: Ints
    found: dict[str, NDArray[np.float64]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n(self) -> int:
        """Rows of the sample."""
        return int(self.sizes.sum())

    @property
    def row_weights(self) -> Floats:
        """(n,) weights of the estimate's rows."""
        return np.asarray(self.weights[self.place])

    def of(self, chosen: Bools) -> "Calibration":
        """The same for fewer of the estimate's rows."""
        return replace(self, place=self.place[chosen])

    @cached_property
    def outside(self) -> Floats:
        """(c,) rows of the sample that the estimate does not rest on."""
        return np.asarray(self.sizes - np.bincount(self.place, minlength=len(self.sizes)))

    @cached_property
    def columns(self) -> Ints:
        """(c, m) which of all margins' dummies, side by side, a cell has."""
        return np.asarray(self.cells + self._starts)

    @cached_property
    def _starts(self) -> Ints:
        sizes = [len(shares) + 1 for shares in self.shares]
        return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)

    @property
    def _dummies(self) -> Floats:
        """(c, K) the dummies of every cell."""
        if "dummies" not in self.found:
            table = np.zeros((len(self.cells), sum(len(one) + 1 for one in self.shares)))
            table[np.arange(len(self.cells))[:, None], self.columns] = 1.0
            self.found["dummies"] = table
        return self.found["dummies"]

    @property
    def _inverse(self) -> Floats:
        """(K, K) of the weighted cross-products of the dummies over the whole sample."""
        if "inverse" not in self.found:
            table = self._dummies
            cross = (table * (self.sizes * self.weights)[:, None]).T @ table
            self.found["inverse"] = np.asarray(
                np.linalg.pinv(cross, rcond=1e-10, hermitian=True), dtype=np.float64
            )
        return self.found["inverse"]

    def adjustment(self, by_value: Floats) -> Floats:
        """What calibrating adds to the linearised value of every row of a cell (c, k), before it is summed.

        `by_value` (K, k) holds the weighted sums over the estimate's rows of what each adds to k estimates
        without calibration, by the dummies of the margins. With B its regression on the dummies over the
        whole sample, a row is worth w(h − x'B) (Deville & Särndal 1992, J. Am. Stat. Assoc. 87:376, sec.
        3), h being 0 where the estimate does not rest on it; and, for the share that gave no value, what
        moving the target from the known values to none would change. The regression has the raked weights,
        as follows from raking's own equations Σ exp(x'λ) x = T: with base weights it is the same only where
        the sample lies close to its population, and makes errors of segments far too wide elsewhere.
        """
        slopes = self._inverse @ by_value
        return np.asarray(-self.weights[:, None] * (self._dummies @ slopes) + self._open_targets(slopes))

    def _open_targets(self, slopes: Floats) -> Floats:
        """(c, k) weighted as the sample's mean weight."""
        total = np.zeros((len(self.cells), slopes.shape[1]))
        for margin, shares, start in zip(self.cells.T, self.shares, self._starts, strict=True):
            silent = (margin == len(shares)).astype(np.float64)
            if silent.any():
                apart = slopes[start + len(shares)] - shares @ slopes[start : start + len(shares)]
                share = self.sizes @ silent / self.sizes.sum()
                total += np.outer(silent - share, apart)
        mean = float(self.sizes @ self.weights) / float(self.sizes.sum())
        return total * mean

    def by_value(self, sums: Floats) -> Floats:
        """(K, k) weighted sums by the margins' dummies from sums by cell (c, k) that are not weighted."""
        return np.asarray(self._dummies.T @ (sums * self.weights[:, None]))

    # -- drawing again

    def drawn(self, batch: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """How often the sample, drawn again with replacement, holds each of the estimate's rows (b, n) and
        what factor raking it again puts on the weights of each cell (b, c)."""
        n = len(self.place)
        counts, others = np.zeros((batch, n)), np.zeros((batch, len(self.sizes)))
        outside = np.maximum(self.outside, 0.0)
        chances = np.concatenate([[n], outside]) / (n + outside.sum())
        for one in range(batch):  # one by one, so that the draws do not depend on the size of a batch
            own, *rest = rng.multinomial(int(n + outside.sum()), chances)
            counts[one] = np.bincount(rng.integers(0, n, own), minlength=n)
            others[one] = rest
        return counts, self.factors(self._summed(counts) + others)

    def _summed(self, counts: Floats) -> Floats:
        """(b, c) counts (b, n) of the estimate's rows by their cells."""
        order = np.argsort(self.place, kind="stable")
        present, first = np.unique(self.place[order], return_index=True)
        sums = np.zeros((len(counts), len(self.sizes)))
        sums[:, present] = np.add.reduceat(counts[:, order], first, axis=1)
        return sums

    def factors(self, counts: Floats) -> Floats:
        """Factors (b, c) that rake samples with `counts` (b, c) rows in the cells from the weights they have.

        Beginning from the raked weights changes nothing in the end but where they were trimmed, which stays
        so. A value that a resample does not hold leaves its share to the others of its margin.
        """
        found, start = np.ones_like(counts), counts * self.weights
        steps = list(self._targets(counts))
        for _ in range(RESAMPLE_CYCLES):
            apart = 0.0
            for margin, member, target in steps:
                sums = (start * found) @ member
                moved = np.where(sums > 0, target / np.where(sums > 0, sums, 1.0), 1.0)
                found *= moved[:, margin]
                apart = max(apart, float(np.abs(moved - 1.0).max()))
            if apart <= RESAMPLE_TOLERANCE:
                break
        return found

    def _targets(self, counts: Floats) -> Iterator[tuple[Ints, Floats, Floats]]:
        """For every margin its values (c,), its dummies (c, v) and the targets (b, v) of the samples."""
        n = counts.sum(axis=1)
        for margin, shares in zip(self.cells.T, self.shares, strict=True):
            member = np.eye(len(shares) + 1)[margin]
            present = counts @ member
            silent = present[:, -1:]
            known = np.where(present[:, :-1] > 0, shares, 0.0)
            total = known.sum(axis=1, keepdims=True)
            known = known / np.where(total > 0, total, 1.0) * (n[:, None] - silent)
            yield margin, member, np.hstack([known, silent])


def uncalibrated(weights: Floats) -> Calibration:
    """Rows with weights (n,) above 0 that no margin is known of: a sample whose one margin has one value, so
    that its errors are those of a weighted mean (Kish 1965, Survey Sampling, sec. 11.7)."""
    shares = weights / weights.max()  # first, since the sum of very large weights would be infinite
    own, place, sizes = np.unique(shares / shares.mean(), return_inverse=True, return_counts=True)
    cells = np.zeros((len(own), 1), dtype=np.intp)
    rows = place.ravel().astype(np.intp)
    return Calibration(cells, sizes.astype(np.float64), own, (np.ones(1),), rows)


def calibrated_covariance(calibration: Calibration, own: Floats, sums: Floats) -> NDArray[np.float64]:
    """N/(N−1) Σ (z − z̄)(z − z̄)' (k, k) over the N rows of the sample, z the calibrated contributions to k
    estimates (Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling, sec. 6.6).

    `own` (k, k) is Σ w² h h' over the estimate's rows and `sums` (c, k) are Σ h by cell, not weighted.
    """
    moved = calibration.adjustment(calibration.by_value(sums))
    weighted = calibration.weights[:, None] * sums
    cross = weighted.T @ moved
    sizes = calibration.sizes
    products = own + cross + cross.T + (moved * sizes[:, None]).T @ moved
    total = weighted.sum(axis=0) + sizes @ moved
    n = calibration.n
    return np.asarray((products - np.outer(total, total) / n) * n / max(n - 1, 1))
