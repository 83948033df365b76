"""The environment is made, filled, and repaired."""

from pathlib import Path

from launching import copy_of_the_launcher, free_port, launch


def test_it_repairs_an_environment_that_was_left_half_made(tmp_path: Path) -> None:
    # pip fails on the missing folder without asking an index: what is under test comes before and after that.
    root = copy_of_the_launcher(tmp_path / "checkout", requirements="./no-such-folder\n")
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").symlink_to("/no/such/python")
    leftover = root / ".venv" / "half-written"
    leftover.touch()

    answer = launch("--data", str(tmp_path / "data"), "--port", str(free_port()), root=root)

    assert answer.returncode == 1
    assert not leftover.exists()
    assert (root / ".venv" / "bin" / "pip").exists()
    assert "pip could not install requirements" in answer.stderr
    assert "no-such-folder" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (root / ".venv" / "barometer-requirements").exists()
    assert not (root / ".venv" / "barometer-unfinished").exists()
