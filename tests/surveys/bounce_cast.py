"""What mail servers send back, as they write it."""

from typing import Any

BOUNDARY = "A1B2C3.1764406800/mx.example.org"


def id_of(message: Any) -> str:
    return str(message.extra_headers["Message-ID"])


def failure(
    message_id: str,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <ann@example.org>: no such user",
    returned: str = "text/rfc822-headers",
    **headers: str,
) -> bytes:
    """A delivery status notification (RFC 3464) like Postfix's."""
    fields = (
        "Reporting-MTA: dns; mx.example.org\nArrival-Date: Sun, 29 Nov 2026 09:00:00 +0000\n\n"
        f"Final-Recipient: rfc822; ann@example.org\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: {diagnostic}\n"
    )
    mail = f"From: Acme <x@example.org>\nTo: ann@example.org\nMessage-ID: {message_id}\nSubject: Hello\n\n"
    said = ("text/plain; charset=utf-8", "I'm sorry to have to inform you …\n")
    parts = [said, ("message/delivery-status", fields), (returned, mail)]
    return _report("delivery-status", parts, {"Auto-Submitted": "auto-replied", **headers})


def complaint(message_id: str, kind: str = "abuse") -> bytes:
    """A report of abuse (RFC 5965)."""
    fields = f"Feedback-Type: {kind}\nUser-Agent: Someone/1.0\nVersion: 1\n"
    mail = f"Message-ID: {message_id}\nSubject: Hello\n\nText\n"
    said = ("text/plain", "This is an e-mail abuse report\n")
    return _report("feedback-report", [said, ("message/feedback-report", fields), ("message/rfc822", mail)])


def out_of_office(message_id: str) -> bytes:
    """An automatic answer (RFC 3834)."""
    headers = f"Auto-Submitted: auto-replied\nIn-Reply-To: {message_id}\nSubject: Out of office\n"
    return f"{headers}\nI am back on Monday.\n".encode()


def mbox(*messages: bytes) -> bytes:
    return b"".join(b"From MAILER-DAEMON Sun Nov 29 09:00:00 2026\n" + one + b"\n\n" for one in messages)


def _report(kind: str, parts: list[tuple[str, str]], headers: dict[str, str] | None = None) -> bytes:
    top = {
        "From": "MAILER-DAEMON@mx.example.org (Mail Delivery System)",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/report; report-type={kind};\n\tboundary="{BOUNDARY}"',
        **(headers or {}),
    }
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in top.items())
    body = "".join(f"\n--{BOUNDARY}\nContent-Type: {kind}\n\n{content}" for kind, content in parts)
    return f"{head}\nThis is a MIME-encapsulated message.\n{body}\n--{BOUNDARY}--\n".encode()
