"""The whole service on this machine: three processes, one folder."""

import http.client
import json
import os
import secrets
import signal
import sqlite3
from pathlib import Path

import pytest
from launching import about, eventually, free_port, launch, living, running

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_killed_process_is_replaced_and_ctrl_c_leaves_none_behind(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--no-demo") as service:
        assert eventually(lambda: len(service.processes("celery")) >= 4)  # worker, its two children, beat
        for part in ("gunicorn", "worker"):
            killed = service.leader(part)
            os.kill(killed, signal.SIGKILL)
            service.until_it_says(f"{'web' if part == 'gunicorn' else part} was ended by signal 9")
            assert eventually(lambda part=part, killed=killed: killed not in service.processes(part))
            assert eventually(lambda part=part: bool(service.processes(part)))
        assert status(service.port, "/health/live") == 200
        known = service.processes()
        assert service.stop() == 0
    assert service.processes() == []
    assert not [pid for pid in known if pid in living() and about(pid, "cmdline")]


def test_data_survives_a_restart_and_a_second_start_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, "--no-demo"):
        second = launch("--data", str(data), "--port", str(free_port()))
        assert second.returncode == 1
        assert f"{data} is already in use" in second.stderr
    key = (data / "secret_key").read_text()
    with sqlite3.connect(data / "barometer.sqlite3") as database:
        database.execute("INSERT INTO django_session VALUES ('kept', 'data', '2100-01-01')")
    with running(data, "--no-demo"), sqlite3.connect(data / "barometer.sqlite3") as database:
        assert database.execute("SELECT session_key FROM django_session").fetchall() == [("kept",)]
    assert (data / "secret_key").read_text() == key


@pytest.mark.services
def test_with_postgresql_and_redis_it_starts_empty_and_offers_the_one_time_link(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    environment = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": secrets.token_urlsafe(64),
    }
    with running(tmp_path / "data", **environment) as service:
        assert "Make the first organisation and its owner here" in service.said
        assert "password" not in service.said
        assert eventually(lambda: status(service.port, "/health/ready") == 200)
    assert not (tmp_path / "data" / "barometer.sqlite3").exists()
    assert not (tmp_path / "data" / "secret_key").exists()


def test_smoke_prints_one_line_of_json_with_the_index_the_worker_computed() -> None:
    # What the environment names must not be touched, so it may as well not exist.
    answer = launch(
        "--smoke",
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
        REDIS_URL="redis://127.0.0.1:1/0",
        PUBLIC_URL="https://barometer.example",
        SECRET_KEY="short",
    )
    assert answer.returncode == 0, answer.stderr
    (line,) = answer.stdout.splitlines()
    told = json.loads(line)
    assert list(told) == ["index", "low", "high", "n", "estimator", "seconds"]
    assert 0 < told["low"] < told["index"] < told["high"] < 100
    assert (told["n"], told["estimator"]) == (250, "ml")
