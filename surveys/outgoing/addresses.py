"""Which addresses this service posts to: of the public network only, however they are written.

An address that somebody types must not reach what only this machine can (server-side request forgery). Its
form is checked when it is given, what its name stands for when it is used, once, and the connection goes to
that very address: a name that stands for another one a moment later gains nothing.
"""

import ipaddress
import queue
import re
import socket
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

LONGEST = 500
LOOK_UP_SECONDS = 5.0
PLAIN = re.compile(r"[\x21-\x7e]+")  # printable ASCII without spaces: no line ends, no look-alikes
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # how the last part of an IPv4 address may be written
PORTS = {"http": 80, "https": 443}
# IPv6 addresses that stand for an IPv4 address which they hide: NAT64, 6to4 and Teredo.
TRANSLATED = [
    ipaddress.ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
]

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(ValueError):
    """An address that nothing is posted to; the message says why, and nothing of what was found there."""


@dataclass(frozen=True)
class Target:
    """Where to post: `host` as it is named to the other side, `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        """As the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read(url: str) -> Target:
    """The parts of an address as it was typed. Raises AddressRefused for one that is not plainly written."""
    if len(url) > LONGEST or not PLAIN.fullmatch(url) or "\\" in url:
        raise AddressRefused(_("must be an address without spaces, line ends and special characters"))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused(_("is no address")) from None
    if parts.scheme not in PORTS:
        raise AddressRefused(_("must start with https:// or http://"))
    if "@" in parts.netloc:
        raise AddressRefused(_("must not hold a user name or password"))
    if parts.fragment or not parts.hostname or port == 0 or parts.netloc.endswith(":"):
        raise AddressRefused(_("is no address"))
    host = parts.hostname.lower()
    _check_host(host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], path)


def _check_host(host: str) -> None:
    """A name, or an IP address in its usual form. Raises AddressRefused."""
    if literal := _literal(host):
        _check_public(literal)
        return
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise AddressRefused(_("is no address"))
    if NUMBER.fullmatch(labels[-1]):  # 2130706433, 0x7f.1, 127.1: another way to write an IP address
        raise AddressRefused(_("must have an IP address in its usual form, or a name"))


def _literal(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _check_public(address: IpAddress) -> None:
    if not settings.WEBHOOK_ALLOW_PRIVATE and not is_public(address):
        raise AddressRefused(_("leads to an address that is not of the public network"))


def is_public(address: IpAddress) -> bool:
    """Whether everybody on the internet reaches the same machine by it."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return False
        if any(address in network for network in TRANSLATED) or address.is_site_local:
            return False
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or address.is_private
    )


def resolved(target: Target, seconds: float = LOOK_UP_SECONDS) -> str:
    """The IP address to connect to, asked for once. Raises AddressRefused where any that the name stands for
    is not public, and OSError where the name is not known, or not in time."""
    addresses = _looked_up(target, seconds)
    for address in addresses:
        _check_public(ipaddress.ip_address(address))
    return addresses[0]


def _looked_up(target: Target, seconds: float) -> list[str]:
    """The system's look-up knows no time limit, and not even a signal ends it: it has a thread of its own."""
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as unknown:
            answers.put(unknown if isinstance(unknown, OSError) else OSError(str(unknown)))
        else:
            answers.put([str(sockaddr[0]) for _family, _type, _proto, _name, sockaddr in found])

    threading.Thread(target=look_up, name=f"look-up of {target.host}", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError):
        raise answer
    return answer
