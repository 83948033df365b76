"""Several workers at the same digest, at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.core import mail
from django.db import connections

from indices.digests.sending import send
from indices.models import Digest
from tests.cast import owner_of, published
from tests.indices.share_cast import released_month, stored

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY, MORNING = date(2026, 3, 2), datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


def test_of_four_that_try_at_once_one_sends() -> None:
    alice = owner_of("acme", "alice@example.org")
    stored(released_month(published(alice), "2026-02", MORNING), 71.3)
    own = Digest.objects.create(member=alice, told_until=MORNING - timedelta(days=7))
    together = Barrier(4)

    def attempt(_number: int) -> bool:
        try:
            together.wait(timeout=20)
            return send(own.pk, MONDAY, MORNING)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]
    assert len(mail.outbox) == 1
