"""What mail servers and mail programs send back, read: that a mail was not delivered, or is not wanted.

Delivery status notifications are those of RFC 3464, complaints those of RFC 5965. They come from anybody:
nothing in them is believed but the Message-ID of a mail of ours, which holds 128 random bits that only its
receivers know.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, message_from_string
from email.message import Message
from enum import Enum
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from surveys.imports.refusals import shown

MOST_BYTES = 300_000  # of one message; what is longer is cut off
LONGEST_HEADER, LONGEST_DIAGNOSTIC = 10_000, 500  # what is longer only costs time
LONGEST_TYPE = 2_000  # of a Content-Type, which the standard library reads in quadratic time
LONGEST_LINE = 64_000
MOST_PARTS = 100  # nested deeper, or in more parts, is no notice
OUR_ID = re.compile(r"<([A-Za-z0-9_-]{22})\.\d{1,5}@([^<>@\s]{1,255})>")
STATUS = re.compile(r"\b([245])\.(\d{1,3})\.\d{1,3}\b")
ADDRESS = re.compile(r"[^\s<>;:,]+@[^\s<>;:,]+")
RETURNED = {
    "message/rfc822", "message/global", "message/global-headers", "message/rfc822-headers",
    "text/rfc822-headers",
}  # fmt: skip
STATUSES = {"message/delivery-status", "message/global-delivery-status"}
ELSEWHERE = ("In-Reply-To", "References", "Original-Message-ID")
AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")


class Kind(Enum):
    BOUNCED = "bounced"
    DELAYED = "delayed"
    COMPLAINT = "complaint"
    AUTOMATIC = "automatic"  # somebody is out of office
    OTHER = "other"


class Notice(NamedTuple):
    """`recipient` is the public id of whose mail it is about, empty where it is none of ours. `status` is
    three numbers (RFC 3463), `said` the server's words without addresses, short and visible."""

    kind: Kind
    recipient: str = ""
    status: str = ""
    said: str = ""

    @property
    def blames_address(self) -> bool:
        """Not where the message or the sender was refused: 5.6.x and 5.7.x say nothing of the address."""
        return self.status.startswith("5.") and self.status.split(".")[1] not in {"6", "7"}


def messages_in(stream: BinaryIO) -> Iterator[bytes]:
    """The messages of a stream: of an mbox each, else the one that it is."""
    kept, is_first, is_mbox, is_after_empty = bytearray(), True, False, True
    while line := stream.readline(LONGEST_LINE):
        if line.startswith(b"From ") and is_after_empty and (is_first or is_mbox):
            if kept:
                yield bytes(kept)
            kept, is_mbox = bytearray(), True
        elif len(kept) < MOST_BYTES:
            kept += line
        is_first, is_after_empty = False, line in {b"\n", b"\r\n"}
    if kept.strip():
        yield bytes(kept[:MOST_BYTES])


def read(content: bytes) -> Notice:
    """Never raises: what cannot be read is a message of another kind."""
    low = content.lower()
    if low.count(b"multipart/") + low.count(b"message/") > MOST_PARTS or _has_long_type(low):
        return Notice(Kind.OTHER)
    try:
        return _read(message_from_bytes(content))
    except Exception:  # a malformed message makes the standard library raise nearly anything
        return Notice(Kind.OTHER)


def _has_long_type(content: bytes) -> bool:
    """Whether a Content-Type, with the lines that continue it, is longer than any real one."""
    length = 0
    for line in content.splitlines():
        if line.startswith(b"content-type:"):
            length = len(line)
        elif line[:1] in {b" ", b"\t"} and length:
            length += len(line)
        else:
            length = 0
        if length > LONGEST_TYPE:
            return True
    return False


def _read(message: Message) -> Notice:
    report = str(message.get_param("report-type", "")).lower()
    is_report = message.get_content_type() == "multipart/report"
    parts = list(message.walk())
    if is_report and report == "delivery-status":
        return _of_delivery(parts, _recipient(message, parts))
    if is_report and report == "feedback-report":
        kinds = [_text(block, "Feedback-Type") for block in _blocks(parts, {"message/feedback-report"})]
        kind = Kind.COMPLAINT if "abuse" in map(str.lower, kinds) else Kind.OTHER
        return Notice(kind, _recipient(message, parts))
    said = _text(message, "Auto-Submitted").lower()
    if said.startswith("auto-") or any(name in message for name in AUTOMATIC):
        return Notice(Kind.AUTOMATIC)
    return Notice(Kind.OTHER)


def _of_delivery(parts: list[Message], recipient: str) -> Notice:
    """Of our mails each has one recipient; what failed for good stands before what did for now."""
    found = [_one(block, recipient) for block in _blocks(parts, STATUSES) if _text(block, "Action")]
    order = (Kind.BOUNCED, Kind.DELAYED, Kind.OTHER)
    return min(found, key=lambda one: order.index(one.kind), default=Notice(Kind.OTHER))


def _one(block: Message, recipient: str) -> Notice:
    action, diagnostic = _text(block, "Action").split()[0].lower(), _text(block, "Diagnostic-Code")
    diagnostic = diagnostic[:LONGEST_DIAGNOSTIC]
    match = STATUS.search(_text(block, "Status")) or STATUS.search(diagnostic)
    status = match[0] if match else ""
    said = shown(ADDRESS.sub("…", f"{status} {diagnostic.partition(';')[2] or diagnostic}".strip()))
    if action == "failed" and status.startswith("5"):
        return Notice(Kind.BOUNCED, recipient, status, said)
    if action in {"failed", "delayed"}:
        return Notice(Kind.DELAYED, recipient, status, said)
    return Notice(Kind.OTHER, recipient)


def _blocks(parts: list[Message], types: set[str]) -> Iterator[Message]:
    """The groups of fields of a report. Python reads those of `delivery-status` only as such."""
    for part in parts:
        if part.get_content_type() in types:
            for inner in _inner(part):
                yield inner
                rest = inner.get_payload()
                if isinstance(rest, str):
                    yield from (message_from_string(one) for one in rest.split("\n\n") if one.strip())


def _recipient(message: Message, parts: list[Message]) -> str:
    """Of the mail that came back, else of the one that is answered."""
    for part in parts:
        if part.get_content_type() in RETURNED:
            for inner in _inner(part):
                if found := _ours(_text(inner, "Message-ID")):
                    return found
    for block in [message, *_blocks(parts, STATUSES)]:
        named = [name for name in block if name.lower().startswith("x-") and "message-id" in name.lower()]
        for name in (*ELSEWHERE, *named):
            if found := _ours(_text(block, name)):
                return found
    return ""


def _inner(part: Message) -> list[Message]:
    content: Any = part.get_payload()
    if isinstance(content, list):
        return content
    decoded: Any = part.get_payload(decode=True)
    return [message_from_bytes(decoded.lstrip() if decoded else b"")]


def _ours(text: str) -> str:
    host = urlsplit(settings.PUBLIC_URL).hostname
    ids = (match[1] for match in OUR_ID.finditer(text) if match[2].lower() == host)
    return next(ids, "")


def _text(message: Message, name: str) -> str:
    """A header's text on one line; a strange charset leaves what can be read."""
    return " ".join(str(message.get(name, ""))[:LONGEST_HEADER].split())
