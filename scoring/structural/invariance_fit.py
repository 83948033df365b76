"""One level of invariance fitted by maximum likelihood, with lavaan's multi-group measures of fit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import chi2 as chi_squared

from scoring.arrays import Floats
from scoring.structural.fit_measures import cfi, rmsea
from scoring.structural.invariance_groups import FIXED, Freedom, Groups, arrange, markers
from scoring.structural.invariance_likelihood import GroupLikelihood
from scoring.structural.ml import improper_variables
from scoring.structural.ml_start import starting_values
from scoring.structural.model import StructuralModel
from scoring.structural.moments import Moments, correlation
from scoring.structural.ram import specify

Verdict = Literal["ok", "not_identified", "not_converged", "improper"]

MAX_STEPS = 300
HALVINGS = 30
TOLERANCE = 1e-9  # of the slope at which the search ends
LARGEST_SLOPE = 1e-6  # on standardised items; above it the search has not converged
LEAST_INFORMATION = 1e-10  # smallest eigenvalue of the information scaled to a unit diagonal


@dataclass(frozen=True)
class Units:
    """Pooled means and within-group standard deviations (p,): all groups are standardised alike, which leaves
    equal parameters equal."""

    mean: Floats
    sd: Floats

    def standardised(self, one: Moments) -> Moments:
        """A group's moments in these units."""
        return Moments(one.n, (one.mean - self.mean) / self.sd, one.covariance / np.outer(self.sd, self.sd))


@dataclass(frozen=True)
class Measures:
    """Fit of one model over all groups."""

    chi2: float
    df: int
    p: float
    cfi: float
    rmsea: float


@dataclass(frozen=True)
class Fitted:
    """Where the search ended: θ (q,) on standardised items, the verdict, and in which group (from 0) and for
    which variables (positions as in `ram`) the result is improper."""

    likelihood: GroupLikelihood
    theta: Floats
    verdict: Verdict
    measures: Measures
    group: int = 0
    cause: tuple[int, ...] = ()

    @property
    def groups(self) -> Groups:
        """The places of the parameters."""
        return self.likelihood.groups


def units(moments: Sequence[Moments]) -> Units:
    """x̄ = Σ n x̄_g / N and s² = Σ n S_g / N on the diagonal."""
    n = np.array([one.n for one in moments], dtype=np.float64)
    share = n / n.sum()
    mean = share @ np.stack([one.mean for one in moments])
    return Units(mean, np.sqrt(share @ np.stack([np.diag(one.covariance) for one in moments])))


def fit_level(model: StructuralModel, moments: Sequence[Moments], freedom: Freedom) -> Fitted:
    """Fit a model without paths to groups whose items are standardised by `Units`, and judge the result."""
    groups = arrange(model, len(moments), freedom)
    likelihood = GroupLikelihood(groups, moments)
    theta = search(likelihood, _start(model, groups, moments))
    measures = measures_of(likelihood, theta)
    if not np.isfinite(likelihood.value(theta)):
        return Fitted(likelihood, theta, "not_converged", measures)
    slope, information = likelihood.collected(likelihood.slopes(theta))
    if is_singular(information):
        return Fitted(likelihood, theta, "not_identified", measures)
    if np.abs(slope).max() > LARGEST_SLOPE:
        return Fitted(likelihood, theta, "not_converged", measures)
    for g in range(len(moments)):
        own = groups.own(theta, g)[: groups.structure.parameters]
        if cause := improper_variables(groups.structure, own):
            return Fitted(likelihood, theta, "improper", measures, g, cause)
    return Fitted(likelihood, theta, "ok", measures)


def _start(model: StructuralModel, groups: Groups, moments: Sequence[Moments]) -> Floats:
    """The same for every group, from the pooled within-group correlations; latent means 0."""
    n = np.array([one.n for one in moments], dtype=np.float64)
    pooled = correlation(np.tensordot(n / n.sum(), np.stack([one.covariance for one in moments]), axes=1))
    plain, structure = specify(model), groups.structure
    theta = starting_values(model, plain, pooled)
    effects = plain.effects(theta)[: plain.items, plain.items :]
    chosen = markers(model, groups.freedom.freed("metric"))
    unit = np.array([effects[i, j] or 1.0 for j, i in enumerate(chosen)])
    factors = np.concatenate([np.ones(plain.items), unit])
    a, b = structure.symmetric.T
    to, source = structure.directed.T
    symmetric = theta[len(plain.directed) :] * factors[a] * factors[b]
    common = np.concatenate([(effects / unit)[to, source - plain.items], symmetric])
    return groups.gather([np.concatenate([common, one.mean, np.zeros(plain.constructs)]) for one in moments])


