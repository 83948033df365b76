"""Which addresses nothing is ever posted to, however they are written or resolved (S30)."""

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from surveys.outgoing.addresses import AddressRefused, Target, is_public, read, resolved

PRIVATE = [
    "10.0.0.1", "172.16.5.4", "192.168.1.1", "127.0.0.1", "127.8.9.1", "0.0.0.0", "169.254.169.254",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
    "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:4136:e378::",
    "fec0::1", "::7f00:1", "2001:db8::1",
]  # fmt: skip


def answering(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """A name service that gives these addresses for every name; the names that it was asked for."""
    asked: list[str] = []

    def look_up(host: str, port: int, **_more: Any) -> list[Any]:
        asked.append(host)
        family = socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_no_public_network_is_refused_as_it_is_and_behind_a_name(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(AddressRefused):
        read(f"http://{host}/")
    answering(monkeypatch, address)
    with pytest.raises(AddressRefused):
        resolved(read("https://hooks.example.org/"))


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://017700000001/",
        "http://127.1/", "http://127.0.1/", "http://0177.0.0.1/", "http://1.1.1.1.1/", "http://256.1.1.1/",
        "http://0/", "http://example.0x/", "http://[::ffff:127.0.0.1]/", "http://[::1%25lo]/",
        "http://１２７.０.０.１/", "http://127。0。0。1/", "http://ⓔxample.org/",
    ],
)  # fmt: skip
def test_another_way_to_write_an_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        read(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.example.org", "//hooks.example.org/", "ftp://hooks.example.org/", "file:///etc/passwd",
        "gopher://hooks.example.org/", "javascript:alert(1)", "https:hooks.example.org",
        "http://hooks.example.org\n/", "http://hooks.exam\nple.org/", "http://127.0.0.1\r\n", " http://a.org",
        "http://a.org/\x00", "http://a.org/a b", "http://a.org\\@127.0.0.1/", "http://a.org/\t",
        "http://user@a.org/", "http://user:secret@a.org/", "http://a.org@127.0.0.1/", "http://a.org#@b.org/",
        "http://a.org:0/", "http://a.org:65536/", "http://a.org:-1/", "http://a.org:/", "http://a.org:x/",
        "http://[::1/", "http://a..org/", "http://-a.org/", "http:///path", "http://a.org/#part",
        "http://" + "a" * 600 + ".org/",
    ],
)  # fmt: skip
def test_what_is_not_plainly_an_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        read(url)


def test_an_address_is_taken_apart() -> None:
    assert read("https://Hooks.Example.org/a?b=c") == Target("https", "hooks.example.org", 443, "/a?b=c")
    assert read("http://hooks.example.org:8080").named == "hooks.example.org:8080"
    assert read("https://[2606:4700::1111]/").named == "[2606:4700::1111]"


def test_the_name_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, "93.184.215.14", "93.184.215.15")
    assert resolved(read("https://hooks.example.org/")) == "93.184.215.14"
    assert asked == ["hooks.example.org"]


def test_a_name_of_which_one_address_is_private_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(AddressRefused):
        resolved(read("https://hooks.example.org/"))


def test_the_setting_permits_a_network_of_ones_own_and_nothing_else(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    assert read("http://127.0.0.1:9000/").host == "127.0.0.1"
    for url in ("http://2130706433/", "http://a@127.0.0.1/", "ftp://127.0.0.1/"):
        with pytest.raises(AddressRefused):
            read(url)


@given(st.ip_addresses())
def test_what_passes_is_public_by_every_account(address: Any) -> None:
    """By the registries of special addresses, also for an IPv4 address that an IPv6 one hides."""
    if not is_public(address):
        return
    assert address.is_global and not address.is_multicast and not address.is_private
    hidden = [
        getattr(address, name, None)
        for name in ("ipv4_mapped", "sixtofour", "teredo")
        if address.version == 6
    ]
    assert hidden == [None] * len(hidden)


@hypothesis_settings(max_examples=60)
@given(st.text(max_size=60) | st.from_regex(r"https?://[^/]{0,40}(/.{0,20})?", fullmatch=True))
def test_whatever_is_typed_is_refused_or_leads_where_it_says(url: str) -> None:
    try:
        target = read(url)
    except AddressRefused:
        return
    assert target.scheme in {"http", "https"} and 0 < target.port < 65_536 and target.path.startswith("/")
    assert not set(target.host + target.path) & set("\r\n\t \\@#")
    assert target.named in url.lower() or f"{target.host}:{target.port}" in url.lower()
