"""All tables of a report as a workbook: a cover, and one sheet a table."""

import io
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from indices.drawing.lettering import width
from indices.numbers import MINUS
from indices.report.shown import Shown
from indices.report_tables.beside import facts, reading
from indices.report_tables.table import Column, Kind, Row, Table, Value

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

LONGEST_NAME = 31  # letters of a sheet's name
FORBIDDEN = frozenset("[]:*?/\\")
LONGEST_CELL = 32_767  # letters
NARROWEST, WIDEST = 8, 60  # letters of a column
LETTER = 7.0  # px
INK, QUIET, ACCENT, SOFT, LINE = "#17242b", "#54656e", "#14595f", "#d9ebea", "#d8e0e2"
P_FORMAT = '[<0.001]"< 0.001";0.000'


def workbook(shown: Shown, tables: list[Table]) -> bytes:
    """Figures are numbers with every digit stored, shown with those of the page. The same report always gives
    the same bytes."""
    import xlsxwriter

    out = io.BytesIO()
    plain: dict[str, Any] = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(out, plain) as book:
        book.set_properties(_properties(shown))
        book.set_size(2_400, 1_600)
        styles = Styles(book)
        names = sheet_names(tables)
        _cover(book.add_worksheet(_("Report")), styles, shown, list(zip(names, tables, strict=True)))
        for name, table in zip(names, tables, strict=True):
            write_table(book.add_worksheet(name), styles, table, f"{shown.survey.name} · {shown.period.name}")
    return out.getvalue()


def _properties(shown: Shown) -> dict[str, Any]:
    made = shown.run.ended_at or shown.run.queued_at
    return {
        "title": written(shown.survey.name)[:250],
        "subject": written(shown.period.name)[:250],
        "company": written(shown.survey.organisation.name)[:250],
        "created": timezone.localtime(made).replace(tzinfo=None),
    }


class Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: "Workbook") -> None:
        self.book = book
        self.made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def of(self, **looks: Any) -> "Format":
        key = tuple(sorted(looks.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format({"font_color": INK, "valign": "top", **looks})
        return self.made[key]

    @property
    def title(self) -> "Format":
        return self.of(bold=True, font_size=18, font_color=ACCENT)

    @property
    def header(self) -> "Format":
        return self.of(
            bold=True, text_wrap=True, bg_color=SOFT, bottom=1, bottom_color=ACCENT, valign="bottom"
        )

    @property
    def heading(self) -> "Format":
        return self.of(bold=True, font_size=12, font_color=ACCENT)

    @property
    def note(self) -> "Format":
        return self.of(font_color=QUIET, text_wrap=True)

    @property
    def wrapped(self) -> "Format":
        return self.of(text_wrap=True)

    def cell(self, column: Column, row: Row) -> "Format":
        looks: dict[str, Any] = {"bottom": 1, "bottom_color": LINE}
        looks |= {"text_wrap": True} if column.kind is Kind.TEXT else {"num_format": _format(column, row)}
        looks |= {"bold": True} if row.is_strong else {}
        looks |= {"font_color": QUIET} if row.is_faint else {}
        return self.of(**looks)


def _format(column: Column, row: Row) -> str:
    """The number format that shows the page's digits."""
    if column.kind is Kind.P:
        return P_FORMAT
    digits = 0 if column.kind is Kind.COUNT else column.digits if row.digits is None else row.digits
    return f"0.{'0' * digits}" if digits else "0"


def _cover(sheet: "Worksheet", styles: Styles, shown: Shown, tables: list[tuple[str, Table]]) -> None:
    """What the figures are of, how to read them, and which sheet holds what."""
    _printed(sheet, shown.survey.name)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, written(shown.survey.name), styles.title)
    row = 2
    for name, said in facts(shown):
        if said:
            sheet.write_string(row, 0, name, styles.of(font_color=QUIET))
            sheet.write_string(row, 1, written(said), styles.wrapped)
            row += 1
    row = _listed(sheet, styles, row + 1, _("How to read it"), [("", one) for one in reading(shown)])
    _listed(sheet, styles, row + 1, _("Sheets"), [(name, table.title) for name, table in tables])


def _listed(sheet: "Worksheet", styles: Styles, row: int, heading: str, pairs: list[tuple[str, str]]) -> int:
    sheet.write_string(row, 0, heading, styles.heading)
    for name, said in pairs:
        row += 1
        sheet.write_string(row, 0, written(name), styles.of(font_color=QUIET))
        sheet.write_string(row, 1, written(said), styles.wrapped)
    return row + 1


def write_table(sheet: "Worksheet", styles: Styles, table: Table, of: str) -> None:
    """Headers first, so that filters and formulas find them; the notes stand under the table."""
    _printed(sheet, f"{of} · {table.title}")
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, _width(table, place))
        sheet.write_string(0, place, written(column.header), styles.header)
    for number, row in enumerate(table.rows, start=1):
        for place, (column, value) in enumerate(zip(table.columns, row.values, strict=True)):
            _write(sheet, number, place, _number(column, row, value), styles.cell(column, row))
    last = len(table.rows)
    if last:
        sheet.autofilter(0, 0, last, len(table.columns) - 1)
    sheet.write_string(last + 2, 0, written(table.title), styles.heading)
    for number, note in enumerate(table.notes, start=last + 3):
        sheet.merge_range(number, 0, number, max(len(table.columns) - 1, 5), "", styles.note)
        sheet.write_string(number, 0, written(note), styles.note)
        sheet.set_row(number, 15 * (1 + len(note) // 90))


def _number(column: Column, row: Row, value: Value) -> Value:
    """A figure as it is stored; where a spreadsheet, which knows 15 digits, would round it otherwise than the
    page, as the page shows it."""
    if not isinstance(value, float) or column.kind is not Kind.FIGURE:
        return value
    known = float(f"{value:.15g}")
    shown = column.shown(value, row.digits)
    return known if column.shown(known, row.digits) == shown else float(shown.replace(MINUS, "-"))


def _write(sheet: "Worksheet", row: int, column: int, value: Value, style: "Format") -> None:
    if value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, written(value), style)
    else:
        sheet.write_number(row, column, value, style)


def _printed(sheet: "Worksheet", header: str) -> None:
    """A4 across, all columns on one page."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header("&L" + written(header).replace("&", "&&")[:200])
    sheet.set_footer("&R&P / &N")


def _width(table: Table, place: int) -> float:
    """In letters of the widest cell, headers on up to three lines."""
    column = table.columns[place]
    cells = [width(table.shown(row)[place], LETTER) / LETTER for row in table.rows]
    header = width(column.header, LETTER) / LETTER / (1 if column.kind is Kind.TEXT else 2.5)
    return round(min(max(NARROWEST, header, *cells) * 1.25 + 2, WIDEST), 1)


def sheet_names(tables: list[Table]) -> list[str]:
    """The titles, as a workbook allows them: short, without its own marks, and none twice."""
    taken: set[str] = {_("Report").casefold(), "history"}  # Excel keeps the second to itself
    names = []
    for table in tables:
        title = "".join(" " if letter in FORBIDDEN else letter for letter in written(table.title))
        base = " ".join(title.split()).strip("'")[:LONGEST_NAME].strip("' ") or table.key
        name, number = base, 2
        while name.casefold() in taken:
            name, number = f"{base[: LONGEST_NAME - 4].strip()} ({number})", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def written(text: str) -> str:
    """What a cell may hold: no control characters but the line's end, and not more than fits."""
    kept = "".join(letter for letter in text if letter >= " " or letter in "\n\t")
    return kept.encode("utf-8", "ignore").decode().replace("\ufffe", "").replace("\uffff", "")[:LONGEST_CELL]
