"""Contacts as they are imported, found and erased: one person is one contact."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from surveys.contacts.addresses import digest, normalised
from surveys.contacts.storing import confirm, draft_table, drop_old_drafts, erase, plan_of, start_draft
from surveys.imports.refusals import ImportRefused
from surveys.models import Contact, ContactImport, Member, OptOut
from tests.cast import joined, owner_of, published, signed_in
from tests.surveys.endpoints import everything
from tests.surveys.mailing_cast import known, planned, sent_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def imported(member: Member, text: str, leave_out: bool = False) -> Any:
    draft = start_draft(member.organisation, text.encode(), "people.csv", "utf-8", member.user)
    return confirm(draft, plan_of(draft, draft_table(draft))._replace(leave_out_bad_rows=leave_out))


def stored(*fields: str) -> list[tuple[Any, ...]]:
    return list(Contact.objects.order_by("email").values_list(*fields))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" Ann@Example.ORG ", "ann@example.org"),
        ("ann+tag@example.org", "ann+tag@example.org"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("o'neil@example.org", "o'neil@example.org"),
    ],
)
def test_an_address_is_kept_in_one_way(written: str, kept: str) -> None:
    assert normalised(written) == kept == normalised(kept)


@pytest.mark.parametrize(
    "written",
    [
        "", "@", "ann", "ann@", "@example.org", "a b@example.org", "ann@example", "ann@exa mple.org",
        "ann@example.org\nBcc: ben@example.org", "ann@example.org\r\n.", "a@b@example.org,ben@example.org",
        "Ann <ann@example.org>", "ann@example.org\0", "ann@" + "x" * 250 + ".org", "аnn@example.org",
        "ann@..example.org", "ann@" + "ü" * 70 + ".org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        normalised(written)


def test_an_address_looks_different_in_every_organisation() -> None:
    assert digest(1, "ann@example.org") != digest(2, "ann@example.org")
    assert digest(1, "ann@example.org") == digest(1, "ann@example.org")


def test_columns_are_known_by_their_names_and_the_rest_are_segments(alice: Member) -> None:
    imported(
        alice, "E-Mail;Key;Name;Language;Region\nAnn@Example.org;K1;Ann;zh_Hant;north\nben@example.org;;;;\n"
    )
    assert stored("email", "key", "name", "language", "segments") == [
        ("ann@example.org", "K1", "Ann", "zh-hant", {"region": "north"}),
        ("ben@example.org", "", "", "en", {"region": ""}),
    ]


def test_however_often_and_however_written_one_person_is_one_contact(alice: Member) -> None:
    imported(alice, "email,key\nann@example.org,K1\nANN@example.org,k1\nben@example.org,\n")
    checked = imported(alice, "email,name\nAnn@EXAMPLE.org,Ann\nBen@example.org,Ben\n")
    assert not checked.matched.new and Contact.objects.count() == 2
    imported(alice, "email,key,name\nann@new.example,K1,\nben@example.org,K2,\n")
    assert stored("email", "key", "name") == [
        ("ann@new.example", "K1", "Ann"),
        ("ben@example.org", "K2", "Ben"),
    ]


@pytest.mark.parametrize(
    ("rows", "line", "column"),
    [
        ("ann,K9", 2, "email"),
        ("x@example.org,K9\nnobody,", 3, "email"),
        ("x@example.org," + "k" * 101, 2, "key"),
        ("x@example.org,K\u200b9", 2, "key"),
        ("ann@example.org,K9", 2, "email"),  # Ann has another key
        ("ben@example.org,K1", 2, "email"),  # Ann's key, Ben's address
        ("x@example.org,K8\ny@example.org,k8", 3, "key"),
        ("x@example.org,K8\nX@example.org,K9", 3, "email"),
        ("new@example.org,K1\nann@example.org,", 3, "email"),  # Ann twice: by key and by address
        ("x@example.org", 2, ""),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_stored(alice: Member, rows: str, line: int, column: str) -> None:
    imported(alice, "email,key\nann@example.org,K1\nben@example.org,K2\n")
    before = stored("email", "key", "name")
    draft = start_draft(
        alice.organisation, f"email,key\n{rows}\nok@example.org,\n".encode(), "x.csv", "utf-8", alice.user
    )
    with pytest.raises(ImportRefused):
        confirm(draft)
    assert stored("email", "key", "name") == before
    checked = confirm(draft, plan_of(draft, draft_table(draft))._replace(leave_out_bad_rows=True))
    assert [(one.line, one.column) for one in checked.problems] == [(line, column)]
    assert Contact.objects.filter(email="ok@example.org").exists()


def test_a_file_is_stored_once_and_its_content_goes(alice: Member) -> None:
    draft = start_draft(alice.organisation, b"email\nann@example.org\n", "x.csv", "utf-8", alice.user)
    again = ContactImport.objects.get()
    confirm(draft)
    with pytest.raises(ImportRefused):
        confirm(again)
    draft.refresh_from_db()
    assert draft.content is None and (draft.new, draft.changed) == (1, 0)
    with pytest.raises(ImportRefused):
        draft_table(draft)


def test_organisations_share_no_contacts(alice: Member) -> None:
    bob = owner_of("globex", "bob@example.org")
    for member in (alice, bob):
        imported(member, "email,key\nann@example.org,K1\n")
    assert Contact.objects.count() == 2
    assert bob.organisation.contacts.get() != alice.organisation.contacts.get()


def test_contacts_are_searched_and_erased(alice: Member) -> None:
    known(alice.organisation, "ann@example.org", name="Ann")
    known(alice.organisation, "ben@example.org", key="K-17")
    client = signed_in(alice)
    for query in ("BEN@", "k-17"):
        said = client.get("/o/acme/contacts/", {"q": query}).content
        assert b"ben@example.org" in said and b"ann@example.org" not in said
    for strange in ("%", "_", "\\", "'", "x" * 300):
        assert client.get("/o/acme/contacts/", {"q": strange, "page": "x"}).status_code == 200
    ben = Contact.objects.get(key="K-17")
    OptOut.objects.create(organisation=alice.organisation, address_digest=ben.address_digest)
    client.post(f"/o/acme/contacts/{ben.public_id}/erase/")
    assert stored("email") == [("ann@example.org",)]
    (again,) = known(alice.organisation, "ben@example.org")
    assert again.opted_out_at


def test_nothing_of_an_erased_person_is_stored_anywhere(alice: Member) -> None:
    imported(alice, "email,key,name,region\nann@example.org,KEY-17,Ann Erased,far north\n")
    planned(published(alice))
    sent_now()
    erase(Contact.objects.get())
    stored_now = str(everything())
    assert not [said for said in ("ann@", "KEY-17", "Ann Erased", "far north") if said in stored_now]


def test_a_file_that_nobody_decided_about_is_dropped_in_a_week(alice: Member) -> None:
    start_draft(alice.organisation, b"email\nann@example.org\n", "x.csv", "utf-8", alice.user)
    drop_old_drafts()
    assert ContactImport.objects.exists()
    ContactImport.objects.update(created_at=timezone.now() - timedelta(days=8))
    drop_old_drafts()
    assert not ContactImport.objects.exists()


def test_the_rule_is_the_owners_to_set(alice: Member) -> None:
    analyst = signed_in(joined(alice, "anna@example.org", "analyst"))
    form = {"rest_days": "30", "per_minute": "120"}
    assert analyst.post("/o/acme/contacts/rules/", form).status_code == 403
    signed_in(alice).post("/o/acme/contacts/rules/", form)
    rules = alice.organisation.mail_rules
    assert (rules.rest_days, rules.per_minute) == (30, 120)
    for wrong in ({"per_minute": "0"}, {"per_minute": "100001"}, {"rest_days": "-1"}, {"rest_days": "731"}):
        assert b'class="error"' in signed_in(alice).post("/o/acme/contacts/rules/", form | wrong).content


def test_the_api_stores_all_or_none(alice: Member) -> None:
    client, address = signed_in(alice), "/api/v1/organisations/acme/contacts/"
    good, bad = {"email": "Ann@example.org", "key": "K1"}, {"email": "ben@"}
    answer = client.post(address, {"contacts": [good, bad]}, content_type="application/json")
    assert answer.status_code == 400 and not Contact.objects.exists()
    assert answer.json()["problems"][0]["field"] == "contacts.1.email"
    answer = client.post(address, {"contacts": [good, good]}, content_type="application/json")
    assert answer.json() == {"new": 1, "changed": 0}
    answer = client.post(address, {"contacts": [{**good, "name": "Ann"}]}, content_type="application/json")
    assert answer.json() == {"new": 0, "changed": 1} and stored("name") == [("Ann",)]
