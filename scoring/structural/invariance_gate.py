"""What every group must bring before groups are compared, and sentences about what came of it."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from scoring.structural.gates import LEAST_BASE, LEAST_EIGENVALUE
from scoring.structural.issues import Issue
from scoring.structural.model import StructuralModel
from scoring.structural.moments import Moments

Refusal = Literal["too_few", "not_identified"]

SENTENCES = {
    "too_few": "Group {group} has {n_used} usable answers; a model of {items} items needs at least {needed} "
    "in every group.",
    "constant_item": "Everybody in group {group} gave the same answer to {names}: nothing can be compared.",
    "repeated_items": "In group {group} the answers to some items follow exactly from one another.",
    # invariance
    "not_identified": "These answers cannot settle all that the {level} model asks.",
    "not_converged": "The search for the best-fitting {level} model did not come to an end.",
    "improper": "The {level} model has no admissible result in group {group}: {names} cannot be kept apart "
    "or keep no variance of their own.",
    "poor_fit": "The model fits the groups poorly even where nothing is held equal; do not build on the "
    "comparison.",
    "item_loading": "{item} belongs to {construct} more closely in one group than in another; it is compared "
    "no further.",
    "item_intercept": "{item} is answered higher in one group than in another at the same {construct}; its "
    "mean is left out of the comparison.",
    "item_residual": "What {item} measures beside {construct} varies more in one group than in another.",
    "too_few_alike": "{construct} is measured differently in the groups, and too few of its items stay alike "
    "to compare by.",
    "comparable": "The constructs' means may be compared between the groups.",
    "partly_comparable": "The constructs' means may be compared between the groups, leaving {names} out of "
    "the comparison.",
    "relations_comparable": "Relations between the constructs may be compared between the groups, their "
    "means may not.",
    "not_comparable": "The constructs are not measured alike in the groups: neither their means nor their "
    "relations may be compared.",
    # MICOM
    "permutations_failed": "{failed} of {permutations} random divisions gave no result and are left out.",
    "composed_differently": "The items do not make up {names} in the same way in the two groups, which "
    "cannot be compared on it.",
    "poolable": "The constructs are made up alike, with equal means and variances: the groups may be pooled.",
    "effects_comparable": "The constructs are made up alike in the two groups: effects may be compared.",
    "weights_not_found": "The weights of the items could not be found in every group.",
}


def gate(model: StructuralModel, groups: Sequence[Moments]) -> tuple[Refusal, Issue] | None:
    """Why some group cannot carry the model, or None: fewer than 30 answers or not more than items, an item
    that does not vary, items that follow from one another."""
    items, needed = len(model.items), max(LEAST_BASE, len(model.items) + 1)
    for place, one in enumerate(groups, start=1):
        if one.n < needed:
            return "too_few", remark("too_few", group=place, n_used=one.n, items=items, needed=needed)
        flat = np.diag(one.covariance) <= 1e-12 * (1.0 + one.mean**2)
        if flat.any():
            names = [item for item, still in zip(model.items, flat, strict=True) if still]
            return "not_identified", remark("constant_item", group=place, names=names)
        if np.linalg.eigvalsh(one.correlation)[0] < LEAST_EIGENVALUE:
            return "not_identified", remark("repeated_items", group=place)
    return None


def remark(code: str, **params: Any) -> Issue:
    """The issue with this code; lists of names are joined in its sentence."""
    shown = {key: _joined(value) if isinstance(value, list) else value for key, value in params.items()}
    return Issue(code, params, SENTENCES[code].format_map(shown))


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
