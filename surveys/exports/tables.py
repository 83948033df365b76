"""Cells of tables: numbers as numbers, everything else as text."""

from collections.abc import Callable
from typing import Any

from surveys.exports.columns import Column
from surveys.exports.missing import KINDS

Number = int | float


def table_value(column: Column, language: str | None) -> Callable[[Any], Number | str]:
    """What stands in a table for a stored value; with a language options are told by their labels."""
    if column.family == "text":
        return str
    if column.family == "single":
        return lambda value: _reason(value) or (column.label(value, language) if language else value)
    return lambda value: _reason(value) or value


def _reason(value: Any) -> str:
    return KINDS.get(value, "")
