"""Contacts, channels, invitations and the links in mails, as somebody would use them who means harm."""

import email
import json
import re
from email import policy
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from surveys.channels.addresses import address_of
from surveys.channels.addresses import token_of as channel_token
from surveys.contacts.rows import Row
from surveys.contacts.storing import store
from surveys.models import (
    Channel,
    Contact,
    Invitation,
    Mailing,
    Member,
    OptOut,
    Recipient,
    Response,
    Survey,
)
from tests.cast import REGION, key_in, owner_of, published, signed_in
from tests.surveys.endpoints import UNKNOWN_ID, Tenant, call, everything, tenant
from tests.surveys.mailing_cast import TEXT, confirmed, known, planned, sent_now

pytestmark = pytest.mark.django_db
PUBLIC_URL = "https://survey.example"
SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "</title></textarea><script>alert(1)</script>",
    "javascript:alert(1)",
]
LIVE = re.compile(r"<script>|<img src=x|<svg/onload|href=\"javascript:|onerror=alert\(1\)>")
TEMPLATES = [
    "{name.__class__}",
    "{0}",
    "{}",
    "{link!r}",
    "{link:>100}",
    "{survey.organisation.api_tokens}",
    "{name[0]}",
    "{TOKEN:EMAIL}",
    "{link",
    "link}",
]


@pytest.fixture(autouse=True)
def public_url(settings: Any) -> None:
    settings.PUBLIC_URL = PUBLIC_URL


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, segments=[REGION])


def pages_of(survey: Survey) -> str:
    return f"/o/acme/surveys/{survey.public_id}/"


def api_of(survey: Survey) -> str:
    return f"/api/v1/organisations/acme/surveys/{survey.public_id}/"


def posted(client: Client, address: str, body: Any, **headers: str) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json", headers=headers)


def html_of(message: Any) -> str:
    return str(message.alternatives[0].content)


def links_in(message: Any) -> set[str]:
    """Every address in any part of a mail, as a program finds it that looks into mails."""
    text = "\n".join([message.body, html_of(message), *map(str, message.extra_headers.values())])
    return set(re.findall(r"https?://[^\s\"<>]+", text.replace("&amp;", "&")))


# -- S1, S27: markup in what somebody is called


@pytest.mark.parametrize("script", SCRIPTS)
def test_markup_in_names_is_inert_on_every_page_and_in_mails(
    alice: Member, survey: Survey, script: str
) -> None:
    store(alice.organisation, [Row(2, "ann@example.org", script[:100], script, "en", {"area": script})])
    channel = survey.channels.create(name=script)
    survey.frame_origins = ["https://www.example.org"]
    survey.save()
    planned(survey, segment="area", option=script)
    sent_now()
    ann, mailing = Contact.objects.get(), survey.mailings.get()
    Recipient.objects.update(problem=script)
    client, own = signed_in(alice), pages_of(survey)
    addresses = [
        "/o/acme/contacts/",
        f"/o/acme/contacts/?q={script}",
        f"/o/acme/contacts/{ann.public_id}/",
        own + "channels/",
        f"{own}channels/{channel.public_id}/",
        f"{own}channels/{channel.public_id}/poster/",
        own + "invitations/",
        f"{own}invitations/{mailing.public_id}/",
    ]
    for state in (Recipient.State.SENT, Recipient.State.REFUSED):
        Recipient.objects.update(state=state)
        for address in addresses:
            page = client.get(address)
            assert page.status_code == 200 and not LIVE.search(page.content.decode()), address
    (message,) = mail.outbox
    assert not LIVE.search(html_of(message)) and script in message.body
    drawn = client.get(f"{own}channels/{channel.public_id}/code.svg").content.decode()
    assert ElementTree.fromstring(drawn).tag.endswith("svg") and "alert" not in drawn


# -- S2, S29: templates in what is written, and in what is filled in


@pytest.mark.parametrize("text", TEMPLATES)
@pytest.mark.parametrize("part", ["subject", "body"])
def test_a_placeholder_that_reaches_further_is_refused_by_name(
    alice: Member, survey: Survey, text: str, part: str
) -> None:
    known(alice.organisation, "ann@example.org")
    texts = {**TEXT, part: TEXT[part] + " " + text}
    client = signed_in(alice)
    answer = posted(client, api_of(survey) + "invitations/", {"texts": {"en": texts}})
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["field"] == f"texts.en.{part}"
    form = {
        "subject_en": texts["subject"],
        "body_en": texts["body"],
        "most_reminders": "0",
        "remind_after_days": "7",
    }
    for do in ("plan", "test"):
        page = client.post(pages_of(survey) + "invitations/", {**form, "do": do})
        assert page.status_code == 200 and f'id="id_{part}_en_error"' in page.content.decode()
    assert not Mailing.objects.exists() and not mail.outbox


