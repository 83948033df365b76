"""A table as CSV: what spreadsheets open without taking words for formulas, and programs read as numbers."""

import csv
import io
import unicodedata

from indices.numbers import MINUS
from indices.report_tables.table import Column, Kind, Row, Table, Value

BOM = "\ufeff"  # without it, Excel takes Chinese for something else
FORMULA = frozenset("=+-@\t\r\n")


def csv_file(table: Table) -> bytes:
    """The table's headers and rows, figures with the digits of the page; no figure is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(column.header) for column in table.columns])
    writer.writerows(_cells(table, row) for row in table.rows)
    return (BOM + out.getvalue()).encode()


def _cells(table: Table, row: Row) -> list[str]:
    shown = zip(table.columns, row.values, table.shown(row), strict=True)
    return [_cell(column, value, text) for column, value, text in shown]


def _cell(column: Column, value: Value, text: str) -> str:
    if column.kind is Kind.TEXT:
        return harmless(text)
    return "" if value is None else text.replace(MINUS, "-")


def harmless(text: str) -> str:
    """Text that no spreadsheet computes: an apostrophe before what begins like a formula, also after blanks
    or quotes, or in letters of full width. NUL, which no spreadsheet reads, is left out."""
    kept = text.replace("\0", "")
    first = unicodedata.normalize("NFKC", kept.lstrip(" \"'\u00a0\u3000\u200b\ufeff")[:1])
    starts = kept[:1] in FORMULA or first[:1] in FORMULA
    return f"'{kept}" if starts else kept
