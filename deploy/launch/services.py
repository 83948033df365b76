"""The commands of the three processes and what they find in their environment."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from deploy.launch.children import Child, rotate_log

# What a smoke run must not take from the environment: it shows the embedded default and touches nothing else.
OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "PUBLIC_URL",
    "EMAIL_URL",
    "SECRET_KEY",
    "SECRET_KEY_FILE",
    "ALLOWED_HOSTS",
)
# A fit's matrices are small: threads inside one calculation only get in the way of the next.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def environment(given: Mapping[str, str], data: Path, port: int, *, embedded: bool) -> dict[str, str]:
    result = {name: value for name, value in given.items() if not (embedded and name in OURS)}
    result.setdefault("PUBLIC_URL", f"http://127.0.0.1:{port}")
    return result | {
        "BAROMETER_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "PYTHONUNBUFFERED": "1",
    }


def services(
    root: Path, python: Path, data: Path, env: dict[str, str], listening: socket.socket
) -> list[Child]:
    celery = [str(python), "-m", "celery", "--app", "deploy.celery"]
    commands = {
        "web": [str(python), "-m", "gunicorn", "deploy.wsgi", *_web_arguments(listening)],
        "worker": [*celery, "worker", *_worker_arguments()],
        "beat": [*celery, "beat", "--schedule", str(data / "beat-schedule"), "--loglevel", "WARNING"],
    }
    children = {
        name: Child(name, command, env, root, data / "logs" / f"{name}.log")
        for name, command in commands.items()
    }
    children["web"].pass_fds = (listening.fileno(),)
    children["worker"].environment = ONE_THREAD | env
    children["worker"].nice = 5  # pages go before calculations
    for child in children.values():
        rotate_log(child.log)
    return list(children.values())


def _web_arguments(listening: socket.socket) -> list[str]:
    return [
        *("--bind", f"fd://{listening.fileno()}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "8"),
        *("--timeout", "60", "--graceful-timeout", "5"),
        "--no-control-socket",
    ]


def _worker_arguments() -> list[str]:
    # Two at least: a long fit must not hold up the sweep that looks after lost runs.
    concurrency = max(2, min(4, os.cpu_count() or 2))
    return [
        *("--pool", "prefork", "--concurrency", str(concurrency), "--queues", "celery,outgoing"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        *("--loglevel", "WARNING"),
    ]
