"""Of few people who were invited to an anonymous survey nothing tells whether they handed in."""

import re
from typing import Any

import pytest

from surveys.models import Invitation, Recipient
from tests.cast import owner_of, published, signed_in
from tests.surveys.mailing_cast import known, planned, sent_now

pytestmark = pytest.mark.django_db


def test_a_mailing_to_few_looks_the_same_whether_they_answered_or_were_reminded() -> None:
    alice = owner_of("acme", "alice@example.org")
    survey = published(alice)
    known(alice.organisation, "ann@example.org")
    mailing = planned(survey, most_reminders=2, remind_after_days=1)
    sent_now()
    client, end = signed_in(alice), f"surveys/{survey.public_id}/invitations/{mailing.public_id}/"

    def told() -> tuple[str, str, Any]:
        pages = [client.get(f"/o/acme/{one}").content.decode() for one in (end, end.rsplit("/", 2)[0] + "/")]
        shown = [re.sub(r'(name="\w+" value="[^"]+"|id_\w+)', "", page) for page in pages]
        return shown[0], shown[1], client.get(f"/api/v1/organisations/acme/{end}").json()

    before = told()
    Recipient.objects.update(mails=2)  # reminded
    assert told() == before
    Recipient.objects.update(mails=1, due_at=None, nonce="")
    Invitation.objects.update(is_opened=True, is_started=True, is_finished=True)
    assert told() == before
    page = client.post(f"/o/acme/{end}", follow=True)
    assert "Cancelled: nothing more is sent" in page.content.decode()
