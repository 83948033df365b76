"""Whether any answers at all meet a set of conditions, with those under which their questions are shown."""

from collections import defaultdict
from collections.abc import Mapping

from surveys.questionnaire.conditions import Condition
from surveys.questionnaire.questions import Question

Rules = Mapping[str, tuple[Question, tuple[Condition, ...]]]


def can_be_met(conditions: tuple[Condition, ...], rules: Rules) -> bool:
    """Conditions on different questions do not touch one another, so each question is looked at alone."""
    by_question: dict[str, list[Condition]] = defaultdict(list)
    for condition in _with_what_they_need(conditions, rules):
        by_question[condition.question].append(condition)
    return all(_some_answer(rules[code][0], asked) for code, asked in by_question.items())


def _with_what_they_need(conditions: tuple[Condition, ...], rules: Rules) -> set[Condition]:
    """The conditions, and those of the questions they look back to, all the way.

    One on a question that is not there says nothing here; it is a mistake of its own.
    """
    found: set[Condition] = set()
    waiting = list(conditions)
    while waiting:
        condition = waiting.pop()
        if condition not in found and condition.question in rules:
            found.add(condition)
            waiting += rules[condition.question][1]
    return found


def _some_answer(question: Question, conditions: list[Condition]) -> bool:
    if question.kind == "multiple":
        return _some_selection(question, conditions)
    if question.kind in {"single", "scale"}:
        points = [int(c.value) if question.kind == "scale" else c.value for c in question.choices]
        return any(all(condition.accepts(point) for condition in conditions) for point in points)
    if question.kind in {"number", "points"}:
        return _some_number(question, conditions)
    return True


def _some_selection(question: Question, conditions: list[Condition]) -> bool:
    """The largest selection that holds nothing refused meets every "is" that can be met at all."""
    refused = {str(v) for condition in conditions if condition.operator == "is_not" for v in condition.values}
    largest = [choice.value for choice in question.choices if choice.value not in refused]
    return bool(largest) and all(condition.accepts(largest) for condition in conditions)


def _some_number(question: Question, conditions: list[Condition]) -> bool:
    bounds = [(c.operator, float(c.values[0])) for c in conditions if c.operator in {"at_least", "at_most"}]
    lowest = [bound for operator, bound in bounds if operator == "at_least"]
    highest = [bound for operator, bound in bounds if operator == "at_most"]
    lowest += [question.minimum] if question.minimum is not None else []
    highest += [question.maximum] if question.maximum is not None else []
    return max(lowest, default=float("-inf")) <= min(highest, default=float("inf"))
