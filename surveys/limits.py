"""Limits on guessing: how often one account or one address may fail within some minutes."""

import ipaddress
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from surveys.models import Attempt


def client_address(request: HttpRequest) -> str:
    """The caller's address. X-Forwarded-For is believed only as far as our own proxies wrote it.

    With a chain shorter than our proxies make it, the connection's own address counts: all such callers
    then share one limit.
    """
    hops: int = settings.TRUSTED_PROXY_COUNT
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    chain = [part.strip() for part in forwarded.split(",") if part.strip()]
    if hops and len(chain) >= hops:
        return chain[-hops]
    return str(request.META.get("REMOTE_ADDR", ""))


def _digest(value: str) -> str:
    return str(salted_hmac("surveys.limits", value.strip().lower(), algorithm="sha256").hexdigest())


def _line(address: str) -> str:
    """What one caller holds: an IPv4 address, or the IPv6 network of 64 bits that a line is given."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 6 and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(ip)


def is_over(kind: str, account: str, address: str) -> bool:
    since = timezone.now() - timedelta(minutes=settings.ATTEMPT_WINDOW_MINUTES)
    recent = Attempt.objects.filter(kind=kind, at__gte=since)
    return (
        recent.filter(account_digest=_digest(account)).count() >= settings.ATTEMPTS_PER_ACCOUNT
        or recent.filter(address_digest=_digest(_line(address))).count() >= settings.ATTEMPTS_PER_ADDRESS
    )


def note(kind: str, account: str, address: str) -> None:
    expired = timezone.now() - timedelta(minutes=settings.ATTEMPT_WINDOW_MINUTES)
    Attempt.objects.filter(at__lt=expired).delete()
    Attempt.objects.create(kind=kind, account_digest=_digest(account), address_digest=_digest(_line(address)))
