"""How many questionnaires a second does the public form take, and are any lost?

    python tests/bench/submissions.py [--database URL] [--seconds 15] [--out FILE]

Starts the web process as `deploy/run` does (gunicorn, 2 processes of 8 threads) over a database of its own:
PostgreSQL where a URL of an existing empty database is given, else SQLite in a throw-away folder. Measures in
one run, in turns: a bare view that does one INSERT; a one-page questionnaire (NPS) sent and handed in by one
POST; and saving one page of ECSI by 200 respondents at once. Every accepted submission is looked for
afterwards.
"""

import argparse
import http.client
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE, RESPONDENTS, PAGES_EACH, TURNS = 16, 200, 10, 3

Send = Callable[[http.client.HTTPConnection], bool]


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        _configure(folder, options.database)
        nps, ecsi = _surveys()
        with _server() as port:
            _warm_up(port, nps)
            bare, ours, lost = _rates(port, nps, options.seconds)
            times = _latencies(port, ecsi)
    _show(options.database, bare, ours, lost, times)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="postgres://… of an empty database")
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    return parser.parse_args()


def _configure(folder: str, database: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "BAROMETER_DATA": folder,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "PUBLIC_URL": "http://127.0.0.1",
    }
    os.environ.pop("DATABASE_URL", None)
    if database:
        os.environ["DATABASE_URL"] = database
    sys.path.insert(0, str(ROOT))
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    key = "bigserial PRIMARY KEY" if connection.vendor == "postgresql" else "integer PRIMARY KEY"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare (id {key}, answers text)")


def _surveys() -> tuple[object, object]:
    from tests.cast import owner_of, published

    owner = owner_of("bench", "bench@example.org")
    nps = published(owner, parts=[{"kind": "instrument", "instrument": "nps"}], languages=["en"])
    return nps, published(owner)


@contextmanager
def _server() -> Iterator[int]:
    from django.db import connections

    connections.close_all()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1024)
        listening.set_inheritable(True)
        port = listening.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "tests.bench.bare_wsgi",
            "--bind",
            f"fd://{listening.fileno()}",
        ]
        command += ["--worker-class", "gthread", "--workers", "2", "--threads", "8", "--log-level", "warning"]
        server = subprocess.Popen(command, cwd=ROOT, pass_fds=[listening.fileno()])
        try:
            yield port
        finally:
            server.terminate()
            server.wait()


# -- what is sent


def _post(connection: http.client.HTTPConnection, address: str, body: bytes) -> bool:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": "127.0.0.1"}
    connection.request("POST", address, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status == 200


def _bare(connection: http.client.HTTPConnection) -> bool:
    return _post(
        connection, "/bare/", urlencode({"nps.score": "9", "key": secrets.token_urlsafe(90)}).encode()
    )


def _submission(survey: object) -> Send:
    """Hand in a one-page questionnaire: a key as the form would carry it, and one POST."""
    from surveys.questionnaire.pages import pages
    from surveys.responses.keys import new_key

    version = survey.current_version  # type: ignore[attr-defined]
    page = pages(version.content, "en")[0]
    address = f"/s/{survey.public_id}/"  # type: ignore[attr-defined]

    def send(connection: http.client.HTTPConnection) -> bool:
        fields = {"key": new_key(version), "page": page.code, "language": "en", "next": "1", "nps.score": "9"}
        return _post(connection, address, urlencode(fields).encode())

    return send


def _each(port: int, send: Send, seconds: float) -> int:
    """Accepted requests of `AT_ONCE` senders within some seconds."""
    end = time.perf_counter() + seconds

    def sender(_: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        accepted = 0
        while time.perf_counter() < end:
            accepted += send(connection)
        return accepted

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(sender, range(AT_ONCE)))


def _warm_up(port: int, survey: object) -> None:
    for send in (_bare, _submission(survey)):
        _each(port, send, 1)


def _rates(port: int, survey: object, seconds: float) -> tuple[float, float, int]:
    """Bare and own submissions a second, in turns, and how many accepted ones are not in the database."""
    from surveys.models import Response

    before = Response.objects.filter(state="finished").count()
    bare = ours = 0
    for _turn in range(TURNS):
        bare += _each(port, _bare, seconds / TURNS)
        ours += _each(port, _submission(survey), seconds / TURNS)
    stored = Response.objects.filter(state="finished").count() - before
    return bare / seconds, ours / seconds, ours - stored


def _latencies(port: int, survey: object) -> list[float]:
    """Milliseconds to save a page, with 200 respondents at once, each on a connection of its own."""
    from surveys.questionnaire.pages import pages
    from surveys.responses.keys import new_key

    version = survey.current_version  # type: ignore[attr-defined]
    page = pages(version.content, "en")[0]
    fields = {question.code: "7" for question in page.questions}
    numbers = count()

    def respondent(_: int) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        key, times = new_key(version), []
        for _page in range(PAGES_EACH):
            point = str(next(numbers) % 10 + 1)
            body = {
                "key": key,
                "page": page.code,
                "language": "en",
                "next": "1",
                **dict.fromkeys(fields, point),
            }
            started = time.perf_counter()
            assert _post(connection, f"/s/{survey.public_id}/", urlencode(body).encode())  # type: ignore[attr-defined]
            times.append(1000 * (time.perf_counter() - started))
        return times

    with ThreadPoolExecutor(RESPONDENTS) as pool:
        return sorted(time for each in pool.map(respondent, range(RESPONDENTS)) for time in each)


def _show(database: str, bare: float, ours: float, lost: int, times: list[float]) -> None:
    cuts = statistics.quantiles(times, n=100)
    name = "PostgreSQL" if database else "SQLite"
    print(
        "| database | bare INSERT a second | questionnaires a second | ratio | lost | "
        "page saved by 200 at once: median, 95th, 99th |"
    )
    print("|---|---|---|---|---|---|")
    print(
        f"| {name} | {bare:.0f} | {ours:.0f} | {ours / bare:.2f} | {lost} | "
        f"{cuts[49]:.0f} ms, {cuts[94]:.0f} ms, {cuts[98]:.0f} ms |"
    )


if __name__ == "__main__":
    main()
