"""What a mail server's refusal means."""

import smtplib
from enum import Enum

from surveys.imports.refusals import shown


class Kind(Enum):
    FOR_GOOD = "for good"  # this address, whenever it is tried
    FOR_NOW = "for now"  # this address, perhaps not later
    AWAY = "away"  # every address: the server, or our account with it


def kind_of(error: Exception) -> Kind:
    """A reply of 5xx to recipient or content is for good (RFC 5321, 4.2.1); of what concerns the sender or
    the connection no recipient is to blame."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _by_codes([code for code, _text in error.recipients.values()])
    if isinstance(error, smtplib.SMTPDataError):
        return _by_codes([error.smtp_code])
    if isinstance(error, (smtplib.SMTPException, OSError)):
        return Kind.AWAY
    return Kind.FOR_GOOD  # the address or the text makes no mail


def _by_codes(codes: list[int]) -> Kind:
    if 421 in codes:  # the server closes the connection
        return Kind.AWAY
    return Kind.FOR_GOOD if codes and all(code >= 500 for code in codes) else Kind.FOR_NOW


def blames_address(error: Exception) -> bool:
    """Whether the server knows no such address, rather than that it does not like what or who writes: a
    status of 5.6.x or 5.7.x (RFC 3463) says nothing of the address."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    code, text = next(iter(error.recipients.values()))
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return code in {550, 551, 553, 556} and not words.lstrip().startswith(("5.6.", "5.7."))


def said(error: Exception, address: str) -> str:
    """The server's words without the address, short and in visible characters."""
    text: str | bytes
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
    else:
        return type(error).__name__
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return shown(f"{code} {' '.join(words.split())}".replace(address, "…"))
