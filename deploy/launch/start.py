"""The steps of a start, each refusing with one line what it cannot get past."""

import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.launch import packages, places, processes
from deploy.launch.children import Family
from deploy.launch.errors import Refusal, tail
from deploy.launch.options import Options
from deploy.launch.probe import status
from deploy.launch.services import environment, services
from deploy.launch.signals import Signals

ANSWER_SECONDS = 120.0


@dataclass(frozen=True)
class Start:
    root: Path
    data: Path
    demo: bool
    signals: Signals
    listening: socket.socket
    env: dict[str, str]

    @property
    def url(self) -> str:
        return self.env["PUBLIC_URL"]

    def log(self, name: str) -> Path:
        return self.data / "logs" / f"{name}.log"


def claim(root: Path, options: Options, signals: Signals) -> Start:
    places.claim_folder(options.data)
    listening = places.claim_port(options.host, options.port)
    port = listening.getsockname()[1]
    env = environment(os.environ, options.data, port, embedded=options.smoke)
    return Start(root, options.data, options.demo, signals, listening, env)


def install(start: Start) -> Path:
    """The Python of the environment, with everything a running service needs."""
    return packages.ensure(start.root, start.signals, start.log("install"))


def prepare(start: Start, python: Path) -> dict[str, str]:
    """Database, static files and demo; what it says to the person who starts, by its first word."""
    log = start.log("prepare")
    command = [str(python), "manage.py", "prepare", "--demo" if start.demo else "--no-demo"]
    with tempfile.TemporaryFile() as answer:  # not the log: a password may be in it
        if processes.run(command, start.signals, log=log, stdout=answer, env=start.env, cwd=start.root):
            raise Refusal(f"the database could not be prepared (log: {log}):\n{tail(log, 1)}")
        answer.seek(0)
        lines = answer.read().decode().splitlines()
    return {word: rest.strip() for word, colon, rest in (line.partition(":") for line in lines) if colon}


def bring_up(start: Start, python: Path, family: Family) -> None:
    """The pages first: the worker's libraries take seconds to import, on cores that pages need as well."""
    web, *others = services(start.root, python, start.data, start.env, start.listening)
    family.children.append(web)
    if not family.watch(lambda: status(start.listening, "/health/live") > 0, ANSWER_SECONDS, every=0.1):
        raise Refusal(f"the web process does not answer; the end of {web.log}:\n{tail(web.log)}")
    family.children.extend(others)
