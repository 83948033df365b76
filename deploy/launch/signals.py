"""Signals as flags: nothing is cut off half done, and the loop wakes at once."""

import os
import select
import signal
from types import FrameType

from deploy.launch.errors import Stopped


class Signals:
    def __init__(self) -> None:
        self.asked = 0  # how often somebody asked us to stop
        self.last = 0  # and by which signal
        self._reading, writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake up
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup
            signal.signal(signal.SIGHUP, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1
        self.last = number

    def sleep(self, seconds: float) -> None:
        """Until a signal arrives or a child ends, but no longer."""
        if select.select([self._reading], [], [], max(seconds, 0))[0]:
            os.read(self._reading, 4096)

    def wait(self, seconds: float) -> None:
        """Like sleep; a request to stop ends whatever is being waited for."""
        self.check()
        self.sleep(seconds)
        self.check()

    def check(self) -> None:
        if self.asked:
            raise Stopped
