"""Exports that a test asks for and reads back."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.escape import unescape

from surveys.exports import files, jobs, writing
from surveys.exports.wanted import Wanted
from surveys.models import Export, Member, Response, Survey, TextAnswer


def made(survey: Survey, by: Member, kind: str, with_labels: bool = False, language: str = "en") -> Export:
    """An export that a worker has written."""
    asked, _is_new = jobs.request(survey, by.user, Wanted(kind, language, with_labels))
    claimed = jobs.claim(asked.pk)
    if claimed:
        writing.write(claimed)
    asked.refresh_from_db()
    return asked


def path(export: Export) -> Path:
    return files.path_of(export.file)


def rows(export: Export) -> list[dict[str, str]]:
    """Of a CSV file, by the titles of the columns."""
    text = path(export).read_bytes().decode("utf-8-sig")
    titles, *rest = csv.reader(io.StringIO(text, newline=""))
    assert len(set(titles)) == len(titles)
    return [dict(zip(titles, row, strict=True)) for row in rest]


def exported(survey: Survey, by: Member, **wanted: Any) -> list[dict[str, str]]:
    return rows(made(survey, by, "csv", **wanted))


def stored(survey: Survey, answers: dict[str, Any], texts: dict[str, str] | None = None) -> Response:
    """A finished response with these answers, as if it had come that way."""
    version = survey.current_version
    assert version
    response = Response.objects.create(
        survey=survey, version=version, language="en", state="finished", origin="import", answers=answers
    )
    for code, text in (texts or {}).items():
        TextAnswer.objects.create(response=response, code=code, text=text)
    return response


def sheet(export: Export, name: str) -> list[list[Any]]:
    """The values of a sheet; none of its cells is a formula or a link."""
    book = openpyxl.load_workbook(path(export))
    cells = [cell for row in book[name].iter_rows() for cell in row]
    assert all(cell.data_type in {"s", "n"} and cell.hyperlink is None for cell in cells)
    return [
        [unescape(value) if isinstance(value, str) else value for value in row]
        for row in book[name].iter_rows(values_only=True)
    ]


def sheet_rows(survey: Survey, by: Member, **wanted: Any) -> list[dict[str, Any]]:
    titles, *rows = sheet(made(survey, by, "xlsx", **wanted), "answers")
    return [dict(zip(titles, row, strict=True)) for row in rows]


def sav(survey: Survey, by: Member, language: str = "en") -> tuple[list[dict[str, Any]], Any]:
    export = made(survey, by, "sav", language=language)
    frame, meta = read_sav(export, user_missing=True, disable_datetime_conversion=True)
    return frame.to_dict("records"), meta


def read_sav(export: Export, **how: Any) -> Any:
    import pyreadstat

    return pyreadstat.read_sav(path(export), **how)
