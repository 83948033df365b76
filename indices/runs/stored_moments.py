"""The means and the covariance that a fit began from, in the items' own units, as a run keeps them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from indices.runs.answers_read import Rows, Summed
from scoring.classical.measured import Measured
from scoring.scale import Scale
from scoring.structural.answers import Answers, Missing, prepare, prepare_groups
from surveys.selectors import ItemSums


def moments_of(answers: Rows | Summed, results: Sequence[dict[str, Any] | Measured]) -> dict[str, Any]:
    """{"n", "items", "means", "covariance"} with divisor n, of the rows that `results` rest on: by EM where
    answers are missing; with the sums over random groups where the run computed with those. Empty where
    neither estimator gave a result."""
    fits = [one for one in results if isinstance(one, dict)]
    used = next((one for one in fits if one["status"] == "ok"), None)
    if used is None:
        return {}
    prepared = _as_answered(answers, used)
    return {
        "n": prepared.n_used,
        "items": list(answers.instrument.model().items),
        "means": prepared.moments.mean.tolist(),
        "covariance": prepared.moments.covariance.tolist(),
        **({"groups": _groups(answers.held)} if isinstance(answers, Summed) else {}),
    }


def _groups(held: ItemSums) -> dict[str, Any]:
    """In the form that `python -m scoring fit --moments` reads; of the products the upper triangles."""
    upper, lower = np.triu_indices(len(held.items))
    return {
        "items": list(held.items),
        "lowest": list(held.lowest),
        "n": held.groups.n.tolist(),
        "first": held.groups.first.tolist(),
        "second": held.groups.second[:, upper, lower].tolist(),
    }


def _as_answered(answers: Rows | Summed, used: dict[str, Any]) -> Answers:
    """With reversed items as they were answered: who reads the moments turns them round, like answers."""
    model, held = answers.instrument.model(), answers.held
    scales = {item: Scale(one.minimum, one.maximum) for item, one in answers.instrument.scales().items()}
    if isinstance(answers, Summed):
        return prepare_groups(model, answers.held.groups, held.items, answers.held.lowest, scales)
    rows, raked = answers.held.values[answers.held.applies], answers.calibration
    missing: Missing = "listwise" if is_complete_only(used) else "fiml"
    return prepare(model, rows, held.items, scales, missing, calibration=raked)


def is_complete_only(result: dict[str, Any]) -> bool:
    """Full information was refused, so that only complete rows entered the estimation."""
    return any(one["code"] == "complete_only" for one in result["issues"])
