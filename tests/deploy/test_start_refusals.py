"""What a start cannot get past is one line that says what to do, and comes before any slow work."""

import fcntl
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from launching import ROOT, copy_of_the_launcher, free_port, launch, quiet_environment


def refused(answer: subprocess.CompletedProcess[str]) -> str:
    """The one line."""
    assert answer.returncode == 1
    assert answer.stdout == ""
    (line,) = answer.stderr.splitlines()
    return line


def test_it_names_the_port_in_use_and_the_option(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = refused(launch("--data", str(tmp_path), "--port", port))
    assert f"port {port} is already in use" in line
    assert "--port" in line


def test_it_names_the_folder_it_cannot_write(tmp_path: Path) -> None:
    # Below a file: there even root cannot make a folder.
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    line = refused(launch("--data", str(folder), "--port", str(free_port())))
    assert str(folder) in line
    assert "--data" in line


def test_it_names_the_folder_that_another_start_holds(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        line = refused(launch("--data", str(tmp_path), "--port", str(free_port())))
    assert f"{tmp_path} is already in use" in line


def test_it_names_the_package_that_a_missing_venv_module_is_in(tmp_path: Path) -> None:
    root = copy_of_the_launcher(tmp_path / "checkout")
    stub = tmp_path / "bin" / "python3"
    stub.parent.mkdir()
    stub.write_text(
        f"""#!/bin/sh
[ "$1" = -c ] && exec {sys.executable} "$@"
exec {sys.executable} -c '
import runpy, sys
sys.modules["ensurepip"] = None
sys.argv = sys.argv[1:]
sys.path.insert(0, "")
runpy.run_path(sys.argv[0], run_name="__main__")' "$@"
"""
    )
    stub.chmod(0o755)
    line = refused(launch("--port", str(free_port()), root=root, PATH=f"{stub.parent}:/usr/bin:/bin"))
    assert "ensurepip" in line
    assert "python3-venv" in line
    assert not (root / ".venv").exists()


@pytest.mark.parametrize("script", ["run", "test"])
def test_it_says_which_python_it_needs_where_there_is_none(tmp_path: Path, script: str) -> None:
    for tool in ("dirname", "sh"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "")
    answer = subprocess.run(
        ["/bin/sh", ROOT / "deploy" / script],
        capture_output=True,
        text=True,
        env=quiet_environment(PATH=str(tmp_path)),
    )
    assert "Python 3.11 or newer" in refused(answer)


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_it_refuses_what_is_no_port(port: str) -> None:
    answer = launch(f"--port={port}")
    assert answer.returncode == 2
    assert f"{port} is not a port" in answer.stderr


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY must have at least 50 characters"),
        ({"DATABASE_URL": "postgresql://localhost/none"}, "SECRET_KEY (or SECRET_KEY_FILE) must be set"),
        ({"PUBLIC_URL": "ftp://example.org"}, "PUBLIC_URL must be an address"),
    ],
)
def test_it_passes_on_what_the_settings_refuse(
    tmp_path: Path, environment: dict[str, str], reason: str
) -> None:
    answer = launch("--data", str(tmp_path), "--port", str(free_port()), **environment)
    assert answer.returncode == 1
    assert reason in answer.stderr
    assert "Traceback" not in answer.stderr
