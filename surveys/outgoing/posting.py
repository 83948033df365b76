"""One POST to an address that was checked: over a connection to exactly that address, to its end or a limit.

No redirect is followed, and of the answer only the status is read: what else stands there is nobody's
business.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPException

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_match_hostname import CertificateError

from surveys.outgoing.addresses import Target

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 10.0  # from connecting to the last byte read, however slowly they come


class NotDelivered(Exception):
    """The other side did not take the message; the text says in a few words why."""


def post(
    target: Target, address: str, body: bytes, headers: Mapping[str, str], seconds: float = WHOLE_SECONDS
) -> None:
    """Raises NotDelivered unless the answer is a 2xx."""
    connection = _connection(target, address)
    try:
        with _ending_after(connection, seconds):
            connection.request(
                "POST",
                target.path,
                body=body,
                headers={
                    "Host": target.named,
                    "Content-Type": "application/json",
                    "User-Agent": "Barometer",
                    **headers,
                },
            )
            status = connection.getresponse().status
    except (OSError, HTTPError, HTTPException, CertificateError) as error:
        raise NotDelivered(type(error).__name__) from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotDelivered(f"HTTP {status}")


class _Kept:
    """Keeps a second handle of the connection's socket: the first is not to be had during a TLS handshake."""

    handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]  # of urllib3's connection
        self.handle = made.dup()
        return made

    def hang_up(self) -> None:
        if self.handle is not None:
            with suppress(OSError):  # over already
                self.handle.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> None:
        if self.handle is not None:
            self.handle.close()


class _Plain(_Kept, HTTPConnection):
    pass


class _Encrypted(_Kept, HTTPSConnection):
    pass


def _connection(target: Target, address: str) -> _Plain | _Encrypted:
    """To the address, while a certificate must be that of the name."""
    if target.scheme == "http":
        return _Plain(address, target.port, timeout=CONNECT_SECONDS)
    return _Encrypted(
        address,
        target.port,
        timeout=CONNECT_SECONDS,
        server_hostname=target.host,
        assert_hostname=target.host,
    )


@contextmanager
def _ending_after(connection: _Plain | _Encrypted, seconds: float) -> Iterator[None]:
    """Time-outs of a socket are of each read; one that sends a byte a second would go on for ever."""
    timer = threading.Timer(seconds, connection.hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        connection.let_go()
