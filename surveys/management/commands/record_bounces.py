"""Take up mails that came back: as a mail server's alias pipes them, or from files."""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand

from surveys.imports.refusals import shown
from surveys.mailings.bouncing import Outcome, record
from surveys.mailings.notices import messages_in, read

UNREADABLE = 2  # exit status


class Command(BaseCommand):
    help = (
        "Record delivery failures, complaints and the like: contacts whose address does not work are written "
        "to no more. Reads the standard input, or messages, mbox files and Maildir folders."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="*", type=Path, help="the standard input where none is named")

    def handle(self, *args: Any, **options: Any) -> None:
        counted: Counter[Outcome] = Counter()
        if not options["file"]:
            self.take(sys.stdin.buffer, counted)
        unreadable = [path for path in options["file"] if not self.take_path(path, counted)]
        said = [f"read: {counted.total()}", *(f"{one.value}: {counted[one]}" for one in Outcome)]
        self.stdout.write(", ".join(said))
        if unreadable:
            sys.exit(UNREADABLE)

    def take(self, stream: BinaryIO, counted: Counter[Outcome]) -> None:
        counted.update(record(read(content)) for content in messages_in(stream))

    def take_path(self, path: Path, counted: Counter[Outcome]) -> bool:
        """False where it cannot be read; the others are."""
        try:
            for file in _files(path):
                with file.open("rb") as stream:
                    self.take(stream, counted)
        except OSError as error:
            self.stderr.write(f"{shown(str(path))}: {error.strerror or type(error).__name__}")
            return False
        return True


def _files(path: Path) -> Iterator[Path]:
    """The file, or those of a Maildir folder. Raises OSError."""
    if not path.is_dir():
        yield path
        return
    for part in ("new", "cur"):
        yield from sorted(one for one in (path / part).iterdir() if one.is_file())
