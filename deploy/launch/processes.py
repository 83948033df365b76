"""Starting and ending processes so that none is left behind, whatever they started themselves."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO

from deploy.launch.signals import Signals

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _prepare(nice: int) -> Callable[[], None]:
    """What a child does before it becomes the program: be patient, and end if the supervisor is killed."""

    def prepare() -> None:
        os.nice(nice)
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return prepare


def start(
    command: list[str],
    *,
    stdout: IO[bytes],
    stderr: IO[bytes] | int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    pass_fds: Iterable[int] = (),
    nice: int = 0,
) -> subprocess.Popen[bytes]:
    """In a group of its own: Ctrl-C on the terminal reaches only us, and the group can be ended as one."""
    return subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=env,
        cwd=cwd,
        pass_fds=tuple(pass_fds),
        start_new_session=True,
        preexec_fn=_prepare(nice),  # we have no threads
    )


def run(
    command: list[str],
    signals: Signals,
    *,
    log: Path,
    stdout: IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> int:
    """Run to its end; its words go to the log (stdout to a file of its own where one is given)."""
    with log.open("wb") as stderr:
        process = start(command, stdout=stdout or stderr, stderr=stderr, env=env, cwd=cwd)
        try:
            while process.poll() is None:
                signals.wait(1.0)
        finally:
            end([process], signals, grace=5.0)
    return process.returncode


def end(processes: list[subprocess.Popen[bytes]], signals: Signals, grace: float) -> None:
    """Ask each to end; after the grace time, or a second Ctrl-C, kill what is left of their groups."""
    asked, deadline = signals.asked, time.monotonic() + grace
    for process in processes:
        if process.poll() is None:
            process.terminate()
    while any(process.poll() is None for process in processes):
        if time.monotonic() >= deadline or signals.asked > asked:
            break
        signals.sleep(min(0.5, deadline - time.monotonic()))
    for process in processes:
        kill_group(process)
        process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Also what a dead leader left behind: a killed worker's children would go on computing."""
    # macOS: PermissionError where only zombies are left
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
