"""Reading a CSV file: its encoding, its delimiter, its header, and its rows by the line they begin on."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from surveys.imports.refusals import FileRefused, shown

# Windows' Big5 (cp950) holds what Excel in Taiwan writes; plain Big5 lacks some of its characters.
CODECS = {"utf-8": "utf-8-sig", "gb18030": "gb18030", "big5": "cp950", "utf-16": "utf-16"}
ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GB18030 (GBK, GB2312)", "big5": "Big5", "utf-16": "UTF-16"}
DELIMITERS = (",", ";", "\t")
MOST_COLUMNS = 1_000
LONGEST_NAME = 200  # characters
LONGEST_LINE = 1_000_000  # characters

OTHER_FORMATS = {
    b"PK\x03\x04": "XLSX/ZIP",
    b"PK\x05\x06": "ZIP",
    b"\xd0\xcf\x11\xe0": "XLS",
    b"\x1f\x8b": "GZIP",
    b"%PDF": "PDF",
}
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
LINE_END = re.compile(r"\r\n|\r|\n")


class Row(NamedTuple):
    line: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A file that was read through once: decodable, with unique column names and at least one row."""

    header: tuple[str, ...]
    row_count: int
    delimiter: str
    encoding: str
    content: bytes = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """The rows below the header; those without any text (as a spreadsheet leaves them) are skipped."""
        records = _records(self.content, self.encoding, self.delimiter)
        next(records)
        return records


def read_table(content: bytes, encoding: str = "utf-8") -> Table:
    """Read the whole file once. Raises FileRefused."""
    _refuse_other_formats(content, encoding)
    delimiter = _delimiter(content, encoding)
    records = _records(content, encoding, delimiter)
    header = next(records, None)
    if header is None:
        raise FileRefused(_("The file is empty. Its first line must name the columns."))
    return Table(_names(header.cells), _count(records), delimiter, encoding, content)


def _refuse_other_formats(content: bytes, encoding: str) -> None:
    if len(content) > settings.IMPORT_MAX_BYTES:
        raise FileRefused(
            _("The file has %(size)d bytes; at most %(most)d are taken. Split it into several files.")
            % {"size": len(content), "most": settings.IMPORT_MAX_BYTES}
        )
    for start, name in OTHER_FORMATS.items():
        if content.startswith(start):
            raise FileRefused(
                _("This is a file of the kind %s, not CSV. Save it as “CSV UTF-8” and try again.") % name
            )
    for mark, marked in MARKS.items():
        if content.startswith(mark) and marked != encoding:
            raise FileRefused(
                _("The file's first bytes say that its encoding is %s. Choose that.") % ENCODINGS[marked]
            )


def _names(cells: list[str]) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in cells)
    if len(names) > MOST_COLUMNS:
        raise FileRefused(
            _("The file has %(count)d columns; at most %(most)d are taken.")
            % {"count": len(names), "most": MOST_COLUMNS}
        )
    if longest := next((name for name in names if len(name) > LONGEST_NAME), None):
        raise FileRefused(_("The first line must name the columns; “%s” is too long.") % shown(longest))
    doubled = [name for name, times in Counter(names).items() if name and times > 1]
    if doubled:
        raise FileRefused(
            _("Every column needs a name of its own; more than one is called: %s")
            % ", ".join(map(shown, doubled[:10]))
        )
    return names


def _count(records: Iterator[Row]) -> int:
    count = 0
    for row in records:
        count += 1
        if count > settings.IMPORT_MAX_ROWS:
            raise FileRefused(
                _("line %(line)d: the file has more than %(most)d rows. Split it into several files.")
                % {"line": row.line, "most": settings.IMPORT_MAX_ROWS}
            )
    if count == 0:
        raise FileRefused(_("The file has column names but no rows below them."))
    return count


def _delimiter(content: bytes, encoding: str) -> str:
    """The one that parts the header into most columns."""
    return max(DELIMITERS, key=lambda delimiter: _width(content, encoding, delimiter))


def _width(content: bytes, encoding: str, delimiter: str) -> int:
    try:
        header = next(_records(content, encoding, delimiter), None)
    except FileRefused:
        return 0
    return len(header.cells) if header else 0


def _records(content: bytes, encoding: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(_lines(content, encoding), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield Row(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused(_quoting(str(error), line)) from None
    except UnicodeError:
        raise FileRefused(_undecodable(content, encoding)) from None


def _lines(content: bytes, encoding: str) -> Iterator[str]:
    # newline="" keeps the line ends, so that line breaks within quotes stay and are counted.
    stream = io.TextIOWrapper(io.BytesIO(content), _codec(content, encoding), newline="")
    for number, line in enumerate(stream, 1):
        if "\0" in line:
            raise FileRefused(
                _("line %d: there is a NUL character; this is no text, or its encoding is another one.")
                % number
            )
        if len(line) > LONGEST_LINE:
            raise FileRefused(
                _("line %(line)d: has more than %(most)d characters.")
                % {"line": number, "most": LONGEST_LINE}
            )
        yield line if number > 1 else line.removeprefix("\ufeff")


def _codec(content: bytes, encoding: str) -> str:
    if encoding == "utf-16" and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    return CODECS[encoding]


def _quoting(error: str, line: int) -> str:
    if "field limit" in error:
        return _("line %d: a cell is too long. Is a quotation mark opened and never closed?") % line
    return (
        _("line %d: the quotation marks do not fit together; one within a quoted cell must be doubled.")
        % line
    )


def _undecodable(content: bytes, encoding: str) -> str:
    others = [ENCODINGS[other] for other in CODECS if other != encoding and _fits(content, other)]
    text = _("line %(line)d: this is not %(encoding)s text.") % {
        "line": _line_of_mistake(content, encoding),
        "encoding": ENCODINGS[encoding],
    }
    cure = _("Choose the encoding the file was saved in; it could be: %s") % ", ".join(others)
    return f"{text} {cure}" if others else text


def _line_of_mistake(content: bytes, encoding: str) -> int:
    codec = _codec(content, encoding)
    try:
        content.decode(codec)
    except UnicodeDecodeError as error:
        return 1 + len(LINE_END.findall(content[: error.start].decode(codec, "ignore")))
    return 1


def _fits(content: bytes, encoding: str) -> bool:
    if encoding == "utf-16" and b"\0" not in content:
        return False  # nearly any bytes make UTF-16 text of a kind
    try:
        content.decode(_codec(content, encoding))
    except UnicodeDecodeError:
        return False
    return True
