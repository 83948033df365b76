"""Settings that make no sense stop the start and name the variable."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from launching import ROOT, quiet_environment

from deploy import env

GOOD_KEY = secrets.token_urlsafe(64)


@pytest.mark.parametrize("value", ["yes", "1", "on"])
def test_a_flag_is_true_or_false(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SWITCH", value)
    with pytest.raises(ImproperlyConfigured, match=f'SWITCH is "{value}"; it must be true or false'):
        env.flag("SWITCH", default=False)


@pytest.mark.parametrize(("value", "read"), [("true", True), ("False", False), ("", True)])
def test_a_flag_is_read(monkeypatch: pytest.MonkeyPatch, value: str, read: bool) -> None:
    monkeypatch.setenv("SWITCH", value)
    assert env.flag("SWITCH", default=True) is read


@pytest.mark.parametrize("value", ["-1", "3.5", "ten", "٣", "0"])
def test_a_whole_number_is_one_of_at_least_the_least(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("COUNT", value)
    with pytest.raises(ImproperlyConfigured, match=r"COUNT is .* whole number of at least 1"):
        env.whole("COUNT", 5, least=1)


@pytest.mark.parametrize("value", ["mysql://host/db", "host:5432", "postgresql"])
def test_an_address_has_one_of_the_schemes(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ADDRESS", value)
    with pytest.raises(ImproperlyConfigured, match=r"ADDRESS must be .* postgresql://"):
        env.url("ADDRESS", "", ("postgresql",))


def test_a_secret_comes_from_the_file_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hidden\n")
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "key"))
    assert env.secret("KEY") == "hidden"


def test_a_secret_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match=r"KEY_FILE: .*none cannot be read"):
        env.secret("KEY")


def settings_error(data: Path, **environment: str) -> str:
    """The last line of a process that reads the settings; nothing if they are accepted."""
    answer = subprocess.run(
        [sys.executable, "-c", "import deploy.settings"],
        cwd=ROOT,
        env=quiet_environment(BAROMETER_DATA=str(data), **environment),
        capture_output=True,
        text=True,
    )
    return answer.stderr.strip().rpartition("\n")[2]


@pytest.mark.parametrize("key", ["short", "a" * 80])
def test_a_weak_secret_key_is_refused(tmp_path: Path, key: str) -> None:
    assert "SECRET_KEY must have at least 50" in settings_error(tmp_path, SECRET_KEY=key)


@pytest.mark.parametrize(
    "others", [{"DATABASE_URL": "postgresql://db.example/x"}, {"PUBLIC_URL": "https://barometer.example"}]
)
def test_debug_is_refused_where_others_can_see_it(tmp_path: Path, others: dict[str, str]) -> None:
    good = {"SECRET_KEY": GOOD_KEY, **others}
    assert "DEBUG is for one's own machine" in settings_error(tmp_path, DEBUG="true", **good)
    assert settings_error(tmp_path, **good) == "" == settings_error(tmp_path, DEBUG="true")


def test_a_server_database_needs_a_secret_key_of_its_own(tmp_path: Path) -> None:
    url = "postgresql://someone@db.example/barometer"
    assert "SECRET_KEY (or SECRET_KEY_FILE) must be set" in settings_error(tmp_path, DATABASE_URL=url)
    assert settings_error(tmp_path, DATABASE_URL=url, SECRET_KEY=GOOD_KEY) == ""
    assert not (tmp_path / "secret_key").exists()


def test_embedded_a_secret_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    assert settings_error(tmp_path) == ""
    key = tmp_path / "secret_key"
    first = key.read_text()
    assert len(first) >= 50
    assert key.stat().st_mode & 0o077 == 0
    assert settings_error(tmp_path) == ""
    assert key.read_text() == first


def test_a_test_never_sees_the_data_folder_of_the_checkout() -> None:
    assert not Path(os.environ["BAROMETER_DATA"]).is_relative_to(ROOT)
