"""Import earlier answers from a CSV file, on the same path as the managers' page."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from surveys.imports.checking import Checked, check
from surveys.imports.plan import Plan, suggest_mapping
from surveys.imports.reading import CODECS, Table, read_table
from surveys.imports.refusals import FileRefused, ImportRefused, PlanRefused, shown
from surveys.imports.storing import import_checked, published
from surveys.models import Survey, Version

MOST_PRINTED = 10_000  # problems
UNUSABLE = 2  # exit status


class Command(BaseCommand):
    help = "Import earlier answers from a CSV file. Nothing is stored unless every row is good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("survey", help="the survey's public id, as in its link")
        parser.add_argument("file", type=Path, help="CSV; its first line names the columns")
        parser.add_argument("--columns", type=Path, metavar="MAP.json", help="item code → column of the file")
        period = parser.add_mutually_exclusive_group(required=True)
        period.add_argument("--wave", default="", metavar="NAME", help="all answers belong to this wave")
        period.add_argument("--date", default="", metavar="COLUMN", help="the column with a day or date-time")
        parser.add_argument("--segment", action="append", default=[], metavar="QUESTION=COLUMN")
        parser.add_argument("--language-column", default="", metavar="COLUMN")
        parser.add_argument("--encoding", default="utf-8", choices=list(CODECS))
        parser.add_argument("--missing-code", action="append", default=[], metavar="CODE", help="e.g. -99")
        parser.add_argument("--leave-out-bad-rows", action="store_true", help="and store the good ones")
        parser.add_argument("--dry-run", action="store_true", help="check only")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.run(options)
        except ImportRefused as refused:
            self.stderr.write(str(refused))
            sys.exit(UNUSABLE)

    def run(self, options: dict[str, Any]) -> None:
        survey = _survey(options["survey"])
        version = published(survey)
        table = read_table(_content(options["file"]), options["encoding"])
        checked = check(table, _plan(options, table, version), survey, version, keep=MOST_PRINTED)
        self.tell_problems(checked)
        if options["dry_run"]:
            self.stdout.write(f"good rows: {len(checked.rows)}, bad rows: {checked.bad_rows}; nothing stored")
            if not checked.may_store:
                sys.exit(UNUSABLE)
            return
        batch = import_checked(survey, table, options["file"].name, checked, by=None)
        self.stdout.write(f"stored: {batch.rows_stored}, left out: {batch.rows_left_out}")

    def tell_problems(self, checked: Checked) -> None:
        for problem in checked.problems:
            self.stderr.write(str(problem))
        if checked.problem_count > len(checked.problems):
            self.stderr.write(f"and {checked.problem_count - len(checked.problems)} more problems")


def _survey(public_id: str) -> Survey:
    survey = Survey.objects.select_related("organisation").filter(public_id=public_id).first()
    if survey is None:
        raise ImportRefused(f"there is no survey {shown(public_id)}; give the id that stands in its link")
    return survey


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > settings.IMPORT_MAX_BYTES:
            raise FileRefused(f"{path}: has more than {settings.IMPORT_MAX_BYTES} bytes; split the file")
        return path.read_bytes()
    except OSError as error:
        raise FileRefused(f"{path}: cannot be read ({error.strerror})") from None


def _plan(options: dict[str, Any], table: Table, version: Version) -> Plan:
    return Plan(
        columns=_columns(options["columns"])
        if options["columns"]
        else suggest_mapping(table.header, version),
        wave=options["wave"],
        date=options["date"],
        segments=dict(_segments(options["segment"])),
        language=options["language_column"],
        missing_codes=tuple(options["missing_code"]),
        leave_out_bad_rows=options["leave_out_bad_rows"],
    )


def _columns(path: Path) -> dict[str, str]:
    try:
        read = json.loads(_content(path))
    except (ValueError, RecursionError) as error:
        raise PlanRefused("columns", f"{path}: is not valid JSON ({error})") from None
    if not isinstance(read, dict) or not all(isinstance(column, str) for column in read.values()):
        raise PlanRefused("columns", f'{path}: must be an object such as {{"image1": "IMAG1"}}')
    return read


def _segments(pairs: list[str]) -> Iterator[tuple[str, str]]:
    for pair in pairs:
        question, equals, column = pair.partition("=")
        if not equals:
            raise PlanRefused("segments", f"--segment {shown(pair)}: must be QUESTION=COLUMN")
        yield question.strip(), column.strip()
