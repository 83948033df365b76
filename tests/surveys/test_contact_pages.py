"""Contacts chosen from a list, one of them looked at, and nothing left of one that was erased."""

import re
import zlib
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from surveys.contacts.opting_out import Asked, opt_out
from surveys.contacts.storing import confirm, erase, start_draft
from surveys.models import Contact, ContactImport, Invitation, Member, Recipient, Response
from surveys.responses.ids import response_id
from tests.cast import joined, owner_of, published, signed_in
from tests.surveys.mailing_cast import known, planned, sent_now, serving

pytestmark = pytest.mark.django_db
LIST, API = "/o/acme/contacts/", "/api/v1/organisations/acme/contacts/"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def ann_and_ben(alice: Member) -> tuple[Contact, Contact]:
    (ann,) = known(alice.organisation, "ann@example.org", segments={"region": "north", "n": "1"})
    (ben,) = known(alice.organisation, "ben@example.org", segments={"region": "south", "n": "11"})
    opt_out(Asked(alice.organisation, ben.address_digest, "x" * 22))
    return ann, ben


@pytest.mark.parametrize(
    ("asked", "by_api", "found"),
    [
        ({}, {}, "ann ben"),
        ({"segment": "region", "option": "north"}, {"segment": "region", "option": "north"}, "ann"),
        ({"segment": "n", "option": "1"}, {"segment": "n", "option": "1"}, "ann"),
        ({"segment": "region", "option": "nor"}, {"segment": "region", "option": "nor"}, ""),
        ({"segment": "no_such", "option": "1"}, {"segment": "no_such", "option": "1"}, ""),
        ({"opted": "out"}, {"has_opted_out": "true"}, "ben"),
        ({"opted": "in"}, {"has_opted_out": "false"}, "ann"),
        ({"opted": "in", "q": "ben"}, {"has_opted_out": "false", "email": "ben@example.org"}, ""),
    ],
)
def test_a_list_of_some(
    alice: Member, ann_and_ben: Any, asked: dict[str, str], by_api: dict[str, str], found: str
) -> None:
    client = signed_in(alice)
    said = client.get(LIST, asked).content.decode()
    names = [f"{one}@example.org" for one in found.split()]
    assert re.findall(r">(\w+@example\.org)</a>", said)[1:] == names  # the first is who is signed in
    assert [one["email"] for one in client.get(API, by_api).json()["results"]] == names


@pytest.mark.parametrize(
    "wrong",
    [
        {"segment": "region"},
        {"option": "north"},
        {"segment": "region__gt", "option": "'"},
        {"segment": "region' OR 1=1 --", "option": "x"},
        {"segment": "region", "option": "x\0"},
    ],
)
def test_a_choice_that_cannot_be_names_its_field(
    alice: Member, ann_and_ben: Any, wrong: dict[str, str]
) -> None:
    client = signed_in(alice)
    said = client.get(LIST, wrong)
    assert said.status_code == 200
    if wrong != {"segment": "region__gt", "option": "'"}:  # which is a code as any other
        assert b'class="error"' in said.content and client.get(API, wrong).status_code == 400


def test_other_pages_of_the_list_keep_the_choice(alice: Member) -> None:
    known(alice.organisation, *(f"p{n}@example.org" for n in range(60)), segments={"area": "a&b <c>"})
    known(alice.organisation, "other@example.org")
    client = signed_in(alice)
    said = client.get(LIST, {"segment": "area", "option": "a&b <c>"}).content.decode()
    (following,) = re.findall(r'href="(\?[^"]*)" rel="next"', said)
    page = client.get(LIST + following.replace("&amp;", "&")).content.decode()
    assert "60 contacts" in page and "2 / 2" in page and "other@example.org" not in page


def test_a_contact_with_what_it_was_invited_to(alice: Member, ann_and_ben: tuple[Contact, Contact]) -> None:
    survey = published(alice, privacy="confidential", name="Open one")
    planned(survey, most_reminders=1)
    sent_now()
    client, (ann, ben) = signed_in(alice), ann_and_ben
    Invitation.objects.filter(recipient__contact=ann).update(is_opened=True, is_started=True)
    said = client.get(f"{LIST}{ann.public_id}/").content.decode()
    assert "Open one" in said and "started" in said and f"{LIST}{ann.public_id}/erase/" in said
    (told,) = client.get(f"{API}{ann.public_id}/").json()["invitations"]
    assert (told["survey"], told["state"]) == (survey.public_id, "sent")
    assert (told["opened"], told["started"], told["finished"]) == (True, True, False)
    (told,) = client.get(f"{API}{ben.public_id}/").json()["invitations"]
    assert (told["state"], told["opened"]) == ("opted_out", False)


