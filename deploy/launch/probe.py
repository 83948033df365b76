"""Asking our own web process how it is."""

import http.client
import socket


def status(listening: socket.socket, path: str) -> int:
    """The HTTP status, or 0 while nobody answers. Never follows a redirect, which may lead elsewhere."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
