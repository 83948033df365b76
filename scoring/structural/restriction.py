"""A parameter of a structural model that is fixed, or labelled to be equal to others."""

from dataclasses import dataclass, field
from typing import Literal, NoReturn

from scoring.errors import ModelError, ModelSyntaxError

Operator = Literal["=~", "~", "~~"]
LARGEST_VALUE = 1e6


@dataclass(frozen=True, slots=True)
class Restriction:
    """`left operator right`, as in model text, fixed at `value` or sharing the value of its `label`.

    `line` and `column` say where it stands in a text, from 1; 0 where there is none.
    """

    left: str
    operator: Operator
    right: str
    value: float | None = None
    label: str | None = None
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)

    @property
    def place(self) -> tuple[str, str, str]:
        """The parameter it is about; a covariance reads the same both ways."""
        pair = sorted((self.left, self.right)) if self.operator == "~~" else [self.left, self.right]
        return self.operator, pair[0], pair[1]

    @property
    def text(self) -> str:
        """What stands before the name in model text."""
        return f"{self.value!r}*" if self.value is not None else f"{self.label}*"

    def refuse(self, reason: str) -> NoReturn:
        """Raise the error that points here."""
        if self.line:
            raise ModelSyntaxError(reason, self.line, self.column)
        raise ModelError(f"{self.left} {self.operator} {self.text}{self.right}: {reason}")
