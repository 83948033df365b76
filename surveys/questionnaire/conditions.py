"""When a question or a page is shown: what an earlier answer must be.

A condition holds only on an answer that was given. Skipped, "don't know" and hidden answer nothing, so that
what depends on them stays hidden too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Answer = int | float | str | list[str] | None  # a list: the options chosen of a question that takes several
DONT_KNOW, NOT_APPLICABLE, HIDDEN = "dk", "na", "hidden"
NO_ANSWER = {DONT_KNOW, NOT_APPLICABLE, HIDDEN}
OPERATORS = ("is", "is_not", "at_least", "at_most", "answered")


@dataclass(frozen=True)
class Condition:
    """`question` is an earlier question's code; `values` are option codes or points, or one number."""

    question: str
    operator: str
    values: tuple[str | int | float, ...] = ()

    def holds(self, answers: Mapping[str, Answer]) -> bool:
        answer = answers.get(self.question)
        return is_given(answer) and self.accepts(answer)

    def accepts(self, answer: Answer) -> bool:
        """Whether an answer that was given meets the condition."""
        if self.operator == "answered":
            return True
        if self.operator in {"at_least", "at_most"}:
            return _meets_bound(self.operator, answer, self.values[0])
        chosen = answer if isinstance(answer, list) else [answer]
        return bool({str(one) for one in chosen} & {str(one) for one in self.values}) == (
            self.operator == "is"
        )

    def as_json(self) -> dict[str, Any]:
        return {"question": self.question, "operator": self.operator, "values": list(self.values)}


def _meets_bound(operator: str, answer: Answer, bound: str | int | float) -> bool:
    if isinstance(answer, (str, list)) or answer is None:
        return False
    return answer >= float(bound) if operator == "at_least" else answer <= float(bound)


def is_given(answer: Answer) -> bool:
    return isinstance(answer, list) or (answer is not None and answer not in NO_ANSWER)


def all_hold(conditions: Iterable[Condition], answers: Mapping[str, Answer]) -> bool:
    return all(condition.holds(answers) for condition in conditions)
