"""Starting deploy/run in tests, and looking at what it started."""

import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0  # seconds, for a busy machine


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def quiet_environment(**more: str) -> dict[str, str]:
    """This shell's, without what the tests set for Django."""
    ours = {
        "BAROMETER_DATA",
        "SECRET_KEY",
        "DATABASE_URL",
        "REDIS_URL",
        "PUBLIC_URL",
        "DJANGO_SETTINGS_MODULE",
    }
    return {name: value for name, value in os.environ.items() if name not in ours} | more


def launch(*arguments: str, root: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """deploy/run to its end."""
    return subprocess.run(
        [root / "deploy" / "run", *arguments],
        capture_output=True,
        text=True,
        env=quiet_environment(**environment),
        timeout=PATIENCE,
    )


def copy_of_the_launcher(folder: Path, requirements: str = "") -> Path:
    """A checkout with nothing but what runs before anything is installed."""
    (folder / "deploy").mkdir(parents=True)
    for name in ("__init__.py", "run", "supervisor.py"):
        shutil.copy(ROOT / "deploy" / name, folder / "deploy" / name)
    shutil.copytree(ROOT / "deploy" / "launch", folder / "deploy" / "launch")
    (folder / "requirements.txt").write_text(requirements)
    return folder


class Running:
    """A deploy/run that serves."""

    def __init__(self, data: Path, *arguments: str, **environment: str) -> None:
        self.data = data
        self.port = free_port()
        self.process = subprocess.Popen(
            [ROOT / "deploy" / "run", "--data", str(data), "--port", str(self.port), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=quiet_environment(**environment),
        )
        self.said = ""

    def until_it_says(self, words: str) -> str:
        """All it has said on stdout and stderr, once these words are among it."""
        assert self.process.stdout and self.process.stderr
        streams = [self.process.stdout.fileno(), self.process.stderr.fileno()]
        deadline = time.monotonic() + PATIENCE
        while words not in self.said:
            ready = select.select(streams, [], [], max(deadline - time.monotonic(), 0))[0]
            assert ready, f"did not say {words!r} in time, but: {self.said}"
            for stream in ready:
                if chunk := os.read(stream, 65536):
                    self.said += chunk.decode()
                else:
                    streams.remove(stream)
            assert streams or words in self.said, f"ended without saying {words!r}, but: {self.said}"
        return self.said

    def processes(self, part: str = "") -> list[int]:
        """All that live with this data folder, the supervisor left out."""
        mark = f"BAROMETER_DATA={self.data}".encode()
        return [
            pid
            for pid in living()
            if mark in about(pid, "environ") and part.encode() in about(pid, "cmdline")
        ]

    def leader(self, part: str) -> int:
        """The first process of web (gunicorn), worker or beat: it leads its own group."""
        return next(pid for pid in self.processes(part) if os.getpgid(pid) == pid)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def hurry(self) -> None:
        """Ctrl-C twice: no grace time."""
        self.process.send_signal(signal.SIGINT)
        self.until_it_says("stopping")
        self.stop()


@contextmanager
def running(data: Path, *arguments: str, **environment: str) -> Iterator[Running]:
    service = Running(data, *arguments, **environment)
    try:
        service.until_it_says("Barometer is at")
        yield service
    finally:
        if service.process.poll() is None:
            service.hurry()


def living() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def about(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:  # it has just ended
        return b""


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold; asked again at short intervals up to the deadline."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            return False
        select.select([], [], [], 0.05)
    return True
