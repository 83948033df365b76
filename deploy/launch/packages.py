"""The virtual environment: made, filled and, after an interrupted first start, repaired."""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from deploy.launch.errors import Refusal, tail
from deploy.launch.places import alone
from deploy.launch.processes import run
from deploy.launch.signals import Signals
from deploy.launch.words import say

# Lies in the environment while something is put into it: if it is found at a start, the last one was cut off.
UNFINISHED = "barometer-unfinished"


def ensure(root: Path, signals: Signals, log: Path, groups: tuple[str, ...] = ()) -> Path:
    """The environment's Python, with requirements.txt and the dependency groups installed."""
    folder = root / ".venv"
    with alone(root):
        version = _version(folder)
        if not version or (folder / UNFINISHED).exists():
            _make(folder, signals, log)
            version = _version(folder)
        for name, arguments in _wanted(root, groups).items():
            _install(root, signals, log, name, arguments, version)
    return folder / "bin" / "python"


def _version(folder: Path) -> str:
    """Of a Python that runs; nothing if it does not (never made, or the system's was replaced)."""
    command = [str(folder / "bin" / "python"), "-c", "import sys; print(*sys.version_info[:2], sep='.')"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _make(folder: Path, signals: Signals, log: Path) -> None:
    for name in ("venv", "ensurepip"):
        if importlib.util.find_spec(name) is None:
            raise Refusal(
                f"Python's {name} module is missing; on Debian and Ubuntu install the package python3-venv"
            )
    say("making .venv")
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        (folder / UNFINISHED).touch()
    except OSError as error:
        raise Refusal(f"the virtual environment {folder} cannot be made anew ({error.strerror})") from None
    if run([sys.executable, "-m", "venv", str(folder)], signals, log=log):
        raise Refusal(f"the virtual environment {folder} could not be made:\n{tail(log)}")


def _wanted(root: Path, groups: tuple[str, ...]) -> dict[str, list[str]]:
    """pip's arguments for each thing to install."""
    wanted = {"requirements": ["--requirement", "requirements.txt"]}
    if groups:
        listed = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
        wanted |= {group: listed[group] for group in groups}
    return wanted


def _install(root: Path, signals: Signals, log: Path, name: str, arguments: list[str], version: str) -> None:
    folder = root / ".venv"
    content = (root / "requirements.txt").read_text(encoding="utf-8") + "\n".join(arguments)
    stamp = folder / f"barometer-{name}"
    mark = f"{version} {hashlib.sha256(content.encode()).hexdigest()}\n"
    if stamp.exists() and stamp.read_text(encoding="ascii") == mark:
        return
    say(f"installing {name} into .venv (once; about a minute)")
    (folder / UNFINISHED).touch()
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    failed = run([*pip, *arguments], signals, log=log, cwd=root)
    (folder / UNFINISHED).unlink()  # pip that ends by itself, even in failure, leaves whole packages
    if failed:
        raise Refusal(f"pip could not install {name}; its last lines:\n{tail(log)}")
    stamp.write_text(mark, encoding="ascii")
