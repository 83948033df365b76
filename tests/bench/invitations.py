"""How long do invitations to many contacts take to be listed and sent, and what does a killed worker cost?

    python -m tests.bench.invitations [--database URL] [--contacts 50000] [--kill]

URL names an empty PostgreSQL database; without it a temporary SQLite database is used. A mail server on this
machine takes everything. The recipients are listed, and the mails sent, by a process of its own, as a worker
does it, without the organisation's rate in its way; it says its time and the most memory it ever held. With
--kill that process is killed when half of the mails have come, and another goes on once the leases have
passed (they are moved, not waited for); at the end it is counted how many contacts got no mail, and how many
got two.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """Takes every mail and keeps to whom it was."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.times.update(envelope.rcpt_tos)
        return "250 OK"


def main() -> None:
    options = _options()
    if options.work:
        _setup()
        _work()
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "deploy.settings",
            "BAROMETER_DATA": folder,
            "SECRET_KEY": secrets.token_urlsafe(64),
            "LOG_LEVEL": "ERROR",
        }
        if options.database:
            os.environ["DATABASE_URL"] = options.database
        _setup()
        _fill(options.contacts)
        _measure(options.contacts, options.kill)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="postgresql://… of an empty database")
    parser.add_argument("--contacts", type=int, default=50_000)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _setup() -> None:
    sys.path.insert(0, str(ROOT))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _fill(contacts: int) -> None:
    from surveys.models import MailRules
    from surveys.models.contact import MOST_MAILS_PER_MINUTE
    from tests.cast import owner_of, published
    from tests.surveys.mailing_cast import planned

    owner = owner_of("bench", "bench@example.org")
    MailRules.objects.create(organisation=owner.organisation, per_minute=MOST_MAILS_PER_MINUTE)
    began = time.perf_counter()
    _store(owner.organisation, contacts)
    print(
        f"{contacts:,} contacts stored in {time.perf_counter() - began:.1f} s; load {os.getloadavg()[0]:.1f}"
    )
    planned(published(owner))


def _store(organisation: Any, contacts: int) -> None:
    from surveys.contacts.rows import Row
    from surveys.contacts.storing import store

    store(organisation, [Row(n, f"person{n}@example.org", f"K{n}", f"Person {n}") for n in range(contacts)])


def _measure(contacts: int, is_killed: bool) -> None:
    from tests.surveys.mailing_cast import OnFreePort

    handler = Server()
    server = OnFreePort(handler, hostname="127.0.0.1", port=0)
    server.start()
    os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{server.port}"
    try:
        if is_killed:
            _kill_half_way(handler, contacts)
        subprocess.run([sys.executable, "-m", "tests.bench.invitations", "--work"], cwd=ROOT, check=True)
    finally:
        server.stop()
    got = Counter(handler.times.values())
    none = contacts - len(handler.times)
    print(f"contacts that got no mail: {none}, one: {got[1]:,}, more: {sum(got.values()) - got[1]}")


def _kill_half_way(handler: Server, contacts: int) -> None:
    from django.db.models import F
    from django.utils import timezone

    from surveys.mailings.sending import LEASE
    from surveys.models import MailRules, Recipient

    worker = subprocess.Popen([sys.executable, "-m", "tests.bench.invitations", "--work"], cwd=ROOT)
    while len(handler.times) < contacts // 2:
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    recorded = Recipient.objects.filter(mails=1).count()
    print(f"killed when {len(handler.times):,} mails had come; {recorded:,} of them were recorded")
    MailRules.objects.update(lease_until=timezone.now())
    Recipient.objects.filter(due_at__isnull=False).update(due_at=F("due_at") - LEASE - timedelta(minutes=1))


def _work() -> None:
    """What beat has a worker do, until nothing is left."""
    import resource

    from django.conf import settings

    from surveys.mailings.preparing import prepare_due
    from surveys.mailings.sending import send_due

    settings.EMAIL_USE_TLS = False
    began = time.perf_counter()
    prepare_due()
    listed = time.perf_counter()
    sent = 0
    while now := send_due():
        sent += now
    seconds = time.perf_counter() - listed
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"listed in {listed - began:.1f} s; {sent:,} sent in {seconds:.1f} s ({sent / seconds:.0f} a second)"
    )
    print(f"peak memory: {peak:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
