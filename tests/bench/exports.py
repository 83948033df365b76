"""How long do raw answers of a large survey take as files, and how much memory?

    python -m tests.bench.exports [--database URL] [--rows 132000] [--items 510] [--kinds csv,xlsx,sav]

URL names an empty PostgreSQL database; without it a temporary SQLite database is used. One survey asks so
many ratings from 0 to 10 (one answer in twenty is skipped) and holds so many finished responses, written in
bulk. Each file is then made by a process of its own, as a worker makes it, which says its time, how much of
it it computed itself, and the most memory that it ever held; beside them one that makes nothing.
"""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
POOL, AT_ONCE = 1_000, 2_000


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "deploy.settings",
            "BAROMETER_DATA": folder,
            "SECRET_KEY": secrets.token_urlsafe(64),
            "LOG_LEVEL": "WARNING",
        }
        if options.database:
            os.environ["DATABASE_URL"] = options.database
        _setup()
        _fill(options.rows, options.items)
        print(f"{options.rows:,} responses, {options.items} items; load {os.getloadavg()[0]:.1f}")
        print("| file | seconds | of them computing | peak memory, MB | size, MB |")
        print("|---|---:|---:|---:|---:|", flush=True)
        for kind in ("", *options.kinds.split(",")):
            command = [sys.executable, "-m", "tests.bench.exports", "--write", kind or "nothing"]
            subprocess.run(command, cwd=ROOT, check=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="postgresql://… of an empty database")
    parser.add_argument("--rows", type=int, default=132_000)
    parser.add_argument("--items", type=int, default=510)
    parser.add_argument("--kinds", default="csv,xlsx,sav")
    parser.add_argument("--write", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _setup() -> None:
    sys.path.insert(0, str(ROOT))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _fill(rows: int, items: int) -> None:
    from surveys.models import Response, Survey
    from tests.cast import owner_of
    from tests.surveys.respond_cast import asking, rating

    pages: list[dict[str, Any]] = [
        {
            "kind": "page",
            "code": f"page{start}",
            "questions": [rating(f"item{n}") for n in range(start, min(start + 100, items))],
        }
        for start in range(0, items, 100)
    ]
    survey: Survey = asking(owner_of("bench", "bench@example.org"), *pages, privacy="confidential")
    for start in range(0, rows, AT_ONCE):
        Response.objects.bulk_create(_responses(survey, start, min(AT_ONCE, rows - start), items))


def _responses(survey: Any, start: int, number: int, items: int) -> Iterator[Any]:
    from datetime import UTC, datetime, timedelta

    from surveys.models import Response

    version, began = survey.current_version, datetime(2026, 1, 1, tzinfo=UTC)
    answers = _pool(items)
    for n in range(start, start + number):
        at = began + timedelta(seconds=100 * n)
        yield Response(
            survey=survey, version=version, language="en", answers=answers[n % POOL], state="finished",
            started_at=at, finished_at=at + timedelta(minutes=9),
        )  # fmt: skip


_POOLS: dict[int, list[dict[str, Any]]] = {}


def _pool(items: int) -> list[dict[str, Any]]:
    """So many different answers, drawn once."""
    import random

    if items not in _POOLS:
        draw = random.Random(1)
        values: list[Any] = [*range(11), None]
        weights = [*[0.95 / 11] * 11, 0.05]
        _POOLS[items] = [
            {f"own.item{n}": value for n, value in enumerate(draw.choices(values, weights, k=items))}
            for _row in range(POOL)
        ]
    return _POOLS[items]


def _write(kind: str) -> None:
    """Make one file in this process, as a worker does, and say what it took."""
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from surveys.exports import jobs, writing
    from surveys.exports.wanted import Wanted
    from surveys.models import Survey, User

    began, computing, size = time.perf_counter(), time.process_time(), 0
    if kind != "nothing":
        asked, _is_new = jobs.request(Survey.objects.get(), User.objects.get(), Wanted(kind, "en"))
        export = jobs.claim(asked.pk)
        assert export
        writing.write(export)
        asked.refresh_from_db()
        size = asked.size or 0
    seconds, computed = time.perf_counter() - began, time.process_time() - computing
    print(f"| {kind} | {seconds:.1f} | {computed:.1f} | {_peak():.0f} | {size / 1e6:.0f} |", flush=True)


def _peak() -> float:
    """The most memory this program held, in MB; what getrusage says includes that of who started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    chosen = _options().write
    if chosen:
        _write(chosen)
    else:
        main()
