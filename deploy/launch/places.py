"""The data folder and the port: claimed before any slow work, so that a clash shows at once."""

import errno
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.launch.errors import Refusal


def claim_folder(data: Path) -> int:
    """Make the folder, try that it can be written to, and lock it for as long as this process lives."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's answers: their owner's alone
        (data / "logs").mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
        handle = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Refusal(
            f"the data folder {data} cannot be written to ({error.strerror}); name another with --data"
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise Refusal(
            f"the data folder {data} is already in use by another start; stop that one, or use --data"
        ) from None
    return handle


def claim_port(host: str, port: int) -> socket.socket:
    """Listen now and hand the socket to the web process: nobody can take the port in between."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refusal(f"port {port} is already in use; choose another with --port") from None
        raise Refusal(
            f"cannot listen on {host}, port {port} ({error.strerror}); see --host, --port"
        ) from None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One at a time in a folder: two first starts must not build the same environment together."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
