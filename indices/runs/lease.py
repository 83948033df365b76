"""Renewing a run's lease from a thread of its own, while the worker computes."""

import ctypes
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, connection

from indices.models import Run
from indices.runs import queue

log = logging.getLogger(__name__)

LOOKS_EVERY = 2.0  # seconds, at most: so soon a worker hears that its run was cancelled


class Lease:
    """`with Lease(run):` keeps the run claimed until the block ends or the claim is lost."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.lost = False
        self.listener: int | None = None  # the thread that is to be told
        self.telling = threading.Lock()
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

    @contextmanager
    def listening(self) -> Iterator[None]:
        """A block in which this thread gets a ClaimLost as soon as the claim is lost, whatever it computes.

        It must not use the database: a connection does not survive being interrupted.
        """
        with self.telling:
            if self.lost:
                raise queue.ClaimLost
            self.listener = threading.get_ident()
        try:
            yield
        finally:
            with self.telling:
                self.listener = None

    def _tell(self) -> None:
        with self.telling:
            self.lost = True
            if self.listener is not None:
                thread, error = ctypes.c_ulong(self.listener), ctypes.py_object(queue.ClaimLost)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)

    def _renew_once(self) -> None:
        try:
            queue.renew(self.run)
        except DatabaseError:  # a busy database is no reason to give the run up: the lease still runs
            log.exception("the lease of run %s could not be renewed", self.run.pk)
            connection.close()

    def _renew(self) -> None:
        try:
            while not self.ended.wait(min(settings.RUN_LEASE_SECONDS / 4, LOOKS_EVERY)):
                self._renew_once()
        except queue.ClaimLost:
            if queue.is_over(self.run):
                return
            log.warning("run %s was cancelled, or another worker took it over", self.run.pk)
            self._tell()
        finally:
            connection.close()
