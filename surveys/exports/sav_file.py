"""Answers as a file for SPSS: numbers with their labels, and the kinds of missing declared as such.

pyreadstat takes a whole table. Numbers are held in the smallest type that has them, a byte for an answer on a
scale, so that a million answers to a hundred questions take 100 MB; texts take what they are long.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from surveys.exports.answers import Cells
from surveys.exports.columns import Column, in_language
from surveys.exports.cutting import cut, unique
from surveys.exports.missing import in_words, numbers

# Bytes, as SPSS counts them.
LONGEST_NAME, LONGEST_LABEL, LONGEST_VALUE_LABEL, LONGEST_TEXT = 64, 256, 120, 32_767
FIRST_DAY = date(1582, 10, 14).toordinal()  # from which SPSS counts seconds
SECONDS = 86_400


class Variable:
    """A column as SPSS has it: its missing numbers, its labels by number, and the smallest type that holds
    its values. An option's number is its place among all there ever were: a later version changes none."""

    def __init__(self, column: Column, language: str) -> None:
        self.column, self.language = column, language
        self.missing = numbers(column.lowest if column.family != "single" else 1)
        self.codes = {value: place for place, value in enumerate(column.labels, 1)}

    @property
    def is_text(self) -> bool:
        return self.column.family == "text"

    @property
    def can_miss(self) -> bool:
        """What is told of every response is never missing, but for segments, which somebody chose."""
        return not self.is_text and (self.column.is_question or self.column.family == "single")

    @property
    def cells(self) -> Cells:
        return Cells(self._make(), self.is_text)

    def _make(self) -> Callable[[Any], Any]:
        missing, codes = self.missing, self.codes
        if self.is_text:
            return lambda value: cut(str(value), LONGEST_TEXT)
        if self.column.family == "single":
            return lambda value: missing[value] if value in missing else codes[value]
        if self.column.family == "date":
            return lambda value: missing[value] if value in missing else seconds_of(value)
        return lambda value: missing.get(value, value)

    @property
    def dtype(self) -> Any:
        if self.is_text:
            return object
        if self.column.family == "single":
            return np.min_scalar_type(-max(len(self.codes), -min(self.missing.values())) - 1)
        if not self.column.is_whole or self.column.family == "date":
            return np.float64
        if self.column.highest is None:
            return np.float64 if self.column.is_question else np.int32
        return np.min_scalar_type(-int(max(self.column.highest, -min(self.missing.values()))) - 1)

    @property
    def label(self) -> str:
        """What is asked; of what is no question, what it is."""
        zone = self.column.heading.removeprefix(self.column.name)
        return cut(in_language(self.column.texts, self.language) + zone, LONGEST_LABEL)

    @property
    def value_labels(self) -> dict[int | float, str]:
        named = {self._number(value): self.column.label(value, self.language) for value in self.column.labels}
        words = in_words()
        reasons = {number: words[kind] for kind, number in self.missing.items() if self.can_miss}
        return {number: cut(text, LONGEST_VALUE_LABEL) for number, text in (named | reasons).items()}

    def _number(self, value: str) -> int:
        return self.codes[value] if self.column.family == "single" else int(value)

    @property
    def missing_range(self) -> list[Any]:
        return [{"lo": min(self.missing.values()), "hi": max(self.missing.values())}]

    @property
    def measure(self) -> str:
        if self.is_text or self.column.family == "single":
            return "nominal"
        return "ordinal" if self.column.kind == "scale" else "scale"

    @property
    def format(self) -> str:
        return "SDATE10" if self.column.family == "date" else "F8.0" if self.column.is_whole else "F16.6"


def seconds_of(day: str) -> float:
    return float((date.fromisoformat(day).toordinal() - FIRST_DAY) * SECONDS)


def variables(columns: Sequence[Column], language: str) -> dict[str, Variable]:
    names = unique((column.name for column in columns), LONGEST_NAME)
    return {name: Variable(column, language) for name, column in zip(names, columns, strict=True)}


def write(
    path: Path, named: Mapping[str, Variable], chunks: Iterable[list[list[Any]]], rows: int, label: str
) -> None:
    """`rows` is the most that come."""
    import pandas as pd
    import pyreadstat

    held, n = _held(named.values(), chunks, rows)
    frame = pd.DataFrame(dict(zip(named, (one[:n] for one in held), strict=True)), copy=False)
    told = {name: one for name, one in named.items() if not one.is_text}
    pyreadstat.write_sav(
        frame,
        str(path),
        file_label=cut(label, 64),
        row_compress=True,
        column_labels={name: one.label for name, one in named.items()},
        variable_value_labels={name: one.value_labels for name, one in told.items()},
        missing_ranges={name: one.missing_range for name, one in told.items() if one.can_miss},
        variable_measure={name: one.measure for name, one in named.items()},
        variable_format={name: one.format for name, one in told.items()},
    )


def _held(
    variables: Iterable[Variable], chunks: Iterable[list[list[Any]]], rows: int
) -> tuple[list[Any], int]:
    """The columns (rows,) and how many of them were filled."""
    held = [np.empty(rows, dtype=one.dtype) for one in variables]
    n = 0
    for chunk in chunks:
        for column, values in zip(held, _transposed(chunk), strict=True):
            column[n : n + len(chunk)] = values
        n += len(chunk)
    return held, n


def _transposed(chunk: list[list[Any]]) -> Iterator[tuple[Any, ...]]:
    return zip(*chunk, strict=True)