def search(likelihood: GroupLikelihood, theta: Floats) -> Floats:
    """Fisher scoring θ − (2I)⁻¹ ∂F with halved steps (Lee & Jennrich 1979, Psychometrika 44:99) until the
    slope is rounding error; variances may pass zero, which the caller judges."""
    value = likelihood.value(theta)
    for _ in range(MAX_STEPS):
        if not np.isfinite(value):
            break
        slope, information = likelihood.collected(likelihood.slopes(theta))
        if np.abs(slope).max() < TOLERANCE:
            break
        theta, better = _halved(likelihood, theta, _step(slope, information), value)
        if better >= value:
            break
        value = better
    return theta


def _step(slope: Floats, information: Floats) -> Floats:
    """−(2I)⁻¹ ∂F, or the shortest such step where the data do not settle all parameters."""
    try:
        return np.asarray(-cho_solve(cho_factor(2.0 * information), slope))
    except np.linalg.LinAlgError:
        return np.asarray(-np.linalg.lstsq(2.0 * information, slope, rcond=1e-12)[0])


def _halved(likelihood: GroupLikelihood, theta: Floats, step: Floats, value: float) -> tuple[Floats, float]:
    for _ in range(HALVINGS):
        better = likelihood.value(theta + step)
        if better < value:
            return theta + step, better
        step = step / 2
    return theta, value


def measures_of(likelihood: GroupLikelihood, theta: Floats) -> Measures:
    """χ² = N F on G p(p+3)/2 − q; CFI against each group's independent items with free means; RMSEA with the
    factor √G (Steiger 1998, Struct. Equ. Model. 5:411), as lavaan."""
    moments, groups = likelihood.moments, likelihood.groups
    total, p, count = sum(one.n for one in moments), groups.structure.items, len(moments)
    chi2 = total * max(likelihood.value(theta), 0.0)
    df = count * p * (p + 3) // 2 - groups.parameters
    baseline = -sum(one.n * float(np.linalg.slogdet(one.correlation)[1]) for one in moments)
    return Measures(
        chi2=chi2,
        df=df,
        p=float(chi_squared.sf(chi2, df)) if df > 0 else math.nan,
        cfi=cfi(chi2, df, baseline, count * p * (p - 1) // 2),
        rmsea=rmsea(chi2, df, total) * math.sqrt(count),
    )


def standard_errors(fitted: Fitted) -> Floats:
    """(q,) √ diagonal of (N I)⁻¹, by expected information."""
    total = sum(one.n for one in fitted.likelihood.moments)
    _, information = fitted.likelihood.collected(fitted.likelihood.slopes(fitted.theta))
    return np.asarray(np.sqrt(np.diag(np.linalg.inv(information)) / total))


def own_errors(fitted: Fitted, group: int) -> Floats:
    """(r,) standard errors of one group's parameters; 0 for fixed ones."""
    places = fitted.groups.places[group]
    return np.where(places == FIXED, 0.0, standard_errors(fitted)[places])


def construct_variances(fitted: Fitted) -> Floats:
    """(m,) variances of the constructs, pooled over groups."""
    structure, q = fitted.groups.structure, fitted.groups.structure.parameters
    own = [
        np.diag(structure.residuals(fitted.groups.own(fitted.theta, g)[:q]))[structure.items :]
        for g in range(len(fitted.likelihood.moments))
    ]
    return np.asarray(fitted.likelihood.shares @ np.stack(own))


def is_singular(information: Floats) -> bool:
    """Whether the parameters are not settled by the data."""
    diagonal = np.diag(information)
    if not np.all(np.isfinite(information)) or np.any(diagonal <= 0):
        return True
    scale = np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(information / np.outer(scale, scale))[0] < LEAST_INFORMATION)


def natural(groups: Groups, given: Units, own: Floats) -> Floats:
    """(r,) a group's parameters in the items' own units."""
    return own * factors(groups, given) + _origin(groups, given)


def factors(groups: Groups, given: Units) -> Floats:
    """(r,) what carries standardised parameters to the items' own units."""
    structure = groups.structure
    latent = np.empty(structure.constructs)
    latent[structure.markers[:, 1] - structure.items] = given.sd[structure.markers[:, 0]]
    scale = structure.in_units(np.concatenate([given.sd, latent]))
    return np.concatenate([scale, given.sd, latent])


def _origin(groups: Groups, given: Units) -> Floats:
    structure = groups.structure
    zeros = np.zeros(structure.parameters), np.zeros(structure.constructs)
    return np.concatenate([zeros[0], given.mean, zeros[1]])
