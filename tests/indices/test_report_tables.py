"""Tables as files: numbers stay numbers, and no text becomes anything but text."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indices.numbers import rounded
from indices.report_tables.csv_file import csv_file, harmless
from indices.report_tables.table import Row, Table, count, figure, probability, text, without_empty
from indices.report_tables.workbook import LONGEST_NAME, Styles, sheet_names, write_table, written

pytestmark = pytest.mark.words
FORMULAS = [
    "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠A1", " =1", '"=1',
    "'=1", "\u3000=1", "\u200b=1", "\0=1", "\ufeff=1",
]  # fmt: skip
PLAIN = ["a=b", "Satisfaction", "“=”", "–", "1 – 2", "< 0.001", "%", "", "满意度"]


def of(*values: Any, **more: Any) -> Table:
    columns = [text("Name"), figure("Index", 2), count(), probability()]
    return Table("key", "Title", columns, [Row(values, **more)])


def cells(table: Table) -> list[str]:
    content = csv_file(table).decode("utf-8")
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))[-1]


@pytest.mark.parametrize("given", FORMULAS)
def test_what_begins_like_a_formula_is_text_in_cells_and_headers(given: str) -> None:
    assert harmless(given) == "'" + given.replace("\0", "")
    assert cells(of(given, 1.0, 2, 0.5))[0].startswith("'")
    header = csv_file(Table("key", "Title", [text(given)], [])).decode()
    assert header.removeprefix("\ufeff").lstrip('"').startswith("'")


@pytest.mark.parametrize("given", PLAIN)
def test_other_text_stays_as_it_is(given: str) -> None:
    assert harmless(given) == given


def test_figures_are_numbers_with_the_digits_of_the_page_and_none_is_empty() -> None:
    assert cells(of("A", -1.005, 12, 0.0004)) == ["A", "-1.01", "12", "< 0.001"]
    assert cells(of("A", 0.0, 0, 0.25)) == ["A", "0.00", "0", "0.250"]
    assert cells(of("A", -0.001, None, None)) == ["A", "0.00", "", ""]
    assert cells(of("A", 71.25, 3, None, digits=1))[1] == "71.3"


@given(value=st.floats(-1e4, 1e4), digits=st.integers(0, 3))
def test_a_figure_reads_back_as_what_is_shown(value: float, digits: int) -> None:
    read = float(cells(of("A", value, 1, None, digits=digits))[1])
    assert rounded(read, digits) == rounded(value, digits)


@pytest.mark.parametrize("value", [4.1049999999999995, 2.675, -1.005, 0.0049999999999999, 1e-9])
def test_a_workbook_shows_the_figure_of_the_page_also_where_a_spreadsheet_knows_fewer_digits(
    value: float,
) -> None:
    found = float(sheet(of("A", value, 1, None))["B2"].value)
    assert rounded(float(f"{found:.15g}"), 2) == rounded(value, 2)
    assert abs(found - value) < 0.01


def sheet(table: Table) -> Any:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "in_memory": True}) as book:
        write_table(book.add_worksheet("Sheet"), Styles(book), table, "Survey")
    return openpyxl.load_workbook(io.BytesIO(out.getvalue()))["Sheet"]


@pytest.mark.parametrize("given", [*FORMULAS, "http://example.org", "{=1}", "<b>&amp;", "x" * 40_000])
def test_a_workbook_holds_text_as_text(given: str) -> None:
    found = sheet(of(given, -1.5, 2, None))
    assert found["A2"].data_type == "s" and found["A2"].hyperlink is None
    assert found["B2"].data_type == "n" and found["B2"].number_format == "0.00"
    assert found["C2"].number_format == "0" and found["D2"].value is None


def test_a_sheet_keeps_its_headers_in_view_and_on_every_page() -> None:
    found = sheet(of("A", 1.0, 2, 0.5))
    assert found.freeze_panes == "B2" and found.print_title_rows == "$1:$1"
    assert found.page_setup.paperSize == 9 and found.page_setup.orientation == "landscape"


@settings(max_examples=40)
@given(titles=st.lists(st.text(max_size=60), max_size=12))
def test_sheets_have_names_that_a_workbook_allows_and_none_twice(titles: list[str]) -> None:
    names = sheet_names([Table(f"key-{i}", title, [], []) for i, title in enumerate(titles)])
    assert len({name.casefold() for name in names}) == len(titles)
    for name in names:
        assert 0 < len(name) <= LONGEST_NAME and not set(name) & set("[]:*?/\\")
        assert name == name.strip("'") and name.casefold() != "history"


@given(given=st.text(st.characters(codec=None)))
def test_whatever_is_written_can_be_stored(given: str) -> None:
    kept = written(given)
    kept.encode("utf-8")
    assert not any(letter < " " and letter not in "\n\t" for letter in kept)


def test_columns_in_which_nothing_stands_are_left_out_with_their_cells() -> None:
    table = Table("key", "Title", [text("Name"), figure("A"), text("Remarks")], [Row(["x", 1.0, ""])])
    assert without_empty(table, ["Remarks"]).rows[0].values == ["x", 1.0]
    assert without_empty(table, ["Name"]) == table
    kept = without_empty(Table("key", "Title", table.columns, [Row(["x", 0.0, "said"])]), ["A", "Remarks"])
    assert kept.rows[0].values == ["x", 0.0, "said"]
