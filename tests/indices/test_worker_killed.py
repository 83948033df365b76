"""A real worker, killed in the middle of a fit, on each broker: the next one does the run, once.

And one whose run is cancelled in the middle: it stores nothing and goes on to the next.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
# Enough resamples that a worker can be seen in the middle of a fit, and few enough to wait for.
SLOW = {"RUN_RESAMPLES": "60000", "RUN_LEASE_SECONDS": "3", "RUN_REMIND_SECONDS": "1", "SWEEP_SECONDS": "1"}


class Service:
    """The processes of one installation in a folder of its own, and a look into its database."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {**os.environ, **SLOW, "BAROMETER_DATA": str(folder), **environment}
        self.database = environment.get("DATABASE_URL", "")

    def manage(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, check=True, timeout=120
        )

    @contextmanager
    def process(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A Celery process in a group of its own; the whole group is gone afterwards."""
        command = [sys.executable, "-m", "celery", "-A", "deploy.celery", *arguments]
        with (self.folder / f"{arguments[0]}.log").open("ab") as log:
            started = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            yield started
        finally:
            kill(started)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        if self.database:
            with psycopg.connect(self.database) as connection:
                return connection.execute(sql.encode()).fetchall()
        with sqlite3.connect(self.folder / "barometer.sqlite3", timeout=20) as connection:
            return connection.execute(sql).fetchall()


def kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait(20)


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Look again and again; the pause only spares the processor."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


WORKER = ("worker", "--concurrency=1", "--loglevel=INFO", "--without-gossip", "--without-mingle")
CANCEL = "from tests.cast import cancel_and_ask; cancel_and_ask()"
IN_THE_MIDDLE = "SELECT id FROM indices_run WHERE stage = 'pls' AND status = 'running'"


def cancelled_and_left(service: Service) -> None:
    """Its run is cancelled under a worker, which then works what comes after it."""
    with service.process("beat", "-s", str(service.folder / "beat")), service.process(*WORKER) as worker:
        run = wait_until(lambda: service.query(IN_THE_MIDDLE), "a run in the middle of its fit")[0][0]
        service.manage(
            "shell", "--verbosity=0", "-c", "from tests.cast import cancel_and_ask; cancel_and_ask()"
        )
        log = service.folder / "worker.log"
        wait_until(lambda: f"run {run}: nothing stored" in log.read_text(), "the worker leaving it")
        next_one = f"SELECT id FROM indices_run WHERE id > {run} AND status = 'running'"
        wait_until(lambda: service.query(next_one), "the same worker taking up the next")
        assert worker.poll() is None
    assert service.query(f"SELECT status, attempts FROM indices_run WHERE id = {run}") == [("cancelled", 1)]
    assert service.query("SELECT count(*) FROM indices_estimate") == [(0,)]


def killed_and_done_once(service: Service) -> None:
    with service.process("beat", "-s", str(service.folder / "beat")):
        with service.process(*WORKER) as first:
            run = wait_until(lambda: service.query(IN_THE_MIDDLE), "a run in the middle of its fit")[0][0]
            kill(first)
        assert service.query(f"SELECT status FROM indices_run WHERE id = {run}") == [("running",)]
        assert service.query(f"SELECT count(*) FROM indices_estimate WHERE run_id = {run}") == [(0,)]
        with service.process(*WORKER):
            wait_until(
                lambda: service.query(f"SELECT 1 FROM indices_run WHERE id = {run} AND status = 'done'"),
                "the run done by the next worker",
            )
    attempts = service.query(f"SELECT attempts, responses FROM indices_run WHERE id = {run}")
    assert attempts == [(2, 250)]
    assert service.query(f"SELECT count(*) FROM indices_estimate WHERE run_id = {run}") == [(2,)]
    assert service.query("SELECT count(*) FROM indices_run") == [(1,)]


def with_one_run(service: Service) -> Service:
    service.manage("migrate", "--verbosity=0")
    service.manage("shell", "--verbosity=0", "-c", "from tests.cast import one_run; one_run()")
    return service


def test_on_sqlite_and_files(tmp_path: Path) -> None:
    killed_and_done_once(with_one_run(Service(tmp_path, DATABASE_URL="", REDIS_URL="")))


def test_one_that_is_cancelled_in_the_middle(tmp_path: Path) -> None:
    cancelled_and_left(with_one_run(Service(tmp_path, DATABASE_URL="", REDIS_URL="")))


@pytest.mark.services
def test_on_postgresql_and_redis(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    killed_and_done_once(with_one_run(Service(tmp_path, DATABASE_URL=postgres_url, REDIS_URL=redis_url)))
