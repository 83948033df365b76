"""Stored results as readers may see them. Pages, files, links and API read here.

Where numbers of answers beside weighted shares would tell what a small group answered, there are the weighted
figures alone; an item that few answered has no mean.
"""

from collections.abc import Mapping
from typing import Any, Final

from indices import weighted
from indices.models import Estimate, Score
from scoring.classical.kano_classes import TELLING

COUNTS: Final = frozenset(
    {"answers", "count", "counts", "promoters", "passives", "detractors", "n_effective"}
)  # numbers of answers by point, group and class, and the bases that tell of the weights


def result_told(estimate: Estimate) -> dict[str, Any]:
    """The stored result, or what is left of it."""
    found: dict[str, Any] = estimate.result
    if items := found.get("items"):
        found = {**found, "items": _items_told(items, estimate.run.survey.least_told)}
    return found if weighted.tells_counts(estimate.run) else _without_counts(found)


def score_told(estimate: Estimate, score: Score) -> Score:
    """A score, or the same without the base of its weights."""
    if weighted.tells_counts(estimate.run):
        return score
    bases = {one["feature"]: one["telling"] for one in result_told(estimate).get("features", ())}
    score.n_effective, score.counts = None, []
    score.n = bases.get(score.code.partition(".")[2], score.n)
    return score


def _items_told(items: Any, least: int) -> Any:
    """The means of a structural model's items; of those that few answered, only how many did."""
    return [_item_told(one, least) for one in items] if isinstance(items, list) else items


def _item_told(one: dict[str, Any], least: int) -> dict[str, Any]:
    if (one.get("n") or least) >= least:  # runs did not always store it
        return one
    return {"construct": one["construct"], "item": one["item"], "n": one["n"], "is_small": True}


def _without_counts(result: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: _left(key, value) for key, value in result.items() if key not in COUNTS and key != "issues"}
    if "issues" in result:
        kept["issues"] = [one for one in result["issues"] if one["code"] != "weighted"]
    if {"promoters", "n_effective"} <= result.keys():  # the intervals of groups need a base
        kept["base"] = round(result.get("base", result["n_effective"]))
    if "telling" in result:  # as many as the weighted shares say: the number itself tells of the others
        shares = result.get("shares", {})
        kept["telling"] = round(result["n"] * sum(shares.get(letter, 0.0) for letter in TELLING))
    return kept


def _left(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _as_shown(value) if key.endswith("shares") else _without_counts(value)
    return [_left(key, one) for one in value] if isinstance(value, list) else value


def _as_shown(shares: Mapping[str, Any]) -> dict[str, Any]:
    """To a tenth of a percent: all their decimals would tell which whole numbers they were made from."""
    return {name: round(share, 3) if isinstance(share, float) else share for name, share in shares.items()}
