"""What the engine's verdicts and a run's errors are called in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indices.numbers import rounded

ISSUES = {
    "rows_left_out": gettext_lazy("%(n_used)s of %(n)s answers are used; the others lack an answer to at least one item."),
    "empty_rows_left_out": gettext_lazy("%(n_used)s of %(n)s answers are used; the others say nothing on any item."),
    "inapplicable_left_out": gettext_lazy("%(count)s answers are left out, because an item did not apply to them or was not shown."),
    "never_together": gettext_lazy("Too few people answered %(names)s together to tell how they belong together."),
    "gaps_too_many": gettext_lazy("Too many different combinations of answers are missing to use incomplete answers."),
    "gaps_not_bridged": gettext_lazy("The answers given tell too little about the missing ones to use incomplete answers."),
    "complete_only": gettext_lazy("Incomplete answers could not be used, so that only complete ones are."),
    "groups_left_out": gettext_lazy("There are so many answers that intervals come from leaving out %(groups)s random groups of them in turn, instead of resamples."),
    "errors_by_groups": gettext_lazy("There are so many answers that errors come from the spread over %(groups)s random groups of them."),
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
    "weighted": gettext_lazy("Answers are weighted: %(n_used)s of them tell as much as %(n_effective)s of equal weight."),
    "nobody_has_option": gettext_lazy("The answers cannot be weighted: nobody chose “%(value)s” in answer to “%(margin)s”. Join this option with another one in the questionnaire, leave the question out of the weighting, or wait for answers."),
    "margins_contradict": gettext_lazy("The answers cannot be weighted: no weights agree with all questions of the weighting at once. Leave one out, or wait for answers."),
    "bounds_too_narrow": gettext_lazy("The answers cannot be weighted: no weights within the bounds agree with the population. Widen the bounds, or wait for answers."),
    "resamples_improper": gettext_lazy("In %(count)s of %(resamples)s resamples an item of %(construct)s had no positive weight; they are left out of the interval of its index."),
}  # fmt: skip
# Whether two periods measure the same, and why that could not be told.
COMPARABLE = {
    "full": gettext_lazy("Comparable with %(period)s: every question is answered in the same way by people who think the same."),
    "partial": gettext_lazy("Comparable with %(period)s but for %(items)s."),
    "effects": gettext_lazy("Not comparable with %(period)s: questions are answered higher or lower than then by people who think the same (%(items)s). Effects may be compared, indices may not."),
    "none": gettext_lazy("Not comparable with %(period)s: the questions do not measure the same as then (%(items)s)."),
    "untested": gettext_lazy("Whether this is comparable with %(period)s could not be tested."),
    "other_measure": gettext_lazy("Never compared with %(period)s: another version of the questionnaire measured something else then."),
}  # fmt: skip
MOVED = {
    "metric": gettext_lazy("%(item)s belongs to %(construct)s more closely in one of the two periods than in the other."),
    "up": gettext_lazy("%(item)s is answered more favourably than then, by about %(by)s on its scale, by people whose %(construct)s is the same."),
    "down": gettext_lazy("%(item)s is answered less favourably than then, by about %(by)s on its scale, by people whose %(construct)s is the same."),
}  # fmt: skip
UNTESTED = {
    "too_few": gettext_lazy("One of the two periods has %(n_used)s complete answers, which are too few."),
    "constant_item": gettext_lazy("In one of the two periods everybody gave the same answer to %(names)s."),
    "repeated_items": gettext_lazy("In one of the two periods the answers to some questions follow exactly from one another."),
    "not_identified": gettext_lazy("The answers cannot settle all that the test asks."),
    "not_converged": gettext_lazy("The search for the best-fitting model did not come to an end."),
    "improper": gettext_lazy("The model has no admissible result in one of the two periods: %(names)s cannot be kept apart."),
    "weights_not_found": gettext_lazy("The weights of the questions could not be found in one of the two periods."),
    "no_time": gettext_lazy("There was no time left for the test."),
    "too_large": gettext_lazy("The model has %(items)s questions; up to %(most)s are tested."),
    "single_question": gettext_lazy("One question has no measurement model by which to see whether people still understand it as they did then."),
    "no_model": gettext_lazy("Whether questions still measure the same is tested for structural models only."),
    "overlapping": gettext_lazy("The two share answers, so they are no separate groups."),
    "refused": gettext_lazy("The test does not take this model."),
    "not_weighted": gettext_lazy("The answers of one of the two periods cannot be weighted."),
    "internal": gettext_lazy("Something went wrong in the test; the log of the worker says what."),
}  # fmt: skip
BESIDE = {
    "composites_weighted": gettext_lazy("Whether partial least squares makes up its constructs alike in the two periods is not tested with weights."),
    "poor_fit": gettext_lazy("The model fits the two periods poorly even by themselves: do not build too much on the comparison."),
    "too_few_alike": gettext_lazy("%(construct)s is measured differently in the two periods, and too few of its questions stay alike to compare by."),
}  # fmt: skip
RULES = {
    "beyond": gettext_lazy("beyond the limits"),
    "run": gettext_lazy("the eighth in a row on one side of the mean"),
    "near": gettext_lazy("the third of four in a row nearer to a limit than to the mean"),
}
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
    "errors_by_groups": gettext_lazy(
        "There are so many answers that errors come from the spread over %(groups)s random groups of them."
    ),
    "too_few": gettext_lazy("too few answers"),
    "not_weighted": gettext_lazy("the answers cannot be weighted"),
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


def signed(value: float, digits: int = 1) -> str:
    """With its sign, where what is shown is not nothing."""
    shown = rounded(value, digits)
    return f"+{shown}" if value > 0 and shown.strip("0.") else shown


def reach(low: float, high: float, digits: int = 1) -> str:
    """The interval of a difference, both ends with their signs."""
    return _("%(low)s to %(high)s") % {"low": signed(low, digits), "high": signed(high, digits)}


def change(difference: float, low: float, high: float, digits: int = 1) -> str:
    """A change in the words that its interval allows, with the interval: a direction only where that leaves
    out nothing at all."""
    how = {"by": rounded(abs(difference), digits), "reach": reach(low, high, digits)}
    if low <= 0 <= high:
        return _("no clear change (%s)") % how["reach"]
    return (
        _("up %(by)s, clearly (%(reach)s)") % how if low > 0 else _("down %(by)s, clearly (%(reach)s)") % how
    )


def brief_change(difference: float, low: float, high: float, digits: int = 1) -> str:
    """The same where the interval stands beside it."""
    if low <= 0 <= high:
        return _("no clear change")
    by = rounded(abs(difference), digits)
    return _("up %s, clearly") % by if low > 0 else _("down %s, clearly") % by


def contrast(difference: float, is_clear: bool, digits: int = 1) -> str:
    """How a segment differs from the others."""
    if not is_clear:
        return _("no clear difference")
    by = rounded(abs(difference), digits)
    return _("%s higher, clearly") % by if difference > 0 else _("%s lower, clearly") % by


def filled(
    sentences: Mapping[str, object], code: str, params: Mapping[str, Any], names: dict[str, str]
) -> str:
    """One of the sentences above with its figures and the names the reader knows."""
    return str(sentences[code]) % {key: _shown(value, names) for key, value in params.items()}
