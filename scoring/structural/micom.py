"""Whether composites of PLS may be compared between two groups: MICOM (Henseler, Ringle & Sarstedt 2016, Int.
Marketing Rev. 33:405).

Step 1, the same items, treatment and algorithm, holds by construction. Step 2: c, the correlation over all
rows of a composite by the first group's weights with the one by the second's, is not below what chance
division gives. Step 3: mean and variance of the composites by all rows' weights differ no more than by
chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scoring.arrays import Floats
from scoring.errors import DataError
from scoring.structural.invariance_gate import gate, remark
from scoring.structural.micom_result import Composite, Micom, judged
from scoring.structural.model import StructuralModel
from scoring.structural.moments import correlation, from_rows
from scoring.structural.pls import Design, design, outer_weights
from scoring.structural.result import Scheme

LARGEST_CHUNK = 4_000_000  # numbers in the largest array of a chunk of permutations, 32 MB
LEAST_VARIANCE = 1e-12  # of a standardised item in one part
ROUNDING = 1e-12  # two correlations closer than this are the same


@dataclass(frozen=True)
class Division:
    """What dividing the rows in two gives, for a batch of divisions: c, difference of means (first minus
    second) and log ratio of variances, each (b, m); NaN where PLS fails in a part."""

    c: Floats
    means: Floats
    variances: Floats


def test(
    model: StructuralModel,
    first: Floats,
    second: Floats,
    scheme: Scheme = "path",
    permutations: int = 1000,
    seed: int = 0,
    alpha: float = 0.05,
) -> Micom:
    """Test complete rows of two groups (n₁, p), (n₂, p), items in the order of `model.items`.

    p is (1 + #{as extreme}) / (1 + permutations) (Phipson & Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39),
    for c in the lower tail, for means and variances twice the smaller tail. The same seed draws the same
    permutations. `alpha` is for each test by itself.
    """
    _refuse(model, first, second, permutations)
    sizes = (len(first), len(second))
    if (refused := gate(model, [from_rows(first), from_rows(second)])) is not None:
        return Micom(refused[0], sizes, permutations, seed, alpha, issues=(refused[1],))
    rows = np.vstack([first, second])
    pooled = _Pooled.of(design(model, scheme), rows)
    observed = pooled.divide(np.repeat([1.0, 0.0], sizes)[None])
    if not np.isfinite(observed.c).all():
        return Micom("not_converged", sizes, permutations, seed, alpha, issues=(remark("weights_not_found"),))
    drawn = pooled.permuted(sizes[0], permutations, np.random.default_rng(seed))
    composites = tuple(_composite(name, j, observed, drawn) for j, name in enumerate(model.names))
    failed = int(np.isnan(drawn.c).any(axis=1).sum())
    return judged(Micom("ok", sizes, permutations, seed, alpha, failed, composites))


def _refuse(model: StructuralModel, first: Floats, second: Floats, permutations: int) -> None:
    for place, rows in enumerate((first, second), start=1):
        if rows.ndim != 2 or rows.shape[1] != len(model.items):
            raise DataError(f"group {place} has answers to other items than the model's {len(model.items)}")
        if not np.isfinite(rows).all():
            raise DataError(f"group {place} has missing answers; only complete rows can be permuted")
    if permutations < 1:
        raise DataError("at least one permutation is needed")


@dataclass(frozen=True)
class _Pooled:
    """All rows standardised together (n, p), the upper triangles of their products (n, p*), correlations
    (p, p) and weights (p,)."""

    plan: Design
    rows: Floats
    products: Floats
    correlation: Floats
    weights: Floats

    @classmethod
    def of(cls, plan: Design, rows: Floats) -> "_Pooled":
        whole = from_rows(rows)
        scaled = (rows - whole.mean) / whole.sd
        upper, lower = np.triu_indices(rows.shape[1])
        outer = outer_weights(plan, whole.correlation[None])
        weights = np.where(outer.converged[:, None], outer.weights, np.nan)[0]
        return cls(plan, scaled, scaled[:, upper] * scaled[:, lower], whole.correlation, weights)

    def permuted(self, first: int, permutations: int, rng: np.random.Generator) -> Division:
        """Random divisions with `first` rows in the first part; they do not depend on the size of a chunk."""
        parts = [self.divide(chosen) for chosen in self._chosen(first, permutations, rng)]
        return Division(
            np.vstack([one.c for one in parts]),
            np.vstack([one.means for one in parts]),
            np.vstack([one.variances for one in parts]),
        )

    def _chosen(self, first: int, permutations: int, rng: np.random.Generator) -> Iterator[Floats]:
        n, p = self.rows.shape
        size = max(1, LARGEST_CHUNK // max(n, 8 * p * p))
        for done in range(0, permutations, size):
            batch = min(size, permutations - done)
            chosen = np.zeros((batch, n))
            # row by row, as a chunk must draw the same whatever its size
            order = np.array([rng.permutation(n)[:first] for _ in range(batch)])
            np.put_along_axis(chosen, order, 1.0, axis=1)
            yield chosen

    def divide(self, chosen: Floats) -> Division:
        """Steps 2 and 3 for rows chosen (b, n) as the first part."""
        batch = len(chosen)
        sizes, means, covariances = self._moments(np.vstack([chosen, 1.0 - chosen]))
        weights = self._weights(covariances)
        c = self._alignment(weights[:batch], weights[batch:])
        plan = self.plan.membership
        composite = (means * self.weights) @ plan
        spread = plan * self.weights[:, None]
        variances = np.einsum("pm,bpq,qm->bm", spread, covariances, spread, optimize=True)
        variances = variances * (sizes / (sizes - 1.0))[:, None]
        ratio = np.log(variances[:batch]) - np.log(variances[batch:])
        return Division(c, composite[:batch] - composite[batch:], ratio)

    def _moments(self, chosen: Floats) -> tuple[Floats, Floats, Floats]:
        """Sizes (b,), means (b, p) and covariances (b, p, p), divisor n, of the rows chosen."""
        p = self.rows.shape[1]
        sizes = chosen.sum(axis=1)
        means = chosen @ self.rows / sizes[:, None]
        second = np.empty((len(chosen), p, p))
        upper, lower = np.triu_indices(p)
        second[:, upper, lower] = chosen @ self.products / sizes[:, None]
        second[:, lower, upper] = second[:, upper, lower]
        return sizes, means, second - means[:, :, None] * means[:, None, :]

    def _weights(self, covariances: Floats) -> Floats:
        """(b, p) outer weights on items standardised within the part; NaN where there are none."""
        found = np.full(covariances.shape[:2], np.nan)
        usable = (np.diagonal(covariances, axis1=1, axis2=2) > LEAST_VARIANCE).all(axis=1)
        if usable.any():
            outer = outer_weights(self.plan, correlation(covariances[usable]), self.weights)
            found[usable] = np.where(outer.converged[:, None], outer.weights, np.nan)
        return found

    def _alignment(self, one: Floats, other: Floats) -> Floats:
        """c = w₁'Rw₂ / √(w₁'Rw₁ w₂'Rw₂) per construct (b, m), R over all rows."""
        within = self.correlation * (self.plan.owner[:, None] == self.plan.owner)
        member = self.plan.membership
        across = (one @ within * other) @ member
        return np.asarray(
            across / np.sqrt(((one @ within * one) @ member) * ((other @ within * other) @ member))
        )


def _composite(name: str, j: int, observed: Division, drawn: Division) -> Composite:
    kept = np.isfinite(drawn.c).all(axis=1)
    c, means, variances = (part[kept, j] for part in (drawn.c, drawn.means, drawn.variances))
    return Composite(
        construct=name,
        c=float(observed.c[0, j]),
        c_low=float(np.quantile(c, 0.05)) if len(c) else np.nan,
        c_p=_lower_tail(float(observed.c[0, j]), c),
        mean_difference=float(observed.means[0, j]),
        mean_p=_two_tails(float(observed.means[0, j]), means),
        log_variance_ratio=float(observed.variances[0, j]),
        variance_p=_two_tails(float(observed.variances[0, j]), variances),
    )


def _lower_tail(value: float, drawn: Floats) -> float:
    return (1 + int(np.sum(drawn <= value + ROUNDING))) / (1 + len(drawn))


def _two_tails(value: float, drawn: Floats) -> float:
    return min(1.0, 2.0 * min(_lower_tail(value, drawn), _lower_tail(-value, -drawn)))
