"""Two tenants for the tests that walk through every address, and a webhook with a server behind it."""

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.surveys.receiver_cast import Receiver, receiving

if TYPE_CHECKING:  # read before Django is ready
    from surveys.models import Survey, Webhook
    from tests.surveys.endpoints import Tenant


@pytest.fixture(scope="module")
def acme_and_globex(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> "Iterator[tuple[Tenant, Tenant]]":
    """Stored once for a module, around the transaction that each test rolls back: no test may commit."""
    from tests.surveys.endpoints import tenant

    with django_db_blocker.unblock(), transaction.atomic():
        yield tenant("acme"), tenant("globex")
        transaction.set_rollback(True)


@pytest.fixture
def acme(acme_and_globex: "tuple[Tenant, Tenant]") -> "Tenant":
    return copy.deepcopy(acme_and_globex[0])


@pytest.fixture
def globex(acme_and_globex: "tuple[Tenant, Tenant]") -> "Tenant":
    return copy.deepcopy(acme_and_globex[1])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def webhook(survey: "Survey", receiver: Receiver, settings: Any) -> "Webhook":
    """Of the module's own survey."""
    from surveys.outgoing import webhooks

    settings.WEBHOOK_ALLOW_PRIVATE = True
    return webhooks.add(survey, receiver.url)[0]
