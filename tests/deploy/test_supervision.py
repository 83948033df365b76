"""A dead child is started again, one that keeps dying is given up, and nothing is left behind."""

import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from launching import about, eventually

from deploy.launch import children
from deploy.launch.children import Child, Family, limit_log
from deploy.launch.errors import Refusal
from deploy.launch.signals import Signals

SLEEPER = "import signal; signal.pause()"
STUBBORN_PARENT = """
import signal, subprocess, sys
deaf = "import signal; signal.signal(15, signal.SIG_IGN); signal.pause()"
child = subprocess.Popen([sys.executable, "-c", deaf])
print(child.pid, flush=True)
signal.pause()
"""


class Calm(Signals):
    """Leaves the handlers of the test process alone."""

    def __init__(self) -> None:
        self.asked = 0

    def sleep(self, seconds: float) -> None:
        select.select([], [], [], min(max(seconds, 0), 0.02))


@pytest.fixture
def family() -> Iterator[Family]:
    family = Family([], Calm(), first_pause=0.01)
    yield family
    family.stop(grace=1.0)


def add(family: Family, folder: Path, code: str) -> Child:
    child = Child("worker", [sys.executable, "-c", code], dict(os.environ), folder, folder / "worker.log")
    family.children.append(child)
    return child


def alive(pid: int) -> bool:
    return about(pid, "stat").rpartition(b") ")[2][:1] not in {b"", b"Z"}


def test_a_killed_child_is_started_again_and_it_is_said(
    family: Family, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    child = add(family, tmp_path, SLEEPER)
    family.watch(lambda: child.process is not None, 10)
    assert child.process
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    assert family.watch(lambda: child.process is not None and child.process.pid != first, 10)
    assert "worker was ended by signal 9; starting it again" in capsys.readouterr().err


def test_one_that_dies_at_once_again_and_again_is_given_up_with_its_last_words(
    family: Family, tmp_path: Path
) -> None:
    add(family, tmp_path, "import sys; sys.exit('no such table')")
    with pytest.raises(Refusal, match=r"worker ended with status 1, 5 times in a row(.|\n)*no such table"):
        family.watch(lambda: False, 20)


def test_one_that_lived_long_enough_starts_its_count_anew(
    family: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "STEADY_SECONDS", 0.0)
    log = tmp_path / "worker.log"
    add(family, tmp_path, "print('started', flush=True)")
    assert family.watch(lambda: log.exists() and log.read_text().count("started") > 5, 20)


def test_what_a_killed_child_started_is_killed_before_its_successor_starts(
    family: Family, tmp_path: Path
) -> None:
    child = add(family, tmp_path, STUBBORN_PARENT)
    log = tmp_path / "worker.log"
    assert family.watch(lambda: log.exists() and log.read_text().endswith("\n"), 10)
    grandchild = int(log.read_text())
    assert child.process
    os.kill(child.process.pid, signal.SIGKILL)
    assert family.watch(lambda: log.read_text().count("\n") == 2, 10)
    assert eventually(lambda: not alive(grandchild))


def test_a_stop_ends_also_grandchildren_that_do_not_listen(family: Family, tmp_path: Path) -> None:
    add(family, tmp_path, STUBBORN_PARENT)
    log = tmp_path / "worker.log"
    assert family.watch(lambda: log.exists() and log.read_text().endswith("\n"), 10)
    family.stop(grace=1.0)
    assert eventually(lambda: not alive(int(log.read_text())))


def test_a_log_that_grew_too_long_is_cut_and_its_end_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "LOG_BYTES", 10)
    log = tmp_path / "web.log"
    log.write_text("more than ten bytes")
    limit_log(log)
    assert log.read_text() == ""
    assert (tmp_path / "web.log.1").read_text() == "more than ten bytes"
