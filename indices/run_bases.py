"""On how many respondents stored figures rest: the bases by which it is decided what may be told."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from indices.models import Estimate, Run
from scoring.classical.suppression import is_small

SERIES = ("measurement_key", "period", "segment", "window")
ESTIMATORS = Estimate.Estimator.values
SIZES = 1 + len(ESTIMATORS)


@dataclass(frozen=True)
class Base:
    """On how many respondents a done run's figures rest: read, and used by each estimator."""

    pk: int
    segment: str
    sizes: tuple[int, ...]
    periods: tuple[str, ...] = ()  # names of those that a window pools

    @property
    def responses(self) -> int:
        return self.sizes[0]

    @property
    def smallest(self) -> int:
        return min(filter(None, self.sizes), default=0)

    def is_small(self, least: int) -> bool:
        return any(is_small(size, least) for size in self.sizes)


Table = tuple[str, int, int]  # a measurement key, a window and a period
Tables = dict[Table, dict[str, Base]]  # by segment


def newest_bases(runs: QuerySet[Run]) -> Tables:
    """The bases of the newest of these runs in every table."""
    tables: Tables = defaultdict(dict)
    for row in _newest(runs):
        read = row["responses"]
        used = (read if row[name] is None else row[name] for name in ESTIMATORS)
        pooled = tuple(row["settings"].get("periods", ())) if row["window"] > 1 else ()
        base = Base(row["pk"], row["segment"], (read, *used), pooled)
        tables[row["measurement_key"], row["window"], row["period"]][base.segment] = base
    return dict(tables)


def _newest(runs: QuerySet[Run]) -> Any:
    same = {name: OuterRef(name) for name in ("survey", "status", *SERIES)}
    newer = Run.objects.filter(**same, revision__gt=OuterRef("revision"))
    used = {name: Max("estimates__n_used", filter=Q(estimates__estimator=name)) for name in ESTIMATORS}
    rows = runs.filter(~Exists(newer)).order_by().annotate(**used)
    return rows.values("pk", "responses", "settings", *SERIES, *used)
