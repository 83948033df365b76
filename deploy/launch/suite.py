"""deploy/test: the suite on SQLite and on PostgreSQL, and a loud word about what could not run."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from deploy.launch import packages
from deploy.launch.errors import Refusal, Stopped
from deploy.launch.signals import Signals
from deploy.launch.words import say

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/15"  # the last database, to stay clear of what may be in the first
CHROMIUM = Path("/usr/bin/chromium")
NO_TESTS_COLLECTED = 5

ASK_POSTGRES = "import sys, psycopg; psycopg.connect(sys.argv[1], connect_timeout=5).close()"
ASK_REDIS = "import sys, redis; redis.Redis.from_url(sys.argv[1], socket_timeout=5).ping()"


@dataclass
class Services:
    postgres: str = ""
    redis: str = ""
    missing: list[str] = field(default_factory=list)


def main(root: Path, arguments: list[str]) -> int:
    signals = Signals()
    try:
        if arguments[:1] == ["--install"]:
            _install(root, signals, tuple(arguments[1:]))
            return 0
        return _test(root, _install(root, signals, ("test",)), signals, arguments)
    except Refusal as refusal:
        say(str(refusal))
        return 1
    except Stopped:
        return 1


def _install(root: Path, signals: Signals, groups: tuple[str, ...]) -> Path:
    with tempfile.TemporaryDirectory() as folder:
        return packages.ensure(root, signals, Path(folder) / "install.log", groups)


def _test(root: Path, python: Path, signals: Signals, arguments: list[str]) -> int:
    services = _look(python)
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    # Two suites at once: a second thread of arithmetic in each would only be in the other's way.
    env = {"OPENBLAS_NUM_THREADS": "1"} | env
    env |= {"TEST_DATABASE_URL": services.postgres, "TEST_REDIS_URL": services.redis}
    with _on_postgres(root, python, env, services, arguments) as beside:
        say("the tests on SQLite")
        here = ["-m", "not figures"] if beside else []  # these run on the other database, meanwhile
        failed = _pytest(root, python, signals, env, arguments or here) != 0
        if beside is not None:
            say("the tests on PostgreSQL, run meanwhile")
            failed = beside.code(signals) not in {0, NO_TESTS_COLLECTED} or failed
    for lack in services.missing:
        say(f"NOT TESTED: {lack}")
    strict = os.environ.get("REQUIRE_SERVICES", "").lower() in {"1", "true"}
    return 1 if failed or (strict and services.missing) else 0


@dataclass
class Beside:
    """The suite on another database, running meanwhile; what it prints is shown when it has ended."""

    process: "subprocess.Popen[bytes]"
    printed: IO[bytes]

    def code(self, signals: Signals) -> int:
        """Wait for its end, and show what it printed."""
        code = _ended(self.process, signals)
        self.printed.seek(0)
        sys.stdout.write(self.printed.read().decode(errors="replace"))
        sys.stdout.flush()
        return code


@contextmanager
def _on_postgres(
    root: Path, python: Path, env: dict[str, str], services: Services, arguments: list[str]
) -> Iterator[Beside | None]:
    """The tests on PostgreSQL, if it is there, while the block runs."""
    if not services.postgres:
        yield None
        return
    # The engine has no database, and starting the service is tested with both already.
    narrowed = arguments or ["--ignore=tests/scoring", "--ignore=tests/deploy", "-m", "not words"]
    redis = services.redis and services.redis.rpartition("/")[0] + "/14"  # messages of its own
    own = env | {"DATABASE_URL": services.postgres, "TEST_REDIS_URL": redis}
    with tempfile.TemporaryFile() as printed:
        command = _command(python, narrowed)
        process = subprocess.Popen(  # noqa: S603
            command, cwd=root, env=own, stdout=printed, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
        try:
            yield Beside(process, printed)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait()


def _look(python: Path) -> Services:
    found = Services()
    named, redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    postgres = named if named.startswith("postgres") else ""
    if lack := _ask(python, ASK_POSTGRES, postgres or POSTGRES):
        found.missing.append(f"PostgreSQL ({lack}; DATABASE_URL names another)")
    else:
        found.postgres = postgres or POSTGRES
    if lack := _ask(python, ASK_REDIS, redis or REDIS):
        found.missing.append(f"Redis ({lack}; REDIS_URL names another)")
    else:
        found.redis = redis or REDIS
    if not CHROMIUM.exists():
        found.missing.append("pages in a browser (no /usr/bin/chromium; Debian's package is chromium)")
    return found


def _ask(python: Path, code: str, url: str) -> str:
    """Nothing if the service answers, otherwise why not."""
    answer = subprocess.run([python, "-c", code, url], capture_output=True, text=True)  # noqa: S603
    words = answer.stderr.strip().splitlines()
    return (words[-1] if words else "no answer") if answer.returncode else ""


def _command(python: Path, arguments: list[str]) -> list[str]:
    return [str(python), "-m", "pytest", "-rs", *arguments]


def _pytest(root: Path, python: Path, signals: Signals, env: dict[str, str], arguments: list[str]) -> int:
    """With our terminal, so that pytest's colours work as ever, and Ctrl-C reaches it without us."""
    return _ended(subprocess.Popen(_command(python, arguments), cwd=root, env=env), signals)  # noqa: S603


def _ended(process: "subprocess.Popen[bytes]", signals: Signals) -> int:
    while process.poll() is None:
        signals.sleep(1.0)
        if signals.last not in {0, signal.SIGINT}:
            process.send_signal(signal.SIGINT)  # pytest then ends what the tests have started
            signals.last = 0
    signals.check()
    return process.returncode
