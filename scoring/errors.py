"""What the engine raises: unusable input only. A statistic that cannot be given is a result, not an
exception."""


class ScoringError(Exception):
    """Input the engine cannot work with; the message is one line that says what would be right."""


class ModelError(ScoringError):
    """A structural model that contradicts itself or is larger than the engine accepts."""


class ModelSyntaxError(ModelError):
    """Model text outside the grammar; `line` and `column` count from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason = reason
        self.line = line
        self.column = column


class DataError(ScoringError):
    """Answers that cannot be used; names the column and, where there is one, the row (counted from 1)."""

    def __init__(self, reason: str, column: str | None = None, row: int | None = None) -> None:
        where = [f"column {column!r}"] if column is not None else []
        where += [f"row {row}"] if row is not None else []
        super().__init__(": ".join([", ".join(where), reason]) if where else reason)
        self.reason = reason
        self.column = column
        self.row = row


class OptionError(ScoringError):
    """An option that does not exist, is not available yet or does not go with the others."""
