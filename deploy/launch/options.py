"""What can be chosen on the command line of deploy/run."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    host: str
    port: int
    data: Path
    demo: bool
    smoke: bool


def read_options(root: Path, arguments: list[str] | None = None) -> Options:
    given = _parser(root).parse_args(arguments)
    # A server's database is never given a demo organisation with a printed password.
    demo = not given.no_demo and (given.smoke or not os.environ.get("DATABASE_URL", "").strip())
    return Options(given.host, given.port, given.data.expanduser().resolve(), demo, given.smoke)


def _parser(root: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deploy/run",
        description="Starts Barometer (web, worker and beat) on this machine. Ctrl-C stops it.",
        epilog="DATABASE_URL and REDIS_URL switch to PostgreSQL and Redis; PUBLIC_URL is the public address.",
    )
    parser.add_argument("--port", type=_port, default=8000, help="where the web process listens (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="on which address (127.0.0.1: this machine only)")
    default = Path(os.environ.get("BAROMETER_DATA", "").strip() or root / "var")
    parser.add_argument(
        "--data", type=Path, default=default, metavar="DIR", help=f"the data folder ({default})"
    )
    parser.add_argument("--no-demo", action="store_true", help="start empty: a one-time link makes the owner")
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="on a free port and a throw-away folder, wait for the demo's index, print it as JSON, and stop",
    )
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port (1 to 65535)")
    return int(text)
