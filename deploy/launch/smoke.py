"""The proof that the whole chain works: an index that the worker computed."""

import dataclasses
import json
import shutil
import tempfile
import time
from pathlib import Path

from deploy.launch import processes
from deploy.launch.children import Family
from deploy.launch.errors import Refusal, tail
from deploy.launch.options import Options
from deploy.launch.probe import status
from deploy.launch.signals import Signals
from deploy.launch.start import Start, bring_up, claim, install, prepare

READY_SECONDS = 120.0
INDEX_SECONDS = 180


def smoke(root: Path, options: Options, signals: Signals, began: float) -> str:
    """One line of JSON: the demo's index with its interval, and the seconds since the command was given."""
    data = Path(tempfile.mkdtemp(prefix="barometer-smoke-"))
    try:
        start = claim(root, dataclasses.replace(options, data=data, port=0), signals)
        return _index(start, install(start), began)
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _index(start: Start, python: Path, began: float) -> str:
    family = Family([], start.signals)
    try:
        prepare(start, python)
        bring_up(start, python, family)
        answer = json.loads(_wait(start, python, family))
        return json.dumps({**answer, "seconds": round(time.monotonic() - began, 1)})
    except Refusal as refusal:
        raise Refusal(f"{refusal}\n{_tails(start.data)}") from None
    finally:
        family.stop(grace=1.0)  # nothing is to be kept


def _wait(start: Start, python: Path, family: Family) -> str:
    """Until the index is there, keeping the three alive."""
    if not family.watch(lambda: status(start.listening, "/health/ready") == 200, READY_SECONDS, every=0.1):
        raise Refusal(f"not ready within {READY_SECONDS:g} s")
    command = [str(python), "manage.py", "wait_for_index", "--timeout", str(INDEX_SECONDS)]
    with tempfile.TemporaryFile() as stdout, start.log("wait").open("wb") as stderr:
        process = processes.start(command, stdout=stdout, stderr=stderr, env=start.env, cwd=start.root)
        try:
            done = family.watch(lambda: process.poll() is not None, INDEX_SECONDS + 30.0)
        finally:
            processes.end([process], start.signals, grace=1.0)
        if not done or process.returncode:
            raise Refusal("the demo's index was not computed")
        stdout.seek(0)
        return stdout.read().decode()


def _tails(data: Path) -> str:
    logs = sorted((data / "logs").glob("*.log"))
    return "\n".join(f"{log.name}:\n{tail(log)}" for log in logs)
