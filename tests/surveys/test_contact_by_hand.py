"""One contact added, corrected or opted out by hand, by the rules of files and of mails."""

from typing import Any

import pytest
from django.test import Client

from surveys.contacts.opting_out import Asked, opt_in
from surveys.contacts.storing import erase
from surveys.models import Contact, Member, OptOut, Recipient
from tests.cast import owner_of, published, signed_in
from tests.surveys.mailing_cast import known, planned, sent_now

pytestmark = pytest.mark.django_db
LIST, API = "/o/acme/contacts/", "/api/v1/organisations/acme/contacts/"
NEW = LIST + "new/"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def client(alice: Member) -> Client:
    return signed_in(alice)


def test_one_person_is_added_once_and_then_changed(client: Client) -> None:
    full = {"email": " Ann@Example.ORG", "name": "Ann", "key": "K1", "language": "zh-hant"}
    assert "is added" in client.post(NEW, full, follow=True).content.decode()
    page = client.post(NEW, {"email": "ann@example.org", "name": "Ann Lee"}, follow=True)
    one = Contact.objects.get()
    assert page.redirect_chain[-1][0] == f"{LIST}{one.public_id}/" and "was known" in page.content.decode()
    kept = (one.email, one.name, one.key, one.language)
    assert kept == ("ann@example.org", "Ann Lee", "K1", "zh-hant")  # what was left empty stayed


def test_by_the_key_an_address_is_corrected(client: Client, alice: Member) -> None:
    (one,) = known(alice.organisation, "ann@exmaple.org", key="K1", segments={"region": "north"})
    page = client.get(f"{LIST}{one.public_id}/correct/").content.decode()
    assert 'value="ann@exmaple.org"' in page and 'value="K1"' in page
    client.post(f"{LIST}{one.public_id}/correct/", {"email": "ann@example.org", "key": "k1"})
    corrected = Contact.objects.get()
    assert (corrected.pk, corrected.email) == (one.pk, "ann@example.org")
    assert corrected.segments == {"region": "north"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": "ann@example.org", "key": "K2"}, "email"),  # which has another key
        ({"email": "zoe@example.org", "name": "x" * 201}, "name"),
        ({"email": "zoe@example.org", "key": "A\tB"}, "key"),
        ({"email": "zoe@example.org", "language": "de"}, "language"),
        ({"email": "zoe@example.org\0"}, "email"),
    ],
)
def test_what_cannot_be_names_its_field_and_nothing_is_lost(
    client: Client, alice: Member, given: dict[str, str], field: str
) -> None:
    known(alice.organisation, "ann@example.org", key="K1")
    known(alice.organisation, "ben@example.org", key="K2")
    said = client.post(NEW, {"name": "Zoe", **given}).content.decode()
    assert f'id="id_{field}_error"' in said and Contact.objects.count() == 2
    assert field == "name" or 'value="Zoe"' in said


def test_who_opted_out_stays_so_when_added_by_hand(client: Client, alice: Member) -> None:
    (one,) = known(alice.organisation, "ann@example.org")
    client.post(f"{LIST}{one.public_id}/opt-out/")
    erase(Contact.objects.get())
    client.post(NEW, {"email": "ann@example.org"})
    assert Contact.objects.get().opted_out_at is not None


def test_nobody_is_shown_another_tenants_contact(client: Client, alice: Member) -> None:
    (theirs,) = known(owner_of("globex", "bob@example.org").organisation, "zoe@example.org")
    foreign, unknown = (client.get(f"{LIST}{one}/correct/") for one in (theirs.public_id, "A" * 22))
    assert foreign.status_code == unknown.status_code == 404
    assert "was known" not in client.post(NEW, {"email": "zoe@example.org"}, follow=True).content.decode()
    theirs.refresh_from_db()
    assert theirs.organisation.slug == "globex" and Contact.objects.count() == 2


@pytest.mark.parametrize("way", ["page", "api"])
def test_who_asked_by_telephone_is_opted_out_as_by_mail(client: Client, alice: Member, way: str) -> None:
    (one,) = known(alice.organisation, "ann@example.org")
    planned(published(alice))
    where = (LIST if way == "page" else API) + f"{one.public_id}/opt-out/"
    at: list[Any] = []
    for _time in range(2):
        assert client.post(where).status_code == (302 if way == "page" else 200)
        one.refresh_from_db()
        at.append(one.opted_out_at)
    assert at[0] and at[0] == at[1]
    assert OptOut.objects.get().address_digest == one.address_digest
    sent_now()
    assert Recipient.objects.get().state == "opted_out"
    page = client.get(f"{LIST}{one.public_id}/").content.decode()
    assert "Opted out on" in page and "opt-out/" not in page
    opt_in(Asked(alice.organisation, one.address_digest, ""))  # as by the link in a mail
    one.refresh_from_db()
    assert one.opted_out_at is None
