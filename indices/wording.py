"""What the engine's verdicts and a run's errors are called in the reader's language."""

from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ISSUES = {
    "rows_left_out": gettext_lazy("%(n_used)s of %(n)s answers are used; the others lack an answer to at least one item."),
    "empty_rows_left_out": gettext_lazy("%(n_used)s of %(n)s answers are used; the others say nothing on any item."),
    "inapplicable_left_out": gettext_lazy("%(count)s answers are left out, because an item did not apply to them or was not shown."),
    "never_together": gettext_lazy("Too few people answered %(names)s together to tell how they belong together."),
    "gaps_too_many": gettext_lazy("Too many different combinations of answers are missing to use incomplete answers."),
    "gaps_not_bridged": gettext_lazy("The answers given tell too little about the missing ones to use incomplete answers."),
    "complete_only": gettext_lazy("Incomplete answers could not be used, so that only complete ones are."),
    "groups_left_out": gettext_lazy("There are so many answers that intervals come from leaving out %(groups)s random groups of them in turn, instead of resamples."),
    "too_few": gettext_lazy("There are %(n_used)s usable answers; a model of %(items)s items needs at least %(needed)s."),
    "constant_item": gettext_lazy("Everybody gave the same answer to %(names)s, so nothing can be learnt from it."),
    "repeated_items": gettext_lazy("The answers to %(names)s repeat one another exactly; one of them has to go."),
    "not_identified": gettext_lazy("These answers cannot settle all that the model asks."),
    "not_converged": gettext_lazy("The search for the best-fitting model did not come to an end, so nothing can be reported."),
    "improper_variance": gettext_lazy("The full model leaves no residual variance for %(names)s, which cannot be true."),
    "improper_correlation": gettext_lazy("The full model cannot tell %(names)s apart."),
    "measurement_only": gettext_lazy("The index comes from the constructs and their items alone; the paths between the constructs are not estimated."),
    "measurement_failed": gettext_lazy("The constructs and items alone give no admissible result either, so there is no index by maximum likelihood."),
    "item_against": gettext_lazy("%(item)s runs against the other items of %(construct)s; check whether its scale is reversed."),
    "improper_weight": gettext_lazy("%(construct)s has no index: the weight of %(names)s is not positive."),
    "not_separable": gettext_lazy("The drivers of %(construct)s cannot be told apart: they overlap too much or their effects are too uncertain."),
    "same_constructs": gettext_lazy("%(names)s cannot be told apart: one follows exactly from the others."),
    "no_index_interval": gettext_lazy("The interval of the indices cannot be given."),
    "resamples_failed": gettext_lazy("%(failed)s of %(resamples)s resamples gave no result and are left out of the intervals."),
    "resamples_improper": gettext_lazy("In %(count)s of %(resamples)s resamples an item of %(construct)s had no positive weight; they are left out of the interval of its index."),
}  # fmt: skip
ERRORS = {
    "worker_died": gettext_lazy("The worker stopped in the middle several times; the run was given up."),
    "too_long": gettext_lazy("The computation took longer than allowed and was stopped."),
    "internal": gettext_lazy("Something went wrong in the computation; the log of the worker says what."),
}
STATUSES = {
    "ok": gettext_lazy("estimated"),
    "improper": gettext_lazy("improper solution"),
    "not_converged": gettext_lazy("not converged"),
    "not_identified": gettext_lazy("not identified"),
    "empty_rows_left_out": gettext_lazy(
        "%(n_used)s of %(n)s answers are used; the others say nothing on any item."
    ),
    "inapplicable_left_out": gettext_lazy(
        "%(count)s answers are left out, because an item did not apply to them or was not shown."
    ),
    "never_together": gettext_lazy(
        "Too few people answered %(names)s together to tell how they belong together."
    ),
    "gaps_too_many": gettext_lazy(
        "Too many different combinations of answers are missing to use incomplete answers."
    ),
    "gaps_not_bridged": gettext_lazy(
        "The answers given tell too little about the missing ones to use incomplete answers."
    ),
    "complete_only": gettext_lazy("Incomplete answers could not be used, so that only complete ones are."),
    "groups_left_out": gettext_lazy(
        "There are so many answers that intervals come from leaving out %(groups)s random groups of them in turn, instead of resamples."
    ),
    "too_few": gettext_lazy("too few answers"),
}


def sentence(issue: dict[str, Any], names: dict[str, str]) -> str:
    """An issue of the engine as a sentence; constructs and items by the names the reader knows."""
    template = ISSUES.get(issue["code"])
    if template is None:
        return str(issue["text"])
    return str(template) % {key: _shown(value, names) for key, value in issue["params"].items()}


def status(result: dict[str, Any]) -> str:
    if result["status"] == "ok" and result["structure"] == "measurement":
        return _("measurement model only")
    return str(STATUSES.get(result["status"], result["status"]))


def _shown(value: Any, names: dict[str, str]) -> str:
    if isinstance(value, list):
        return get_text_list([_shown(one, names) for one in value], _("and"))
    return names.get(str(value), str(value))


def failure(error: str) -> str:
    return str(ERRORS.get(error, ERRORS["internal"]))
