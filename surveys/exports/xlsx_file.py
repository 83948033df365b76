"""Answers as XLSX, row by row, so that memory stays flat. No text becomes a formula or a link."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from surveys.exports.answers import Cells
from surveys.exports.columns import Column
from surveys.exports.tables import table_value

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet
LONGEST = 32_767  # UTF-16 units of a cell
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class TooWide(ValueError):
    """More columns than a sheet has."""


def cells(columns: Sequence[Column], language: str | None) -> list[Cells]:
    return [Cells(_bounded(table_value(column, language))) for column in columns]


def _bounded(value_of: Any) -> Any:
    def make(stored: Any) -> Any:
        value = value_of(stored)
        return shortened(value) if isinstance(value, str) else value

    return make


def shortened(text: str) -> str:
    """The text as far as a cell holds it."""
    if len(text) * 2 <= LONGEST:
        return text
    units = text.encode("utf-16-le")[: LONGEST * 2]
    return units.decode("utf-16-le", errors="ignore")


def write(
    path: Path, titles: Sequence[str], chunks: Iterable[list[list[Any]]], codebook: Iterator[Sequence[str]]
) -> None:
    """Answers go on on the next sheet where one is full. Raises TooWide."""
    from xlsxwriter import Workbook

    if len(titles) > MOST_COLUMNS:
        raise TooWide
    with Workbook(str(path), {**OPTIONS, "tmpdir": str(path.parent)}) as book:
        sheet = Answers(book, titles)
        for rows in chunks:
            for row in rows:
                sheet.add(row)
        _write_codebook(book.add_worksheet("codebook"), codebook)


def _write_codebook(sheet: Any, rows: Iterator[Sequence[str]]) -> None:
    for number, row in enumerate(rows):
        for place, text in enumerate(row):
            sheet.write_string(number, place, shortened(text))


class Answers:
    """The sheets that hold answers, each with the titles in its first row, which stays in sight."""

    def __init__(self, book: Any, titles: Sequence[str]) -> None:
        self.book, self.titles, self.number = book, titles, 0
        self._begin()

    def _begin(self) -> None:
        self.number += 1
        name = "answers" if self.number == 1 else f"answers {self.number}"
        self.sheet, self.row = self.book.add_worksheet(name), 1
        self.sheet.freeze_panes(1, 0)
        for place, title in enumerate(self.titles):
            self.sheet.write_string(0, place, shortened(title))

    def add(self, row: Sequence[Any]) -> None:
        if self.row == MOST_ROWS:
            self._begin()
        sheet, number = self.sheet, self.row
        for place, value in enumerate(row):
            if value.__class__ is str:
                if value:
                    sheet.write_string(number, place, value)
            else:
                sheet.write_number(number, place, value)
        self.row += 1
