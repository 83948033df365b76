"""Surveys with several months of made-up answers, in which only what a test says has changed."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indices.models import Run
from indices.runs import queue
from indices.tasks import work
from scoring.instrument.file import builtin
from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.models import Survey

ECSI = builtin()["ecsi"]
ITEMS = [item.code for item in ECSI.items]
CONSTRUCT = {item.code: construct.code for construct in ECSI.constructs for item in construct.items}


def answers(
    seed: int,
    n: int = 150,
    lifted: Mapping[str, float] | None = None,
    moved: Mapping[str, float] | None = None,
) -> NDArray[np.int64]:
    """(n, 24) answers on 1..10. `lifted` raises a construct by deviations, `moved` an item by points."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal(n)
    scores = {
        construct.code: 0.6 * common + 0.8 * rng.standard_normal(n) + (lifted or {}).get(construct.code, 0.0)
        for construct in ECSI.constructs
    }
    columns = [
        6.0
        + 1.4 * (0.85 * scores[CONSTRUCT[item]] + 0.53 * rng.standard_normal(n))
        + (moved or {}).get(item, 0)
        for item in ITEMS
    ]
    return np.clip(np.rint(np.column_stack(columns)), 1, 10).astype(np.int64)


def add_month(survey: Survey, month: str, rows: NDArray[np.int64], region: str = "") -> None:
    """Answers given in the middle of a month such as 2026-01."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["date", "region", *ITEMS])
    writer.writerows([f"{month}-15", region, *row] for row in rows.tolist())
    segments: dict[str, str] = {"region": "region"} if region else {}
    plan = Plan(columns={item: item for item in ITEMS}, date="date", segments=segments)
    name = f"{month}{region}{len(rows)}.csv"
    import_file(survey=survey, content=out.getvalue().encode(), filename=name, plan=plan, by=None)


def key_of(survey: Survey) -> str:
    version = survey.current_version
    assert version
    return version.uses.get().measurement_key


def request(survey: Survey, month: str, segment: str = "", window: int = 1) -> Run:
    period = survey.periods.get(name=month)
    return queue.request(survey, period, key_of(survey), segment, Run.Trigger.MANAGER, window=window)


def worked(survey: Survey, month: str, segment: str = "", window: int = 1) -> Run:
    """The month's indices, computed by a worker."""
    run = request(survey, month, segment, window)
    work(run.pk)
    run.refresh_from_db()
    assert run.status == Run.Status.DONE
    return run


def figure(run: Run, estimator: str, construct: str, source: str = "") -> dict[str, Any]:
    """A stored index or total effect with its standard error."""
    result = run.estimates.get(estimator=estimator).result
    if source:
        rows = result["total_effects"]
        row = next(one for one in rows if (one["from"], one["to"]) == (source, construct))
        return {"value": row["std"], "se": row["se"]}
    row = next(one for one in result["indices"] if one["construct"] == construct)
    return {"value": row["index"], "se": row["se"]}
