"""Answers from a CSV file with a header."""

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from scoring.errors import DataError

LARGEST_COLUMNS = 10_000
MAPPED = "add it, or use --columns"
SPELLING = "add it, or mind its spelling: upper and lower case count"

Cell = TypeVar("Cell", float, str)


def read_columns(path: Path, columns: Mapping[str, str], hint: str = MAPPED) -> NDArray[np.float64]:
    """The values (n, k) of the CSV columns that the k keys of `columns` are mapped to; an empty cell is NaN.

    Rows count from 1 after the header; blank lines are passed over. Raises `DataError` for a missing or
    repeated column, a row of another length, and a cell that is not a number; `hint` says what to do about
    a missing column.
    """
    return np.array(_cells(path, columns, _number, hint), dtype=np.float64)


def read_text(path: Path, columns: Sequence[str]) -> list[list[str]]:
    """The cells of the named columns as they stand, without blanks at their ends; an empty cell is "".

    Rows and errors as in `read_columns`.
    """
    named = {column: column for column in columns}
    return _cells(path, named, lambda cell, column, row: cell.strip(), SPELLING)


def _cells(
    path: Path, columns: Mapping[str, str], convert: Callable[[str, str, int], Cell], hint: str
) -> list[list[Cell]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = _header(rows, path)
            places = [_place(header, column, item, hint) for item, column in columns.items()]
            values = [_picked(row, number, header, places, convert) for number, row in _body(rows)]
    except UnicodeDecodeError:
        raise DataError(f"{path.name} is not UTF-8 text; save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise DataError(f"{path.name} is not a CSV file ({error})") from None
    if not values:
        raise DataError(f"{path.name} has a header and no answers; at least one row must follow")
    return values


def header_of(path: Path) -> list[str]:
    """The column names of a CSV file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _header(csv.reader(file), path)
    except UnicodeDecodeError:
        raise DataError(f"{path.name} is not UTF-8 text; save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise DataError(f"{path.name} is not a CSV file ({error})") from None


def _header(rows: Iterator[list[str]], path: Path) -> list[str]:
    header = [name.strip() for name in next(rows, [])]
    if not any(header):
        raise DataError(f"{path.name} is empty; its first line must name the columns")
    if len(header) > LARGEST_COLUMNS:
        raise DataError(f"{path.name} has {len(header)} columns; at most {LARGEST_COLUMNS} are read")
    return header


def _place(header: Sequence[str], column: str, item: str, hint: str) -> int:
    count = header.count(column)
    if count == 1:
        return header.index(column)
    if count > 1:
        raise DataError(f"stands {count} times in the header; it may stand once", column)
    if len(header) == 1 and ";" in header[0]:
        hint = "the columns must be separated by commas, not semicolons"
    named = "" if item == column else f" (for item {item!r})"
    raise DataError(f"is not in the header{named}; {hint}", column)


def _body(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows with their number, without blank lines."""
    number = 0
    for row in rows:
        if row:
            number += 1
            yield number, row


def _picked(
    row: list[str],
    number: int,
    header: list[str],
    places: list[int],
    convert: Callable[[str, str, int], Cell],
) -> list[Cell]:
    if len(row) != len(header):
        raise DataError(f"has {len(row)} cells; the header names {len(header)} columns", row=number)
    return [convert(row[place], header[place], number) for place in places]


def _number(cell: str, column: str, row: int) -> float:
    text = cell.strip()
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        shown = text if len(text) <= 30 else text[:30] + "…"
        raise DataError(f"{shown!r} is not a number; a missing answer is an empty cell", column, row)
    return value
