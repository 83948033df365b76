"""The means and the covariance that a fit began from, in the items' own units, as a run keeps them."""

from typing import Any

from scoring.instrument import Instrument
from scoring.scale import Scale
from scoring.structural.answers import prepare
from surveys.selectors import ItemColumns


def moments_of(instrument: Instrument, columns: ItemColumns, results: list[dict[str, Any]]) -> dict[str, Any]:
    """{"n", "items", "means", "covariance"} with divisor n, of the rows that `results` rest on: by EM where
    answers are missing. Empty where neither estimator gave a result."""
    used = next((one for one in results if one["status"] == "ok"), None)
    if used is None:
        return {}
    model = instrument.model()
    # Reversed items as they were answered: who reads the moments turns them round, like answers.
    scales = {item: Scale(one.minimum, one.maximum) for item, one in instrument.scales().items()}
    rows = columns.values[columns.applies]
    answers = prepare(model, rows, columns.items, scales, "listwise" if is_complete_only(used) else "fiml")
    return {
        "n": answers.n_used,
        "items": list(model.items),
        "means": answers.moments.mean.tolist(),
        "covariance": answers.moments.covariance.tolist(),
    }


def is_complete_only(result: dict[str, Any]) -> bool:
    """Full information was refused, so that only complete rows entered the estimation."""
    return any(one["code"] == "complete_only" for one in result["issues"])
