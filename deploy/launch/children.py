"""The three processes, kept alive: a dead one is started again, unless it keeps dying at once."""

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.launch import processes
from deploy.launch.errors import Refusal, tail
from deploy.launch.signals import Signals
from deploy.launch.words import say

STEADY_SECONDS = 30.0  # one that lived this long did not fail at its start
FIRST_PAUSE_SECONDS = 0.5  # doubled with every failure in a row
FAILURES_IN_A_ROW = 5
GRACE_SECONDS = 10.0
LOG_BYTES = 10_000_000


@dataclass
class Child:
    name: str
    command: list[str]
    environment: dict[str, str]
    folder: Path
    log: Path
    pass_fds: tuple[int, ...] = ()
    nice: int = 0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    failures: int = 0


@dataclass
class Family:
    children: list[Child]
    signals: Signals
    first_pause: float = FIRST_PAUSE_SECONDS

    def watch(self, until: Callable[[], bool], seconds: float = float("inf"), every: float = 1.0) -> bool:
        """Keep all alive until something holds (true) or the time is over (false)."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for child in self.children:
                self._tend(child)
                limit_log(child.log)
            if until():
                return True
            self.signals.wait(min(every, self._next_start() - time.monotonic()))
        return False

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        running = [child.process for child in self.children if child.process]
        processes.end(running, self.signals, grace)

    def _next_start(self) -> float:
        return min((child.due for child in self.children if child.process is None), default=float("inf"))

    def _tend(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.due:
                _start(child)
        elif (status := child.process.poll()) is not None:
            processes.kill_group(child.process)
            child.process = None
            self._bury(child, status)

    def _bury(self, child: Child, status: int) -> None:
        steady = time.monotonic() - child.started >= STEADY_SECONDS
        child.failures = 1 if steady else child.failures + 1
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        if child.failures >= FAILURES_IN_A_ROW:
            often = f"{child.failures} times in a row"
            raise Refusal(f"{child.name} {how}, {often}; the end of {child.log}:\n{tail(child.log)}")
        pause = self.first_pause * 2 ** (child.failures - 1)
        child.due = time.monotonic() + pause
        say(f"{child.name} {how}; starting it again in {pause:g} s (its log: {child.log})")


def _start(child: Child) -> None:
    with child.log.open("ab") as log:  # appending, so that the log can be cut while it is written
        child.process = processes.start(
            child.command,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=child.environment,
            cwd=child.folder,
            pass_fds=child.pass_fds,
            nice=child.nice,
        )
    child.started = time.monotonic()


def rotate_log(log: Path) -> None:
    """Each start has a fresh log; the one before is kept."""
    if log.exists():
        log.replace(log.with_suffix(".log.1"))


def limit_log(log: Path) -> None:
    """A service that runs for months must not fill the disk."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        with log.open("r+b") as cut:
            cut.truncate(0)