@pytest.mark.parametrize("privacy", ["confidential", "anonymous"])
def test_what_was_answered_is_linked_where_the_survey_names_people(
    alice: Member, ann_and_ben: tuple[Contact, Contact], privacy: str
) -> None:
    survey, client = published(alice, privacy=privacy), signed_in(alice)
    planned(survey)
    sent_now()
    here, link = ann_and_ben[0].public_id, Invitation.objects.get(recipient__contact=ann_and_ben[0])
    same = {"survey": survey, "version": survey.current_version, "language": "en", "invitation": link}
    Response.objects.create(**same, state="started")
    assert client.get(f"{API}{here}/").json()["invitations"][0]["response"] is None
    one = Response.objects.create(**same, state="finished", finished_at=timezone.now())
    (told,) = client.get(f"{API}{here}/").json()["invitations"]
    page = client.get(f"{LIST}{here}/").content.decode()
    if privacy == "anonymous":  # even if one were to name its link
        assert told["response"] is None and "/responses/" not in page
        return
    assert told["response"] == response_id(survey, one.pk)
    answer = f"/o/acme/surveys/{survey.public_id}/responses/{told['response']}/"
    assert f'href="{answer}"' in page and "ann@example.org" in client.get(answer).content.decode()


def test_what_a_server_refused_is_told(alice: Member, ann_and_ben: Any) -> None:
    planned(published(alice))
    with serving() as server:
        server.replies["ann@example.org"] = "550 no such person <b>"
        sent_now()
    said = signed_in(alice).get(f"{LIST}{ann_and_ben[0].public_id}/").content.decode()
    assert "550 no such person &lt;b&gt;" in said


def test_of_one_person_in_an_anonymous_survey_nothing_is_told_but_the_mail(
    alice: Member, ann_and_ben: tuple[Contact, Contact]
) -> None:
    """Page and API are the same whether the person did nothing or handed in, and was reminded or not."""
    planned(published(alice, privacy="anonymous"), most_reminders=3)
    sent_now()
    client, (ann, _ben) = signed_in(alice), ann_and_ben

    def told() -> tuple[str, Any]:
        page = client.get(f"{LIST}{ann.public_id}/").content.decode()
        shown = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
        return shown, client.get(f"{API}{ann.public_id}/").json()

    before = told()
    assert "anonymous" in before[0]
    Invitation.objects.update(is_opened=True, is_started=True, is_finished=True)
    Recipient.objects.filter(contact=ann).update(due_at=None, nonce="", mails=2, problem="450 later")
    assert told() == before


def test_a_contact_is_shown_to_editors_of_its_organisation_alone(alice: Member, ann_and_ben: Any) -> None:
    here = f"{LIST}{ann_and_ben[0].public_id}/"
    assert signed_in(joined(alice, "vera@example.org", "viewer")).get(here).status_code == 403
    bob = signed_in(owner_of("globex", "bob@example.org"))
    unknown = "A" * 22
    for own, foreign in ((f"/o/globex/contacts/{unknown}/", here.replace("acme", "globex")), (here, here)):
        assert bob.get(own).status_code == bob.get(foreign).status_code == 404


# -- erasing


def stored_text() -> str:
    """All that stands in any table of the database, compressed files too."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [_text(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found).lower()


def _text(value: Any) -> str:
    if not isinstance(value, (bytes, memoryview)):
        return str(value)
    try:
        return zlib.decompress(bytes(value)).decode("utf-8", "replace")
    except zlib.error:
        return bytes(value).decode("utf-8", "replace")


@pytest.mark.parametrize("way", ["page", "api"])
def test_nothing_in_any_table_names_who_was_erased(alice: Member, way: str) -> None:
    person = b"E-Mail,key,name,region\nZoe.Gone@Example.org,KEY-17,Zoe Erased,far north\n"
    by = (alice.organisation, person, "zoe.gone@example.org.csv", "utf-8", alice.user)
    confirm(start_draft(*by))
    start_draft(*by)  # which nobody decides about
    other = start_draft(alice.organisation, b"email\nben@example.org\n", "other.csv", "utf-8", alice.user)
    planned(published(alice), most_reminders=1)
    with serving() as server:
        server.replies["zoe.gone@example.org"] = "450 zoe.gone@example.org: not now"
        sent_now()
        assert Recipient.objects.get().problem
        server.replies = {"zoe.gone@example.org": "550 5.1.1 <zoe.gone@example.org> unknown"}
        Recipient.objects.update(due_at=timezone.now())
        sent_now()
    one, client = Contact.objects.get(), signed_in(alice)
    client.get(f"{LIST}{one.public_id}/")
    assert "zoe.gone@" in stored_text()
    if way == "page":
        client.post(f"{LIST}{one.public_id}/erase/", follow=True)
    else:
        assert client.delete(f"{API}{one.public_id}/").status_code == 204
    left = stored_text()
    assert not [said for said in ("zoe.gone", "key-17", "zoe erased", "far north") if said in left]
    assert ContactImport.objects.filter(pk=other.pk).exists() and ContactImport.objects.count() == 2


def test_a_draft_with_the_domain_in_another_script_goes_too(alice: Member) -> None:
    (one,) = known(alice.organisation, "ann@xn--bcher-kva.example")
    start_draft(alice.organisation, "email\nAnn@Bücher.example\n".encode(), "a.csv", "utf-8", alice.user)
    erase(one)
    assert not ContactImport.objects.exists()
