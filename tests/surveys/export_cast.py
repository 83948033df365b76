"""Exports that a test asks for and reads back."""

import csv
import io
from pathlib import Path
from typing import Any

from surveys.exports import files, jobs, writing
from surveys.exports.wanted import Wanted
from surveys.models import Export, Member, Survey


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
