"""On how many respondents stored figures rest: the bases by which it is decided what may be told."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTransform

from indices.models import FiguresBy, Run, Score
from scoring.classical.suppression import is_small

SERIES = ("measurement_key", "period", "segment", "window")
ESTIMATORS = FiguresBy.values
AT_ONCE = 500  # runs asked about in one query
SIZES = 1 + len(ESTIMATORS)


@dataclass(frozen=True)
class Base:
    """On how many respondents a done run's figures rest: read, and used by each estimator."""

    pk: int
    segment: str
    sizes: tuple[int, ...]
    periods: tuple[str, ...] = ()  # names of those that a window pools
    scores: Mapping[str, int] = field(default_factory=dict)  # of how many each score is, by code

    @property
    def responses(self) -> int:
        return self.sizes[0]

    def used(self, estimator: str) -> int:
        """How many answers its figures by an estimator rest on."""
        return self.sizes[1 + ESTIMATORS.index(estimator)]

    @property
    def smallest(self) -> int:
        return min(filter(None, self.sizes), default=0)

    def is_small(self, least: int) -> bool:
        return any(is_small(size, least) for size in self.sizes)


Table = tuple[str, int, int]  # a measurement key, a window and a period
Tables = dict[Table, dict[str, Base]]  # by segment


def newest_bases(runs: QuerySet[Run], of_scores: bool = True) -> Tables:
    """The bases of the newest of these runs in every table; those of single scores only `of_scores`."""
    tables: Tables = defaultdict(dict)
    newest = list(_newest(runs))
    scored = [row["pk"] for row in newest if of_scores and row[FiguresBy.SCORE] is not None]
    scores = _score_bases(scored)
    for row in newest:
        read = row["responses"]
        used = (read if row[name] is None else row[name] for name in ESTIMATORS)
        pooled = tuple(row["pooled"] or ()) if row["window"] > 1 else ()
        base = Base(row["pk"], row["segment"], (read, *used), pooled, scores[row["pk"]])
        tables[row["measurement_key"], row["window"], row["period"]][base.segment] = base
    return dict(tables)


def _newest(runs: QuerySet[Run]) -> Any:
    same = {name: OuterRef(name) for name in ("survey", "status", *SERIES)}
    newer = Run.objects.filter(**same, revision__gt=OuterRef("revision"))
    used = {name: Max("estimates__n_used", filter=Q(estimates__estimator=name)) for name in ESTIMATORS}
    rows = runs.filter(~Exists(newer)).order_by().annotate(**used)
    pooled = KeyTransform("periods", "settings")  # all else in them may be long
    return rows.annotate(pooled=pooled).values("pk", "responses", "pooled", *SERIES, *used)


def _score_bases(runs: list[int]) -> Mapping[int, Mapping[str, int]]:
    """For runs of scores on how many answers each rests."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for start in range(0, len(runs), AT_ONCE):
        rows = Score.objects.filter(estimate__run__in=runs[start : start + AT_ONCE])
        for run, code, n in rows.values_list("estimate__run", "code", "n"):
            found[run][code] = n
    return found
