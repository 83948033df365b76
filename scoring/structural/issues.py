"""What a reader must be told about a result: a code and figures to translate by, and the sentence in
English."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SENTENCES = {
    "rows_left_out": "{n_used} of {n} answers are used; the others lack an answer to at least one item.",
    "empty_rows_left_out": "{n_used} of {n} answers are used; the others say nothing on any item.",
    "weighted_rows_left_out": "{n_used} of {n} answers are used; the others lack an answer to at least "
    "one item, or have weight 0.",
    "weighted_empty_rows_left_out": "{n_used} of {n} answers are used; the others say nothing on any item, "
    "or have weight 0.",
    "weighted": "Answers are weighted: {n_used} of them tell as much as {n_effective} of equal weight.",
    "nobody_has_option": "The answers cannot be weighted: nobody chose {value} of {margin}. Join it "
    "with another option in the questionnaire, leave the question out of the weighting, or wait for answers.",
    "margins_contradict": "The answers cannot be weighted: no weights agree with all questions of the "
    "weighting at once. Leave one out, or wait for answers.",
    "bounds_too_narrow": "The answers cannot be weighted: no weights within the bounds agree with the "
    "population. Widen the bounds, or wait for answers.",
    "moments_only": "Robust standard errors and intervals need the answers, not only their moments.",
    "filled_with_means": "{count} missing answers were replaced by the mean of their item, which makes "
    "intervals too narrow.",
    "inapplicable_left_out": "{count} answers are left out, because an item did not apply to them or was not "
    "shown.",
    "never_together": "Too few people answered {names} together to tell how they belong together.",
    "gaps_too_many": "Too many different combinations of answers are missing to use incomplete answers.",
    "gaps_not_bridged": "The answers given tell too little about the missing ones to use incomplete answers.",
    "complete_only": "Incomplete answers could not be used, so that only complete ones are.",
    "too_few": "There are {n_used} usable answers; a model of {items} items needs at least {needed}.",
    "constant_item": "Everybody gave the same answer to {names}: it tells nothing, leave it out.",
    "repeated_items": "The answers to {names} repeat one another exactly; keep one of them or leave one out.",
    "not_identified": "These answers cannot settle all that the model asks; give its constructs more items, "
    "or draw fewer paths.",
    "not_converged": "The search for the best-fitting model did not come to an end; nothing can be reported.",
    "improper_variance": "The full model leaves no residual variance for {names}, which cannot be true.",
    "improper_correlation": "The full model cannot tell {names} apart.",
    "measurement_only": "The index comes from the constructs and their items alone; the paths between the "
    "constructs are not estimated.",
    "measurement_failed": "The constructs and items alone give no admissible result either, so there is no "
    "index by maximum likelihood.",
    "item_against": "{item} runs against the other items of {construct}; check whether its scale is turned "
    "round.",
    "improper_weight": "{construct} has no index: the weight of {names} is not positive.",
    "not_separable": "The drivers of {construct} cannot be told apart: they overlap too much, or their "
    "effects are too uncertain.",
    "same_constructs": "{names} cannot be told apart: one follows exactly from the others.",
    "covariances_ignored": "Residual covariances have no place in pls and are left out.",
    "no_intervals": "Standard errors and intervals of paths and loadings need a bootstrap.",
    "groups_left_out": "There are so many answers that intervals come from leaving out {groups} random "
    "groups of them in turn, instead of resamples.",
    "errors_by_groups": "There are so many answers that errors come from the spread over {groups} random "
    "groups of them.",
    "no_index_interval": "The standard error of some indices cannot be given: leaving out single answers "
    "breaks their estimation.",
    "resamples_failed": "{failed} of {resamples} resamples gave no result and are left out of the intervals.",
    "resamples_improper": "In {count} of {resamples} resamples an item of {construct} had no weight above 0: "
    "they are left out of its interval.",
}


@dataclass(frozen=True)
class Issue:
    """One remark on a result; `text` is the English sentence, `code` and `params` let a caller write
    another."""

    code: str
    params: dict[str, Any]
    text: str

    def to_json(self) -> dict[str, Any]:
        """The issue as plain values."""
        return {"code": self.code, "params": self.params, "text": self.text}


def issue(code: str, **params: Any) -> Issue:
    """The issue with this code; lists of names are joined in its sentence."""
    shown = {key: _joined(value) if isinstance(value, list) else value for key, value in params.items()}
    return Issue(code, params, SENTENCES[code].format_map(shown))


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
