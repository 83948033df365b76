"""Contacts, mailings, and a mail server on this machine that does as it is told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

from aiosmtpd.controller import Controller
from django.db.models import F
from django.test import Client, override_settings
from django.utils import timezone

from surveys.contacts.rows import Row
from surveys.contacts.storing import store
from surveys.mailings.planning import Plan, plan
from surveys.mailings.preparing import prepare_due
from surveys.mailings.sending import send_due
from surveys.models import Contact, Mailing, Organisation, Recipient, Survey

TEXT = {"subject": "{survey}", "body": "Dear {name}, {organisation} asks: {link}\n\nNo more: {opt_out}"}


def known(organisation: Organisation, *emails: str, **more: Any) -> list[Contact]:
    """Contacts with these addresses."""
    store(organisation, [Row(line, email, **more) for line, email in enumerate(emails, 2)])
    return [Contact.objects.get(organisation=organisation, email=email) for email in emails]


def planned(survey: Survey, **more: Any) -> Mailing:
    texts = more.pop("texts", {"en": TEXT})
    return plan(survey, Plan(texts, more.pop("send_at", timezone.now()), **more), None)


class Hidden(HTMLParser):
    """The hidden fields of a page, as a browser sends them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "input" and said.get("type") == "hidden" and said.get("name"):
            self.fields[said["name"] or ""] = said.get("value") or ""


def shown(client: Client, address: str, form: Mapping[str, str], **more: Any) -> dict[str, str]:
    """What the page asks to confirm: the fields that its buttons send."""
    page = client.post(address, {**form, "do": "plan"}, **more)
    assert page.status_code == 200 and b'value="confirm"' in page.content, page.content.decode()
    return Hidden(page.content.decode()).fields


def confirmed(client: Client, address: str, form: Mapping[str, str], **more: Any) -> Any:
    """The page after all of the form was shown once more and confirmed."""
    asked = shown(client, address, form, **more)
    return client.post(address, {**asked, "do": "confirm"}, follow=True, **more)


def sent_now() -> int:
    """As beat does it."""
    prepare_due()
    return send_due()


def is_later(**ago: Any) -> None:
    """As if all that is to come were to come so much earlier."""
    earlier = F("due_at") - timedelta(**ago)
    Recipient.objects.filter(due_at__isnull=False).update(due_at=earlier)


class Server:
    """Takes mails, but says `replies[address]` to some."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []  # address, content
        self.replies: dict[str, str] = {}
        self.after_data = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails += [(address, envelope.content.decode()) for address in envelope.rcpt_tos]
        return self.after_data or "250 OK"


class OnFreePort(Controller):
    def _trigger_server(self) -> None:
        """Which port the system gave is known only now."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving() -> Iterator[Server]:
    """A server on a free port, to which Django's SMTP back end sends."""
    handler = Server()
    controller = OnFreePort(handler, hostname="127.0.0.1", port=0)
    controller.start()
    smtp = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": controller.port,
        "EMAIL_USE_TLS": False,
        "EMAIL_TIMEOUT": 20,  # seconds
    }
    try:
        with override_settings(**smtp):
            yield handler
    finally:
        controller.stop()
