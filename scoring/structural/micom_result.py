"""The result of MICOM and sentences about it."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from scoring.structural.invariance_gate import remark
from scoring.structural.issues import Issue

Status = Literal["ok", "too_few", "not_identified", "not_converged"]
Verdict = Literal["none", "partial", "full"]


@dataclass(frozen=True)
class Composite:
    """One construct: c with the 5 % quantile `c_low` of chance divisions and its p; the difference of means
    (first minus second, in standard deviations of all rows) and log variance ratio with two-sided p."""

    construct: str
    c: float
    c_low: float
    c_p: float
    mean_difference: float
    mean_p: float
    log_variance_ratio: float
    variance_p: float

    def is_composed_alike(self, alpha: float) -> bool:
        """Step 2: compositional invariance."""
        return self.c_p > alpha

    def is_equal(self, alpha: float) -> bool:
        """Steps 2 and 3: also equal means and variances."""
        return self.is_composed_alike(alpha) and self.mean_p > alpha and self.variance_p > alpha


@dataclass(frozen=True)
class Micom:
    """Invariance of composites: `partial` where all are composed alike (effects may be compared), `full`
    where means and variances are equal too (groups may be pooled). `failed` permutations are left out."""

    status: Status
    n: tuple[int, int]
    permutations: int
    seed: int
    alpha: float
    failed: int = 0
    composites: tuple[Composite, ...] = ()
    verdict: Verdict = "none"
    issues: tuple[Issue, ...] = ()

    @property
    def messages(self) -> tuple[str, ...]:
        """The issues as English sentences."""
        return tuple(one.text for one in self.issues)

    def to_json(self) -> dict[str, Any]:
        """The result as plain values."""
        return asdict(self) | {"messages": list(self.messages)}


def judged(result: Micom) -> Micom:
    """The same with its verdict, or `not_converged` where not even half of the permutations gave a result."""
    remarks = []
    if result.failed:
        remarks.append(remark("permutations_failed", failed=result.failed, permutations=result.permutations))
    if 2 * result.failed > result.permutations:
        return replace(
            result, status="not_converged", composites=(), issues=(*remarks, remark("weights_not_found"))
        )
    verdict, own = _verdict(result)
    return replace(result, verdict=verdict, issues=(*remarks, own))


def _verdict(result: Micom) -> tuple[Verdict, Issue]:
    apart = [one.construct for one in result.composites if not one.is_composed_alike(result.alpha)]
    if apart:
        return "none", remark("composed_differently", names=apart)
    if all(one.is_equal(result.alpha) for one in result.composites):
        return "full", remark("poolable")
    return "partial", remark("effects_comparable")