@pytest.mark.parametrize("text", ["{{7*7}}", "{{name.__class__}}", "${7*7}", "{% debug %}", "%(name)s"])
def test_what_other_languages_would_compute_is_sent_as_it_is_or_refused(
    alice: Member, survey: Survey, text: str
) -> None:
    known(alice.organisation, "ann@example.org", name="Ann")
    texts = {**TEXT, "body": TEXT["body"] + " " + text}
    answer = posted(signed_in(alice), api_of(survey) + "invitations/", {"texts": {"en": texts}})
    sent_now()
    if answer.status_code == 400:
        assert not mail.outbox
    else:
        shown = text.replace("{{", "{").replace("}}", "}")
        assert mail.outbox[0].body.endswith(shown) and "49" not in mail.outbox[0].body.rpartition("/")[2]


@pytest.mark.parametrize("name", [*TEMPLATES, "{link}", "{opt_out}", "{{7*7}}", "{{name}}"])
def test_a_name_like_a_placeholder_is_only_a_name(alice: Member, survey: Survey, name: str) -> None:
    known(alice.organisation, "ann@example.org", name=name)
    planned(survey, texts={"en": {**TEXT, "subject": "To {name}"}})
    sent_now()
    (message,) = mail.outbox
    assert message.subject == f"To {name}" and f"Dear {name}," in message.body


# -- S10, S24: what belongs to others


@pytest.fixture
def own_and_foreign() -> tuple[Tenant, Tenant]:
    return tenant("acme"), tenant("globex")


THINGS = ["channel", "mailing", "contact", "contact_import"]
ADDRESSES = {
    "channel": ["channel", "channel-svg", "channel-png", "channel-poster", "api-channel"],
    "mailing": ["mailing", "api-mailing"],
    "contact": ["contact", "contact-erase", "api-contact"],
    "contact_import": ["contact-import-review"],
}


@pytest.mark.parametrize("thing", THINGS)
def test_what_is_foreign_is_as_unknown_as_what_is_not_there(
    own_and_foreign: tuple[Tenant, Tenant], thing: str
) -> None:
    """From either side, and word for word the same."""
    before = everything()
    for here, there in (own_and_foreign, own_and_foreign[::-1]):
        client = signed_in(here.owner)
        for name in ADDRESSES[thing]:
            for method in ("GET", "POST", "PATCH", "DELETE"):
                said = []
                for value in (there.value(thing), UNKNOWN_ID):
                    answer = call(client, method, here.address(name, **{thing: value}), here.body(name))
                    said.append((answer.status_code, without_tokens(answer).replace(value, "")))
                assert said[0] == said[1] and said[0][0] in {404, 405}, (name, method)
    assert everything() == before


