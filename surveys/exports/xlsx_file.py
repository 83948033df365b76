"""Answers as XLSX, row by row, so that memory stays flat. No text becomes a formula or a link.

XlsxWriter makes the workbook, and in its constant memory keeps the rows of a sheet in a file until it is
closed. The rows are put there as XML of our own: cells of closed questions are made once, not for each
answer, which is several times faster, and a text is always escaped, which XlsxWriter leaves out for one that
begins with <r> and ends with </r>. A cell does not say its place, which is the one after its neighbour's: so
a sheet is half as long, and 132,000 answers to 510 questions are one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from surveys.exports.answers import Cells
from surveys.exports.columns import Column
from surveys.exports.tables import table_value

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet
MOST_BYTES = 1_900_000_000  # of a sheet's rows as XML; beyond, Excel wants to repair what it opens
NARROWEST, WIDEST = 9, 40  # letters of a column; a heading is often a whole question
LONGEST = 32_767  # UTF-16 units of a cell
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x(?=[0-9A-Fa-f]{4}_)")


class TooWide(ValueError):
    """More columns than a sheet has."""


def cells(columns: Sequence[Column], language: str | None) -> list[Cells]:
    """Of each column what its values look like in a sheet. Raises TooWide."""
    if len(columns) > MOST_COLUMNS:
        raise TooWide
    return [Cells(_cell(table_value(one, language)), one.family == "text") for one in columns]


def _cell(value_of: Callable[[Any], Any]) -> Callable[[Any], str]:
    def make(stored: Any) -> str:
        value = value_of(stored)
        return text_cell(value) if isinstance(value, str) else f"<c><v>{value:.16G}</v></c>"

    return make


def text_cell(text: str) -> str:
    if not text:
        return "<c/>"
    held = escape(UNWRITABLE.sub(_code, shortened(text)))
    keeps = ' xml:space="preserve"' if held != held.strip() or "\n" in held else ""
    return f'<c t="inlineStr"><is><t{keeps}>{held}</t></is></c>'


def _code(found: re.Match[str]) -> str:
    """What Office writes for a character that XML does not take, and for what looks like that."""
    return "_x005F_x" if found[0] == "_x" else f"_x{ord(found[0]):04X}_"


def shortened(text: str) -> str:
    """The text as far as a cell holds it."""
    if len(text) * 2 <= LONGEST:
        return text
    units = text.encode("utf-16-le")[: LONGEST * 2]
    return units.decode("utf-16-le", errors="ignore")


def write(
    path: Path, titles: Sequence[str], chunks: Iterable[list[list[str]]], codebook: Iterator[Sequence[str]]
) -> None:
    """Answers go on on the next sheet where one is full."""
    from xlsxwriter import Workbook

    with Workbook(str(path), {**OPTIONS, "tmpdir": str(path.parent)}) as book:
        number, sheet = 1, Sheet(book, "answers", titles)
        for rows in chunks:
            for row in rows:
                if sheet.is_full:
                    number += 1
                    sheet = Sheet(book, f"answers {number}", titles)
                sheet.add(row)
        _write_codebook(book, codebook)


def _write_codebook(book: Any, rows: Iterator[Sequence[str]]) -> None:
    sheet = Sheet(book, "codebook", next(rows))
    for row in rows:
        sheet.add([text_cell(text) for text in row])


class Sheet:
    """A sheet with titles in its first row, which stays in sight."""

    def __init__(self, book: Any, name: str, titles: Sequence[str]) -> None:
        self.sheet, self.rows, self.bytes = book.add_worksheet(name), 0, 0
        self.sheet.freeze_panes(1, 0)
        for place, title in enumerate(titles):
            self.sheet.set_column(place, place, min(max(len(title) + 2, NARROWEST), WIDEST))
        self.add([text_cell(title) for title in titles])

    @property
    def is_full(self) -> bool:
        return self.rows == MOST_ROWS or self.bytes > MOST_BYTES

    def add(self, row: Sequence[str]) -> None:
        """One more row of cells as `cells` makes them."""
        self.sheet._check_dimensions(self.rows, len(row) - 1)  # by which it knows how large it is
        self.rows += 1
        written = f'<row r="{self.rows}">{"".join(row)}</row>'
        self.bytes += len(written.encode())
        self.sheet.row_data_fh.write(written)
