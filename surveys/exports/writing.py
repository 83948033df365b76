"""Writing the file of an export that was claimed: in a folder of its own first, then renamed."""

import shutil
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.utils import translation

from surveys.exports import codebook, csv_file, files, jobs, sav_file, xlsx_file
from surveys.exports.answers import Snapshot, chunks, snapshot
from surveys.exports.columns import Layout, layout_of
from surveys.models import Export

Chunks = Iterable[list[list[Any]]]
SAYS_EVERY = 1.0  # seconds, at least
# Packing an XLSX, or writing a .sav, can neither be asked how far it is nor renew the lease.
SLOWEST = 200_000  # cells a second, at least; a tenth of what is usual


def write(export: Export) -> None:
    """Raises ClaimLost, and xlsx_file.TooWide; then nothing is left of it."""
    final, workshop = files.path_of(files.own_name(export)), files.workshop(export)
    for folder in (final.parent, workshop):  # nobody else on the machine reads answers
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = workshop / final.name
    try:
        withdrawals = export.survey.withdrawals.count()  # before the answers are read
        with translation.override(export.language):
            rows = _write(export, part)
        part.rename(final)
        jobs.finish(export, final.name, rows, final.stat().st_size, withdrawals)
    except BaseException:
        final.unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _write(export: Export, path: Path) -> int:
    """Returns how many rows of answers were written."""
    if export.kind == Export.Kind.CODEBOOK:
        csv_file.write_table(path, codebook.rows(layout_of(export.survey), export.language))
        return 0
    taken = snapshot(export.survey)
    layout = layout_of(export.survey)  # afterwards: every answer is to a version that it knows
    told = Progress(export, len(taken), len(taken) * len(layout.columns) / SLOWEST)
    {
        Export.Kind.CSV: _write_csv,
        Export.Kind.XLSX: _write_xlsx,
        Export.Kind.SAV: _write_sav,
    }[Export.Kind(export.kind)](export, path, layout, taken, told)
    return told.rows


def _write_csv(export: Export, path: Path, layout: Layout, taken: Snapshot, told: "Progress") -> None:
    language = _language(export)
    cells = csv_file.cells(layout.columns, language)
    titles = [column.title(language) for column in layout.columns]
    csv_file.write(path, titles, told.of(chunks(export.survey, layout, taken, cells)))


def _write_xlsx(export: Export, path: Path, layout: Layout, taken: Snapshot, told: "Progress") -> None:
    language = _language(export)
    cells = xlsx_file.cells(layout.columns, language)
    titles = [column.title(language) for column in layout.columns]
    book = codebook.rows(layout, export.language)
    xlsx_file.write(path, titles, told.of(chunks(export.survey, layout, taken, cells)), book)


def _write_sav(export: Export, path: Path, layout: Layout, taken: Snapshot, told: "Progress") -> None:
    named = sav_file.variables(layout.columns, export.language)
    cells = [one.cells for one in named.values()]
    rows = told.of(chunks(export.survey, layout, taken, cells))
    sav_file.write(path, named, rows, len(taken), export.survey.name)


def _language(export: Export) -> str | None:
    return export.language if export.with_labels else None


class Progress:
    """Tells how many of the rows were read, and keeps the lease; raises ClaimLost once the claim is lost.

    `afterwards`: for how many seconds nothing will be heard once all are read.
    """

    def __init__(self, export: Export, expected: int, afterwards: float) -> None:
        self.expected, self.afterwards, self.rows = expected, afterwards, 0
        self.say = partial(jobs.show, export)
        self.say(0.0)
        self.said = time.monotonic()

    def of(self, chunks: Iterator[list[list[Any]]]) -> Iterator[list[list[Any]]]:
        for rows in chunks:
            yield rows
            self.rows += len(rows)
            if time.monotonic() - self.said >= SAYS_EVERY:
                self.said = time.monotonic()
                self.say(min(0.99, self.rows / max(self.expected, 1)))
        self.say(0.99, self.afterwards)