def test_what_another_survey_of_the_same_owner_has_is_not_there(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    other = published(alice, name="Other")
    channels = [one.channels.create(name="Counter") for one in (survey, other)]
    mailings = [planned(one) for one in (survey, other)]
    client, before = signed_in(alice), everything()
    for own, channel, mailing in ((survey, channels[1], mailings[1]), (other, channels[0], mailings[0])):
        for base in (pages_of(own), api_of(own)):
            for address in (
                f"{base}channels/{channel.public_id}/",
                f"{base}invitations/{mailing.public_id}/",
            ):
                assert client.get(address).status_code == 404
                for method in ("POST", "PATCH", "DELETE"):
                    assert call(client, method, address, {"do": "close"}).status_code in {404, 405}
    assert everything() == before


# -- S15: programs that look into mails


def scan(address: str, times: int = 11) -> None:
    """As the scanners of mail servers do it: every link, at once and again."""
    for _time in range(times):
        for method in ("HEAD", "GET"):
            answer = Client().generic(method, address.removeprefix(PUBLIC_URL))
            assert answer.status_code in {200, 302, 405}


def test_opening_every_link_of_a_mail_again_and_again_stores_nothing(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    planned(survey, most_reminders=1)
    sent_now()
    links = links_in(mail.outbox[0])
    assert len(links) >= 2 and all(one.startswith(PUBLIC_URL) for one in links)
    before = everything()
    for link in links:
        scan(link)
    after = everything()
    for invitation in (*before["Invitation"], *after["Invitation"]):
        del invitation["is_opened"]
    assert after == before
    assert not Response.objects.exists() and not OptOut.objects.exists()
    link = next(one for one in links if "?t=" in one).removeprefix(PUBLIC_URL)
    page = Client().get(link)
    assert page.status_code == 200 and key_in(page)  # and it still is good


def test_a_head_request_opens_nothing(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    planned(survey)
    sent_now()
    for link in links_in(mail.outbox[0]):
        assert Client().head(link.removeprefix(PUBLIC_URL)).status_code in {200, 405}
    assert not Invitation.objects.get().is_opened


# -- S16: characters that are not seen, or are too many

STRANGE = {
    "bidi": "a\u202egnp.exe",
    "zero width": "Co\u200bun\u2060ter\ufeff",
    "NUL": "a\0b",
    "surrogate": "a\ud800b",
    "emoji": "Café \U0001f600\U0001f1f9\U0001f1fc",
    "joined emoji": "\U0001f468\u200d\U0001f469",
    "line ends": "one\r\nBcc: evil@example.org\u2028two",
    "control": "a\x1b[31mb\x85",
    "CJK": "满" * 100,
    "long CJK": "意" * 100_000,
    "arabic": "مرحبا ב",
}


@pytest.mark.parametrize("what", STRANGE)
def test_strange_characters_in_a_contacts_name(alice: Member, survey: Survey, what: str) -> None:
    """Stored whole, or refused with the field; what is sent is a mail that parses."""
    one = {"email": "ann@example.org", "name": STRANGE[what], "segments": {"area": STRANGE[what][:90]}}
    answer = posted(signed_in(alice), "/api/v1/organisations/acme/contacts/", {"contacts": [one]})
    if answer.status_code == 400:
        assert answer.json()["problems"][0]["field"].endswith((".name", ".area"))
        assert not Contact.objects.exists()
        return
    assert Contact.objects.get().name == STRANGE[what]
    planned(survey, texts={"en": {**TEXT, "subject": "To {name}"}})
    sent_now()
    whole(mail.outbox[0], f"To {STRANGE[what]}")


@pytest.mark.parametrize("what", STRANGE)
def test_strange_characters_in_a_subject(alice: Member, survey: Survey, what: str) -> None:
    known(alice.organisation, "ann@example.org")
    texts = {**TEXT, "subject": STRANGE[what]}
    answer = posted(signed_in(alice), api_of(survey) + "invitations/", {"texts": {"en": texts}})
    if answer.status_code == 400:
        assert answer.json()["problems"][0]["field"] == "texts.en.subject"
        return
    sent_now()
    whole(mail.outbox[0], " ".join(STRANGE[what].split()))


def whole(message: Any, subject: str) -> None:
    read = email.message_from_bytes(message.message().as_bytes(), policy=policy.default)
    said = str(read["Subject"]).strip()  # a long one is folded before its first word
    assert said == subject and read["To"] == "ann@example.org" and read["Bcc"] is None
    assert not read.defects and {one.get_content_type() for one in read.walk()} >= {"text/plain", "text/html"}


@pytest.mark.parametrize("what", STRANGE)
@pytest.mark.parametrize("way", ["page", "api"])
def test_strange_characters_in_a_channels_name(alice: Member, survey: Survey, what: str, way: str) -> None:
    client = signed_in(alice)
    if way == "api":
        answer = posted(client, api_of(survey) + "channels/", {"name": STRANGE[what]})
        assert answer.status_code in {201, 400}
    else:
        sent = STRANGE[what].encode("utf-8", "surrogatepass")
        quoted = "name=" + "".join(f"%{byte:02x}" for byte in sent)
        answer = client.post(
            pages_of(survey) + "channels/", quoted, content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code in {200, 302}
    for channel in Channel.objects.all():
        here = f"{pages_of(survey)}channels/{channel.public_id}/"
        for language in ("en", "zh-hans", "zh-hant"):
            assert client.get(f"{here}poster/?language={language}").content.decode("utf-8")
        assert ElementTree.fromstring(client.get(here + "code.svg").content).tag.endswith("svg")
        assert client.get(here).status_code == client.get(pages_of(survey) + "channels/").status_code == 200
        assert Client().get(address_of(channel).removeprefix(PUBLIC_URL)).status_code == 200


# -- S18: a token of one kind, used as another


def test_each_token_opens_only_what_it_was_made_for(own_and_foreign: tuple[Tenant, Tenant]) -> None:
    acme, _globex = own_and_foreign
    survey, mailed = acme.survey, published(acme.owner, name="Mailed")
    planned(mailed)
    sent_now()
    message = next(one for one in mail.outbox if one.to == ["customer@acme.example"])
    link = next(one for one in links_in(message) if "?t=" in one)
    tokens = {
        "opt-out": next(one for one in links_in(message) if "/opt-out/" in one).split("/")[-2],
        "invitation": re.findall(r"t=([\w-]+)", link)[0],
        "channel": channel_token(survey.channels.get()),
        "key": key_in(Client().get(f"/s/{survey.public_id}/")),
        "shared-report": acme.token("shared-report"),
        "digest-off": acme.token("digest-off"),
        "join": acme.token("join"),
        "reset": acme.token("reset-confirm"),
    }
    before = everything()
    client = Client()
    plain = without_tokens(client.get(f"/s/{survey.public_id}/"))
    for kind, token in tokens.items():
        for name in ("opt-out", "shared-report", "digest-off", "join"):
            if kind != name:
                address = reverse(name, kwargs={"token": token})
                assert answers_like(client.get(address), client.get(reverse(name, kwargs={"token": "x"})))
                assert client.post(address, acme.body(name)).status_code != 302
        if kind != "channel":
            page = client.get(f"/s/{survey.public_id}/", {"c": token})
            assert page.status_code == 200 and without_tokens(page) == plain
        refused = client.get(f"/s/{survey.public_id}/", {"t": token})
        assert answers_like(refused, client.get(f"/s/{survey.public_id}/", {"t": UNKNOWN_ID})), kind
        if kind != "key":
            page = client.post(f"/s/{survey.public_id}/", {"key": token, "page": "ecsi.image", "next": "1"})
            assert page.status_code == 400
    after = everything()
    del before["Attempt"], after["Attempt"]  # how often somebody guessed
    assert after == before


def answers_like(one: Any, other: Any) -> bool:
    return bool(one.status_code == other.status_code and without_tokens(one) == without_tokens(other))


def without_tokens(page: Any) -> str:
    """The page but for what is another at every look."""
    return re.sub(r'name="(key|csrfmiddlewaretoken)" value="[^"]+"', "", page.content.decode())


def test_a_way_out_of_one_organisation_is_none_of_anothers(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    globex = owner_of("globex", "bob@example.org").organisation
    (same,) = known(globex, "ann@example.org")
    planned(survey)
    sent_now()
    out = next(one for one in links_in(mail.outbox[0]) if "/opt-out/" in one).removeprefix(PUBLIC_URL)
    Client().post(out.partition("?")[0])
    same.refresh_from_db()
    assert OptOut.objects.get().organisation == alice.organisation and same.opted_out_at is None


# -- S20: whose address stands in a mail

FORGED = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-forwarded-proto": "gopher"}


def test_no_request_puts_its_host_into_a_mail(alice: Member, survey: Survey) -> None:
    known(alice.organisation, "ann@example.org")
    client = signed_in(alice)
    form = {
        "subject_en": "x",
        "body_en": "{link} {opt_out}",
        "most_reminders": "0",
        "remind_after_days": "7",
    }
    address = pages_of(survey) + "invitations/"
    client.post(address, {**form, "do": "test"}, headers=FORGED)
    confirmed(client, address, form, headers=FORGED)
    again = {"texts": {"en": TEXT}, "also_invited_before": True}
    posted(client, api_of(survey) + "invitations/", again, **FORGED)
    sent_now()
    assert len(mail.outbox) == 3
    for message in mail.outbox:
        assert {one.partition("/s/")[0].partition("/o")[0] for one in links_in(message)} == {PUBLIC_URL}
        assert "evil" not in message.message().as_string()


def test_no_request_puts_its_host_into_what_is_pasted_or_printed(alice: Member, survey: Survey) -> None:
    survey.frame_origins = ["https://www.example.org"]
    survey.save()
    client = signed_in(alice)
    made = posted(client, api_of(survey) + "channels/", {"name": "Counter"}, **FORGED).json()
    assert made["address"].startswith(PUBLIC_URL) and f'src="{PUBLIC_URL}' in made["snippet"]
    plain = client.get(f"{pages_of(survey)}channels/{made['id']}/code.svg").content
    for ending in ("", "poster/", "code.svg"):
        page = client.get(f"{pages_of(survey)}channels/{made['id']}/{ending}", headers=FORGED)
        assert page.status_code == 200 and b"evil" not in page.content
        assert ending != "code.svg" or page.content == plain
    for host in ("evil.example", "testserver.evil.example", "testserver@evil.example"):
        answer = posted(client, api_of(survey) + "channels/", {"name": host}, host=host)
        assert answer.status_code == 400
    assert Channel.objects.count() == 1


# -- S21: SQL where a token or a language is expected

SQL = [
    "' OR '1'='1",
    "1; DROP TABLE surveys_response;--",
    "x') UNION SELECT token_digest FROM surveys_invitation--",
    "\\'; SELECT pg_sleep(9);--",
    "%27%20OR%201=1",
    "' AND (SELECT 1 FROM pg_user)--",
]


@pytest.mark.parametrize("text", SQL)
def test_sql_in_the_address_of_a_questionnaire_asks_the_same_questions(survey: Survey, text: str) -> None:
    client, address = Client(), f"/s/{survey.public_id}/"
    usual = {"t": UNKNOWN_ID, "c": "x:y", "language": "xx"}
    for name, harmless in usual.items():
        with CaptureQueriesContext(connection) as asked:
            expected = client.get(address, {name: harmless})
        with CaptureQueriesContext(connection) as asked_now:
            answer = client.get(address, {name: text})
        assert answer.status_code == expected.status_code == (404 if name == "t" else 200)
        assert len(asked_now) <= len(asked) and text not in answer.content.decode()
    page = client.post(address, {"key": text, "page": text, "language": text})
    assert page.status_code == 400
    assert client.get(f"/opt-out/x/?language={text}").status_code == 404


# -- S6: fields that are the service's to set

SET_BY_US: dict[str, Any] = {
    "survey": UNKNOWN_ID,
    "organisation": "globex",
    "public_id": "chosen",
    "token": "chosen",
    "created_by": "alice@example.org",
    "score": 10,
    "is_staff": True,
}


@pytest.mark.parametrize("field", [*SET_BY_US, "opted_out_at", "asked_at", "asked_by", "address_digest"])
def test_a_contact_takes_no_field_of_the_service(alice: Member, field: str) -> None:
    one = {"email": "ann@example.org", field: SET_BY_US.get(field)}
    answer = posted(signed_in(alice), "/api/v1/organisations/acme/contacts/", {"contacts": [one]})
    assert answer.status_code == 400 and not Contact.objects.exists()
    assert field in answer.json()["problems"][0]["field"]


@pytest.mark.parametrize(
    "field", [*SET_BY_US, "state", "prepared_at", "counts", "recipients", "cancelled_at"]
)
def test_a_mailing_takes_no_field_of_the_service(alice: Member, survey: Survey, field: str) -> None:
    body = {"texts": {"en": TEXT}, field: SET_BY_US.get(field, "sent")}
    answer = posted(signed_in(alice), api_of(survey) + "invitations/", body)
    assert answer.status_code == 400 and not Mailing.objects.exists()
    assert answer.json()["problems"][0]["field"] == field
    body = {"texts": {"en": {**TEXT, field: "x"}}}
    answer = posted(signed_in(alice), api_of(survey) + "invitations/", body)
    assert answer.json()["problems"][0]["field"] == f"texts.en.{field}" and not Mailing.objects.exists()


@pytest.mark.parametrize("field", SET_BY_US)
def test_a_channel_takes_no_field_of_the_service(alice: Member, survey: Survey, field: str) -> None:
    client, address = signed_in(alice), api_of(survey) + "channels/"
    answer = posted(client, address, {"name": "Counter", field: SET_BY_US[field]})
    assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == field
    own = survey.channels.create(name="Own")
    for forbidden in (field, "segments", "created_at", "finished"):
        body = json.dumps({forbidden: SET_BY_US.get(forbidden, {})})
        answer = client.patch(f"{address}{own.public_id}/", body, content_type="application/json")
        assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == forbidden
    assert list(survey.channels.values_list("name", "segments")) == [("Own", {})]


def test_what_a_channel_shows_may_be_sent_back_and_sets_nothing(alice: Member, survey: Survey) -> None:
    client, address = signed_in(alice), api_of(survey) + "channels/"
    shown = posted(client, address, {"name": "Counter"}).json()
    forged = {"id": UNKNOWN_ID, "finished": 999, "address": "https://evil.example", "is_active": False}
    again = posted(client, address, {**shown, **forged, "name": "Desk"})
    if again.status_code == 400:
        assert Channel.objects.count() == 1
        return
    made = again.json()
    assert made["id"] not in {UNKNOWN_ID, shown["id"]} and made["finished"] == 0 and made["is_active"]
    assert made["address"].startswith(PUBLIC_URL)
