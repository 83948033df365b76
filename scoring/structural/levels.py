"""Where the items of a fitted model stand on 0..100, and how widely respondents differ on its constructs.

Total effects are carried into points of an index with the latter, and a map of drivers goes down to items by
the former."""

from collections.abc import Iterator

import numpy as np

from scoring.arrays import Floats
from scoring.classical.calibration import calibrated_covariance
from scoring.structural.answers import Answers
from scoring.structural.intervals import normal_on_100
from scoring.structural.model import StructuralModel
from scoring.structural.result import Estimator, ItemMean, Loading, Weight


def item_means(model: StructuralModel, answers: Answers) -> tuple[ItemMean, ...]:
    """Every item's mean on 0..100 (by EM where answers are missing), with its 95 % interval; NaN for the
    errors where the answers themselves are not known."""
    errors = _errors(answers) * 100.0 / answers.widths
    found = zip(answers.mean_on_100.tolist(), errors.tolist(), answers.answered.tolist(), strict=True)
    rows = [(mean, se, *normal_on_100(mean, se), n) for mean, se, n in found]
    owners = [construct.name for construct in model.constructs for _ in construct.items]
    return tuple(
        ItemMean(owner, item, *row) for owner, item, row in zip(owners, model.items, rows, strict=True)
    )


def _errors(answers: Answers) -> Floats:
    """(p,) standard errors of the means in the items' units: the square root of the summed products of what
    every case, or group of cases, moves a mean by (Wolter 2007, Introduction to Variance Estimation, ch. 6);
    for complete answers of equal weight it is sd/√n with divisor n. Where the item's mean was filled in, n
    are those who answered it: what was filled in lies at the mean and moves nothing."""
    size = len(answers.widths)
    if not answers.has_rows and answers.groups is None:
        return np.full(size, np.nan)
    raked = answers.calibration
    joint = np.zeros((size, size))
    sums = np.zeros((0 if raked is None else len(raked.sizes), size))
    for part, weights, moved in _influences(answers):
        own = moved if weights is None else moved * weights[:, None]
        joint += own.T @ own
        if raked is not None:
            np.add.at(sums, raked.place[part], moved)
    if raked is not None:
        scale = raked.row_weights.mean()  # the answers' own weights have mean 1, those of the sample need not
        joint = calibrated_covariance(raked, joint * scale**2, sums) / scale**2
    return np.asarray(np.sqrt(np.diag(joint)) / _base(answers))


def _base(answers: Answers) -> Floats:
    """(p,) the weight of the answers that a mean is made of; NaN for an item that nobody answered."""
    if answers.gaps is None:
        return np.full(len(answers.widths), float(answers.n_used))
    own = np.ones(answers.n_used) if answers.weights is None else answers.weights
    base = own @ ~answers.gaps
    return np.where(base > 0, base, np.nan)


def _influences(answers: Answers) -> Iterator[tuple[slice, Floats | None, Floats]]:
    """Weights (c,) and influence (c, p) on the means of cases, or of groups of them, a slice at a time."""
    if answers.groups is not None:
        groups = answers.groups
        size = len(groups.weight)
        yield slice(0, size), None, groups.first * np.sqrt(size / (size - 1))
        return
    if answers.is_complete:
        yield slice(0, answers.n_used), answers.weights, answers.rows - answers.moments.mean
        return
    for part, means, _ in answers.saturated.of_cases(answers.rows, answers.patterns.member):
        yield part, None if answers.weights is None else answers.weights[part], means


def spreads(
    model: StructuralModel,
    answers: Answers,
    estimator: Estimator,
    weights: tuple[Weight, ...],
    loadings: tuple[Loading, ...],
) -> dict[str, float]:
    """Standard deviation of every construct in points of its index, for those whose weights are positive.

    A total effect in points of the index is the standardised one times the outcome's spread over the
    driver's: the unstandardised effects of importance-performance analysis (Ringle & Sarstedt 2016, Ind.
    Manag. Data Syst. 116(9):1865). By `pls` the construct is its index, so that the spread is √(w'Sw) with
    S the items' covariance on 0..100. By `ml` the index also holds error; what its construct moves it by is
    Σ w_i λ_i s_i, with λ_i the standardised loading and s_i the item's standard deviation on 0..100.
    """
    slope = 100.0 / answers.widths
    weight = np.array([one.weight for one in weights])
    loading = np.array([one.std for one in loadings])
    covariance = answers.moments.covariance * np.outer(slope, slope)
    found = {}
    for construct, block in zip(model.constructs, model.blocks, strict=True):
        own = weight[list(block)]
        if not np.all(own > 0):
            continue
        inside = covariance[np.ix_(block, block)]
        common = own @ (loading[list(block)] * np.sqrt(np.diag(inside)))
        found[construct.name] = float(common if estimator == "ml" else np.sqrt(own @ inside @ own))
    return found
