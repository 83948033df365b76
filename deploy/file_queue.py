"""Messages as files in a folder, for a service without a Redis.

Kombu's own transport creates a message's file before it writes it, so that a reader may take it away empty
and the worker stops. Here a file appears whole or not at all, and one that cannot be read is passed over:
a message is only a wake-up, and what is to be done stands in the database.
"""

import os
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, message: Any, **_: Any) -> None:  # type: ignore[override]
        """Write the message beside the queue's files, then give it its name in one step."""
        folder = Path(self.data_folder_out)
        handle, unfinished = tempfile.mkstemp(suffix=".part", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(dumps(message))
        Path(unfinished).replace(folder / f"{_order()}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """The next message of `queue` that can be read; raises Empty when there is none."""
        while True:
            try:
                return super()._get(queue)
            except ValueError:
                continue  # a file that is not a message: taken away, and the next one is tried


def _order() -> str:
    """A name that sorts by time and is nobody else's."""
    return f"{time.time_ns():020d}_{uuid.uuid4()}"


class Transport(filesystem.Transport):
    Channel = Channel
