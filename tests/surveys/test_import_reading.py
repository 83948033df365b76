"""Files as people have them: encodings, delimiters, broken quotes, and things that are no CSV at all."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.imports.reading import CODECS, MOST_COLUMNS, Table, read_table
from surveys.imports.refusals import FileRefused, shown


def rows(table: Table) -> list[tuple[int, list[str]]]:
    return [(row.line, row.cells) for row in table.rows()]


def refusal(content: bytes, encoding: str = "utf-8") -> str:
    with pytest.raises(FileRefused) as caught:
        read_table(content, encoding)
    return str(caught.value)


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("big5", "big5"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
    ],
)
def test_it_reads_each_encoding(codec: str, encoding: str) -> None:
    table = read_table("image1,地名\n7,台中\n".encode(codec), encoding)
    assert table.header == ("image1", "地名")
    assert rows(table) == [(2, ["7", "台中"])]


@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_a_byte_order_mark_does_not_stick_to_a_quoted_name(mark: str) -> None:
    assert read_table(f'{mark}"image1","b"\n1,2\n'.encode("gb18030"), "gb18030").header == ("image1", "b")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_it_finds_the_delimiter(delimiter: str) -> None:
    table = read_table(f'"a, b; c"{delimiter}image1{delimiter}d\n1{delimiter}2{delimiter}3\n'.encode())
    assert (table.delimiter, table.header) == (delimiter, ("a, b; c", "image1", "d"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_does(end: str) -> None:
    lines = ['image1,"two', 'line name"', "1,x", "", '2,"a', "", 'b"', ",,".replace(",,", ","), "3,y"]
    table = read_table(end.join(lines).encode())
    assert [line for line, _cells in rows(table)] == [3, 5, 9]
    assert table.row_count == 3


def test_a_single_column_is_a_table() -> None:
    assert rows(read_table(b"image1\n7\n8")) == [(2, ["7"]), (3, ["8"])]


def test_it_refuses_an_empty_file_and_a_header_alone() -> None:
    assert "empty" in refusal(b"")
    assert "empty" in refusal(b"\n\n  \n")
    assert "no rows" in refusal(b"image1,image2\n")


def test_it_refuses_doubled_names_and_permits_nameless_columns() -> None:
    assert "image1" in refusal(b"image1,x, image1\n1,2,3\n")
    assert read_table(b"image1,,\n1,,\n").header == ("image1", "", "")


def test_it_refuses_too_many_columns() -> None:
    wide = ",".join(f"c{n}" for n in range(10_000))
    assert f"10000 columns; at most {MOST_COLUMNS}" in refusal(f"{wide}\n{wide}\n".encode())


def test_it_refuses_a_huge_cell_line_or_name() -> None:
    assert "line 3" in refusal(b"a,b\n1,2\n3," + b"x" * 200_000 + b"\n")
    assert "line 2" in refusal(b"a,b\n" + b"1," * 600_000 + b"\n")
    assert "too long" in refusal(b"a," + b"x" * 500 + b"\n1,2\n")


def test_it_names_the_line_of_a_broken_quote() -> None:
    assert "line 3" in refusal(b'a,b\n1,2\n"3,4\n5,6\n')
    assert "line 2" in refusal(b'a,b\n"1"x,2\n')


def test_it_refuses_nul_and_says_where() -> None:
    assert "line 3: there is a NUL" in refusal(b"a,b\n1,2\n\0,3\n")
    assert "line 1" in refusal("a,b\n1,2\n".encode("utf-16-le"))


def test_it_names_the_line_and_the_encodings_that_would_fit() -> None:
    message = refusal("image1,city\n7,ok\n8,北京\n".encode("gbk"))
    assert "line 3" in message
    assert "GB18030" in message
    assert "UTF-16" not in message


def test_it_goes_by_the_byte_order_mark() -> None:
    assert "UTF-16" in refusal("a,b\n1,2\n".encode("utf-16"))
    assert "UTF-8" in refusal(b"\xef\xbb\xbfa,b\n1,2\n", "gb18030")


def test_it_says_so_when_a_workbook_is_uploaded() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 1000)
    assert "XLSX" in refusal(made.getvalue())
    assert "XLS" in refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert read_table(b"PK,image1\n1,2\n").header == ("PK", "image1")


def test_it_refuses_too_many_rows_and_bytes(settings: object) -> None:
    settings.IMPORT_MAX_ROWS = 2  # type: ignore[attr-defined]
    assert "line 4: the file has more than 2 rows" in refusal(b"a\n1\n2\n3\n")
    settings.IMPORT_MAX_BYTES = 3  # type: ignore[attr-defined]
    assert "at most 3" in refusal(b"a\n1\n")


@given(st.binary(max_size=300) | st.text('ab,;\t"\r\n\0\ufeff 1', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for encoding in CODECS:
        try:
            table = read_table(content, encoding)
        except FileRefused as refused:
            assert str(refused)
        else:
            assert len(rows(table)) == table.row_count > 0


@given(st.text(max_size=200))
def test_what_is_shown_is_short_and_visible(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text)) <= 60 * 10
