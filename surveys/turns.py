"""One at a time of tasks that beat wakes more often than they may take.

Only so that they do not fill every worker: what is to be done once is claimed in the database. The lock is a
file's, of the data folder, and is gone with the process that holds it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings


@contextmanager
def turn_of(kind: str) -> Iterator[bool]:
    """Whether nobody else is at it; if so, nobody else is until the block ends."""
    folder = Path(settings.DATA_DIR) / "turns"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{kind}.lock").open("w") as file:
        yield _is_taken(file)


def _is_taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
