"""Reads of comments that would take too long are given up: they hold a process that others wait for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

CANCELLED = "57014"  # SQLSTATE of a statement that took too long


class TookTooLong(Exception):
    """In the reader's words."""


@contextmanager
def limited() -> Iterator[None]:
    """What is read within takes at most settings.COMMENTS_TIME_LIMIT_MS a statement, or raises TookTooLong.
    SQLite knows no such limit: it is for trying the service out."""
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    limit = f"{settings.COMMENTS_TIME_LIMIT_MS}ms"
                    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != CANCELLED:
            raise
        said = _(
            "There are too many comments to look through at once. Narrow the filter, such as to a period."
        )
        raise TookTooLong(said) from error
