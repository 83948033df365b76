"""Renewing a run's lease from a thread of its own, while the worker computes."""

import logging
import threading
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, connection

from indices import queue
from indices.models import Run

log = logging.getLogger(__name__)


class Lease:
    """`with Lease(run):` keeps the run claimed until the block ends or the claim is lost."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._renew, name=f"lease of run {run.pk}", daemon=True)

    def __enter__(self) -> "Lease":
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self.thread.join()

    def _renew_once(self) -> None:
        try:
            queue.renew(self.run)
        except DatabaseError:  # a busy database is no reason to give the run up: the lease still runs
            log.exception("the lease of run %s could not be renewed", self.run.pk)
            connection.close()

    def _renew(self) -> None:
        try:
            while not self.ended.wait(settings.RUN_LEASE_SECONDS / 4):
                self._renew_once()
        except queue.ClaimLost:
            log.warning("run %s was taken over by another worker", self.run.pk)
        finally:
            connection.close()
