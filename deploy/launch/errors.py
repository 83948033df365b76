"""The two ways a start ends early."""

from pathlib import Path


class Refusal(Exception):
    """Something whoever started us can put right: shown as one line, never as a traceback."""


class Stopped(Exception):
    """Ctrl-C, or the system asked us to end."""


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, for whoever has to find out what went wrong."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])
