"""Typed readers of the environment: a value that makes no sense stops the start, naming the variable."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def secret(name: str) -> str:
    """A secret from NAME, or from the file that NAME_FILE names (as container platforms hand them over)."""
    if path := text(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {path} cannot be read ({error.strerror})") from None
    return text(name)


def flag(name: str, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value not in {"true", "false"}:
        raise ImproperlyConfigured(f'{name} is "{value}"; it must be true or false')
    return value == "true"


def whole(name: str, default: int, *, least: int = 0) -> int:
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise ImproperlyConfigured(f'{name} is "{value}"; it must be a whole number of at least {least}')
    return int(value)


def listing(name: str) -> list[str]:
    return [entry.strip() for entry in text(name).split(",") if entry.strip()]


def url(name: str, default: str, schemes: tuple[str, ...]) -> str:
    value = text(name, default)
    parts = urlsplit(value)
    if value and (parts.scheme not in schemes or not (parts.netloc or parts.path)):
        raise ImproperlyConfigured(
            f"{name} must be an address that starts with {' or '.join(s + '://' for s in schemes)}"
        )
    return value
