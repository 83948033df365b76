"""The result of a test of invariance: levels, items that moved, latent means, and sentences about them."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from scoring.structural.invariance_fit import Measures
from scoring.structural.invariance_groups import Level
from scoring.structural.issues import Issue

LevelStatus = Literal["holds", "partial", "fails", "not_identified", "not_converged", "improper"]
Status = Literal["ok", "too_few", "not_identified", "not_converged", "improper"]

REMARKS: dict[Level, str] = {"metric": "item_loading", "scalar": "item_intercept", "strict": "item_residual"}


@dataclass(frozen=True)
class Criteria:
    """When a level fails: Δχ² is significant at `alpha` and the difference is not a small one.

    A difference is small where CFI falls by at most .01 (Cheung & Rensvold 2002, Struct. Equ. Model. 9:233),
    RMSEA rises by at most .015 (Chen 2007, Struct. Equ. Model. 14:464), and no item by itself is expected to
    move by `shift` pooled standard deviations: in a long questionnaire both indices hide one such item. That
    last bound is a choice of ours, after the .2 below which Cohen (1988) calls a difference small.
    """

    alpha: float = 0.05
    cfi: float = 0.01
    rmsea: float = 0.015
    shift: float = 0.2


@dataclass(frozen=True)
class Comparison:
    """A level against the one before: `cfi` is how much it fell, `rmsea` how much it rose."""

    chi2: float
    df: int
    p: float
    cfi: float
    rmsea: float


@dataclass(frozen=True)
class Moved:
    """An item freed at a level: its parameter (loading, intercept or residual variance) in every group, in
    the items' units, and the score test that named it; `shift` as in `invariance_score`."""

    level: Level
    construct: str
    item: str
    values: tuple[float, ...]
    index: float
    p: float
    shift: float


@dataclass(frozen=True)
class LevelResult:
    """What a level came to. `full` and `full_change` have everything equal that the level asks of items not
    freed before; `fit` and `change` are what is left after freeing `moved` (the same where nothing was)."""

    level: Level
    status: LevelStatus
    full: Measures
    full_change: Comparison | None
    fit: Measures
    change: Comparison | None
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True)
class LatentMean:
    """A construct's mean in a later group (counted from 1) minus that in the first, in units of the item
    `unit`, with the normal 95 % interval; `d` in pooled standard deviations of the construct."""

    construct: str
    group: int
    difference: float
    se: float
    z: float
    p: float
    low: float
    high: float
    d: float
    unit: str


@dataclass(frozen=True)
class Invariance:
    """How far several groups or periods may be compared.

    `verdict` is the highest level reached, fully or with items freed (`partial`), None where not even the
    same model fits everywhere (`status` says why). Latent means need the scalar level.
    """

    status: Status
    n: tuple[int, ...]
    criteria: Criteria
    verdict: Level | None = None
    partial: bool = False
    levels: tuple[LevelResult, ...] = ()
    latent_means: tuple[LatentMean, ...] = ()
    issues: tuple[Issue, ...] = ()

    @property
    def moved(self) -> tuple[Moved, ...]:
        """All items that were freed, in the order they were."""
        return tuple(one for level in self.levels for one in level.moved)

    @property
    def messages(self) -> tuple[str, ...]:
        """The issues as English sentences."""
        return tuple(one.text for one in self.issues)

    def to_json(self) -> dict[str, Any]:
        """The result as plain values, None for what cannot be given."""
        shown: dict[str, Any] = _plain(asdict(self) | {"messages": self.messages})
        return shown


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
