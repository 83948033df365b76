"""Moments of bootstrap and jackknife resamples, a chunk at a time so that memory is bounded."""

from collections.abc import Iterator

import numpy as np

from scoring.arrays import Floats
from scoring.classical.calibration import Calibration
from scoring.structural.answers import Answers
from scoring.structural.group_sums import GROUPS
from scoring.structural.pls_cases import Cases, summed

LARGEST_CHUNK = 4_000_000  # numbers held at once in the largest array of a chunk, 32 MB
LARGEST_DELETE_ONE = 20_000  # rows; beyond, groups of rows are left out instead of single rows
GROUPING_SEED = 0

Resamples = Iterator[tuple[Floats, Floats]]


def bootstrap_moments(cases: Cases, resamples: int, rng: np.random.Generator) -> Resamples:
    """Means (c, p) and covariances (c, p, p) of resamples drawn with replacement, means about the sample's.

    Multinomial counts of the cases, then weighted sums by one matrix product; the draws do not depend on the
    size of a chunk. Where weights were raked, the whole sample is drawn, and raked again.
    """
    n, p = cases.first.shape
    cells = 0 if cases.calibration is None else len(cases.calibration.sizes)
    size = max(1, min(resamples, LARGEST_CHUNK // max(n, cells, 4 * p * p)))
    for first in range(0, resamples, size):
        counts = _drawn(cases, min(size, resamples - first), rng)
        total = counts.sum(axis=1)
        mean = counts @ cases.first / total[:, None]
        second = _weighted_second(cases, counts) / total[:, None]
        yield mean, _square(second, p) - mean[:, :, None] * mean[:, None, :]


def _drawn(cases: Cases, batch: int, rng: np.random.Generator) -> Floats:
    """(b, n) how often a resample holds each case, times its weight."""
    if cases.calibration is None:
        counts = _counts(len(cases), batch, rng)
    else:
        counts, factors = cases.calibration.drawn(batch, rng)
        counts *= factors[:, cases.calibration.place]
    if cases.weights is not None:
        counts *= cases.weights
    return counts


def _counts(n: int, batch: int, rng: np.random.Generator) -> Floats:
    drawn = rng.integers(0, n, size=(batch, n)) + n * np.arange(batch)[:, None]
    return np.bincount(drawn.ravel(), minlength=batch * n).reshape(batch, n).astype(np.float64)


def _weighted_second(cases: Cases, counts: Floats) -> Floats:
    """Σ_r c_r Z_r for every resample (c, p*), block of cases by block."""
    n, p = cases.first.shape
    entries = p * (p + 1) // 2
    total = np.zeros((len(counts), entries))
    size = max(1, LARGEST_CHUNK // entries)
    for first in range(0, n, size):
        part = slice(first, first + size)
        total += counts[:, part] @ cases.second_of(part)
    return total


def _square(entries: Floats, p: int) -> Floats:
    """Symmetric matrices (c, p, p) from their upper triangles (c, p*)."""
    upper, lower = np.triu_indices(p)
    matrices = np.empty((len(entries), p, p))
    matrices[:, upper, lower] = entries
    matrices[:, lower, upper] = entries
    return matrices


def jackknife_moments(cases: Cases) -> Resamples:
    """Means and covariances with one case left out at a time, without touching the others."""
    n, p = cases.first.shape
    weights = np.ones(n) if cases.weights is None else cases.weights
    left = (weights.sum() - weights)[:, None]
    whole = _weighted_second(cases, weights[None])
    size = max(1, min(n, LARGEST_CHUNK // (4 * p * p)))
    for first in range(0, n, size):
        part = slice(first, first + size)
        mean = -weights[part, None] * cases.first[part] / left[part]
        second = (whole - weights[part, None] * cases.second_of(part)) / left[part]
        yield mean, _square(second, p) - mean[:, :, None] * mean[:, None, :]


def group_jackknife_moments(answers: Answers) -> tuple[Floats, Floats]:
    """Means (100, p) and covariances (100, p, p) on 0..100 with one of 100 random groups of rows left out.

    Where weights were raked, see `calibrated_group_moments`.
    """
    if answers.calibration is not None:
        return calibrated_group_moments(answers, answers.calibration)
    weight, first, second = _groups(answers)
    left = weight.sum() - weight
    mean = (first.sum(axis=0) - first) / left[:, None]
    products = (second.sum(axis=0) - second) / left[:, None, None]
    return mean, products - mean[:, :, None] * mean[:, None, :]


def _groups(answers: Answers) -> tuple[Floats, Floats, Floats]:
    """Weight (100,), summed deviations (100, p) and products (100, p, p) of the groups, on 0..100."""
    if answers.groups is not None:
        known = answers.groups.times(100.0 / answers.widths)
        return known.weight, known.first, known.second
    group = np.random.default_rng(GROUPING_SEED).permutation(answers.n_used) % GROUPS
    parts = [summed(answers, group == g) for g in range(GROUPS)]
    weight = np.array([part[0] for part in parts])
    return weight, np.stack([part[1] for part in parts]), np.stack([part[2] for part in parts])


def calibrated_group_moments(answers: Answers, calibration: Calibration) -> tuple[Floats, Floats]:
    """The same of one of 100 random groups of the whole sample, raking linearised: a group takes away what
    its rows add to the moments beyond what the margins explain (see `Calibration.adjustment`)."""
    n, cells = answers.n_used, len(calibration.sizes)
    outside = np.repeat(np.arange(cells), np.maximum(calibration.outside, 0.0).astype(np.intp))
    place = np.concatenate([calibration.place, outside])
    group = np.random.default_rng(GROUPING_SEED).permutation(len(place)) % GROUPS
    sizes = np.bincount(group * cells + place, minlength=GROUPS * cells).reshape(GROUPS, cells)
    scale = calibration.row_weights.mean()
    moved = calibration.adjustment(_by_value(answers, calibration) * scale) / scale
    own = np.stack([_vector(answers, *summed(answers, group[:n] == g)) for g in range(GROUPS)])
    total = own + sizes @ moved
    left = len(place) / (len(place) - sizes.sum(axis=1))
    apart = ((total.sum(axis=0) - total) * left[:, None] - total.sum(axis=0)) / n
    p = len(answers.scales)
    slope = 100.0 / answers.widths
    whole = answers.moments.covariance * np.outer(slope, slope)
    mean, second = apart[:, :p], whole + _square(apart[:, p:], p)
    return mean, second - mean[:, :, None] * mean[:, None, :]


def _by_value(answers: Answers, calibration: Calibration) -> Floats:
    """(K, p + p*) weighted sums of what cases add to the moments, by the dummies of the margins."""
    columns = calibration.columns[calibration.place]
    values = range(sum(len(shares) + 1 for shares in calibration.shares))
    return np.stack([_vector(answers, *summed(answers, (columns == one).any(axis=1))) for one in values])


def _vector(answers: Answers, total: float, first: Floats, second: Floats) -> Floats:
    """(p + p*,) summed deviations from the means and from the covariance."""
    slope = 100.0 / answers.widths
    apart = second - total * answers.moments.covariance * np.outer(slope, slope)
    return np.concatenate([first, apart[np.triu_indices(len(first))]])


def jackknife_se(values: Floats) -> Floats:
    """√((G−1)/G Σ(θ₍g₎ − θ̄)²) of estimates (G, r) with one part left out (Tukey 1958; Efron & Tibshirani
    1993, ch. 11)."""
    parts = len(values)
    spread = np.sum((values - values.mean(axis=0)) ** 2, axis=0)
    return np.asarray(np.sqrt((parts - 1) / parts * spread))
