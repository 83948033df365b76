"""What every test stands on: settings from a throw-away data folder, and the services that are there."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit

import pytest

# Before Django reads its settings: no test may see ./var, or be steered by what this shell has set.
DATA = Path(tempfile.mkdtemp(prefix="barometer-test-"))
for name in ("REDIS_URL", "PUBLIC_URL", "EMAIL_URL", "ALLOWED_HOSTS", "DEBUG", "FONT_DIR", "SECRET_KEY_FILE"):
    os.environ.pop(name, None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "deploy.settings",
    "BAROMETER_DATA": str(DATA),
    "SECRET_KEY": secrets.token_urlsafe(64),
}
STRICT = os.environ.get("REQUIRE_SERVICES", "").lower() in {"1", "true"}
CHROMIUM = Path("/usr/bin/chromium")


def pytest_configure() -> None:
    from django.conf import settings
    from hypothesis import HealthCheck
    from hypothesis import settings as of_properties

    # How long something takes is no test's business, least of all where other work goes on beside it.
    of_properties.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    of_properties.load_profile("suite")
    # The real hashers are slow on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Without a collected manifest, as after a fresh clone.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    Path(settings.STATIC_ROOT).mkdir()  # WhiteNoise warns at every client where there is none
    # A file, not memory: only so do concurrent submissions meet the locks they will meet in use.
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        settings.DATABASES["default"]["TEST"] = {"NAME": str(DATA / "test.sqlite3")}


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What touches no database, or brings its own, need not be run on each."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if not item.get_closest_marker("django_db") and not fixtures & {"db", "transactional_db"}:
            item.add_marker("words")


def pytest_unconfigure() -> None:
    shutil.rmtree(DATA, ignore_errors=True)


def lacking(what: str) -> NoReturn:
    """A skip, or with REQUIRE_SERVICES=1 a failure."""
    if STRICT:
        pytest.fail(f"{what} is required and not there")
    pytest.skip(f"{what} is not there")


@pytest.fixture(autouse=True)
def english() -> None:
    """A request leaves the language of who made it to what comes next in the thread: here that is a test."""
    from django.utils import translation

    translation.activate("en")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL database of the test's own."""
    url = os.environ.get("TEST_DATABASE_URL") or lacking("PostgreSQL (run deploy/test)")
    import psycopg

    name = f"barometer_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def redis_url() -> str:
    """A Redis for the test's messages, which are only wake-ups: strange ones do no harm."""
    return os.environ.get("TEST_REDIS_URL") or lacking("Redis (run deploy/test)")


@pytest.fixture(scope="session")
def chromium() -> Path:
    return CHROMIUM if CHROMIUM.exists() else lacking("Chromium")
