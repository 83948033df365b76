"""Answers as CSV: UTF-8 with a byte order mark, without which spreadsheets misread Chinese."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from surveys.exports.answers import Cells
from surveys.exports.columns import Column
from surveys.exports.defanging import defanged
from surveys.exports.tables import table_value

Chunks = Iterable[list[list[Any]]]


def cells(columns: Sequence[Column], language: str | None) -> list[Cells]:
    return [Cells(_cell(table_value(one, language)), one.family == "text") for one in columns]


def _cell(value_of: Callable[[Any], Any]) -> Callable[[Any], str]:
    def make(stored: Any) -> str:
        value = value_of(stored)
        return defanged(value) if isinstance(value, str) else repr(value)

    return make


def write(path: Path, titles: Sequence[str], chunks: Chunks) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(map(defanged, titles))
        for rows in chunks:
            out.writerows(rows)


def write_table(path: Path, rows: Iterator[Sequence[str]]) -> None:
    """A table of texts."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(map(defanged, row) for row in rows)
