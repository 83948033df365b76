"""Fields that a form does not offer, and words that would be markup or formulas if they were believed."""

import html
from typing import Any

import pytest
from django.test import Client

from indices.models import Run
from indices.runs import queue
from indices.tasks import work
from surveys.membership import invite
from surveys.models import Member, Organisation, Survey, User
from surveys.periods import add_wave
from tests.cast import draft, joined, owner_of, published, signed_in, with_mobi_answers
from tests.surveys.endpoints import everything

pytestmark = [pytest.mark.django_db, pytest.mark.words]
MARKUP = "<img src=x onerror=alert(1)>"
WORDS_OF_CODE = [
    "<img src=x onerror=alert(1)>",
    "</title><script>alert(1)</script>",
    "\"'><svg/onload=alert(1)>",
    "{{7*7}}{% debug %}",
    "{company.__class__}",
    "javascript:alert(1)",
]
LIVE = ("<img src=x", "<svg/onload", "<script>", 'href="javascript:', " onerror=alert(1)>")
SURVEY = {
    "name": "Customers",
    "languages": ["en"],
    "privacy": "anonymous",
    "period_kind": "waves",
    "refresh": "request",
    "headline": "ml",
    "rolling": "0",
    "close_after_days": "3",
    "least_base_show": "30",
    "least_base_release": "100",
    "company_en": "Acme",
    "category_en": "phone service",
}
FORBIDDEN = {
    "id": "1",
    "public_id": "chosen",
    "organisation": "2",
    "organisation_id": "2",
    "created_by": "2",
    "created_at": "2001-01-01",
    "is_simulated": "on",
    "source_note": "forged",
    "state": "closed",
    "parts": "[1]",
    "words": "{}",
    "is_staff": "on",
    "is_superuser": "on",
}


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def test_a_new_survey_takes_only_what_its_form_offers(alice: Member) -> None:
    owner_of("globex", "gina@example.org")
    assert signed_in(alice).post("/o/acme/surveys/new/", SURVEY | FORBIDDEN).status_code == 302
    made = Survey.objects.get()
    assert made.organisation == alice.organisation and made.created_by == alice.user
    assert made.state == "draft" and not made.is_simulated and not made.source_note and made.parts == []
    assert made.public_id != "chosen" and made.created_at.year > 2001


def test_an_edit_changes_neither_owner_nor_state_nor_what_was_fixed_at_publishing(alice: Member) -> None:
    survey = published(alice, period_kind="month")
    before = Survey.objects.values().get()
    changed = SURVEY | FORBIDDEN | {"privacy": "confidential", "period_kind": "quarter", "name": "New name"}
    address = f"/o/acme/surveys/{survey.public_id}/edit/"
    assert signed_in(alice).post(address, changed).status_code == 302
    after = Survey.objects.values().get()
    different = {name for name in before if before[name] != after[name]}
    assert different <= {"name", "languages", "words"} and after["name"] == "New name"


def test_ones_own_settings_give_no_role_and_no_other_address(alice: Member) -> None:
    bob = joined(alice, "bob@example.org", "viewer")
    before = User.objects.values().get(pk=bob.user.pk)
    extra = {"email": "alice@example.org", "is_active": "", "password": "x", "role": "owner"}
    signed_in(bob).post("/account/", {"name": "Bob", "language": "en"} | FORBIDDEN | extra)
    after = User.objects.values().get(pk=bob.user.pk)
    assert {name for name in before if before[name] != after[name]} == {"name", "last_login"}
    assert Member.objects.get(pk=bob.pk).role == "viewer"


def test_a_wave_belongs_to_the_survey_of_the_address(alice: Member) -> None:
    survey = published(alice, period_kind="waves")
    other = published(owner_of("globex", "gina@example.org"), period_kind="waves")
    fields = {"name": "2025", "survey": str(other.pk), "public_id": "chosen"} | FORBIDDEN
    signed_in(alice).post(f"/o/acme/surveys/{survey.public_id}/waves/", {**fields, "name": "2025"})
    assert survey.periods.get().public_id != "chosen" and not other.periods.exists()


def test_a_person_cannot_raise_their_own_role(alice: Member) -> None:
    analyst = joined(alice, "bob@example.org", "analyst")
    client, before = signed_in(analyst), everything()
    for address in (f"/o/acme/members/{analyst.public_id}/", "/o/acme/members/invite/", "/o/acme/settings/"):
        answer = client.post(address, {"role": "owner", "email": "bob2@example.org", "name": "x"})
        assert answer.status_code == 403
    assert everything() == before


def pages(client: Client, survey: Survey) -> list[str]:
    own = f"/o/acme/surveys/{survey.public_id}/"
    addresses = ["/o/acme/", "/o/acme/members/", "/o/acme/settings/", "/account/", own, own + "edit/",
                 own + "report/", own + "import/", f"/s/{survey.public_id}/"]  # fmt: skip
    answers = [client.get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.content.decode() for answer in answers]


@pytest.mark.parametrize("hostile", WORDS_OF_CODE)
def test_names_and_titles_stay_words_on_every_page(alice: Member, hostile: str) -> None:
    Organisation.objects.update(name=hostile)
    User.objects.update(name=hostile)
    words = {name: {"en": hostile} for name in ("company", "category")}
    names = {"name": hostile, "source_note": {"en": hostile}, "words": words}
    survey = published(alice, languages=["en"], period_kind="waves", **names)
    add_wave(survey, hostile, None, None)
    for page in pages(signed_in(alice), survey):
        assert not any(markup in page for markup in LIVE)
        assert hostile in html.unescape(page)


@pytest.mark.parametrize("hostile", WORDS_OF_CODE)
def test_what_a_refused_form_shows_again_stays_words(alice: Member, hostile: str) -> None:
    survey = draft(alice, name="Plain")
    client, own = signed_in(alice), f"/o/acme/surveys/{survey.public_id}/"
    answers = [
        client.post("/o/acme/surveys/new/", {"name": hostile, "company_en": hostile, "languages": hostile}),
        client.post(own + "edit/", {"name": hostile, "languages": hostile}),
        client.post(own + "waves/", {"name": hostile, "first_day": hostile}),
        client.post("/o/acme/members/invite/", {"email": hostile, "role": hostile}),
        client.post("/o/acme/settings/", {"name": hostile, "time_zone": hostile}),
        client.post("/account/", {"name": hostile, "language": hostile}),
        Client().post("/sign-in/", {"username": hostile, "password": hostile, "next": hostile}),
        Client().post("/password/", {"email": hostile}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert not any(markup in answer.content.decode() for markup in LIVE)


@pytest.mark.django_db(transaction=True)
def test_names_stay_words_in_the_figures_and_drawings_of_a_report(alice: Member, settings: Any) -> None:
    settings.RUN_RESAMPLES = 100
    texts = {"en": MARKUP, "zh-hans": MARKUP, "zh-hant": MARKUP}
    options = [{"code": code, "text": texts} for code in ("north", "south")]
    region = {"code": "region", "type": "single", "segment": True, "text": texts, "options": options}
    survey = with_mobi_answers(alice, name=MARKUP, segments=[region])
    survey.periods.update(name=MARKUP)
    assert survey.current_version
    key = survey.current_version.uses.get().measurement_key
    work(queue.request(survey, survey.periods.get(), key, "", Run.Trigger.MANAGER).pk)
    client = signed_in(alice)
    for address in ("/o/acme/", f"/o/acme/surveys/{survey.public_id}/report/"):
        page = client.get(address).content.decode()
        assert "72.2" in page and "&lt;img src=x" in page and not any(markup in page for markup in LIVE)


def test_an_invitation_shows_a_hostile_organisation_as_words(alice: Member) -> None:
    Organisation.objects.update(name=MARKUP)
    alice.refresh_from_db()
    page = Client().get(invite(alice, "carol@example.org", "viewer").removeprefix("http://127.0.0.1:8000"))
    assert b"&lt;img src=x" in page.content and b"<img" not in page.content


def test_odd_text_is_stored_as_it_is_or_refused_by_its_field(alice: Member) -> None:
    client = signed_in(alice)
    for odd in ("\u202etxet", "a\u200bb", "😀" * 20, "字" * 100):
        assert client.post("/account/", {"name": odd, "language": "en"}).status_code == 302
        assert User.objects.get().name == odd
        assert client.get("/o/acme/members/").status_code == 200
    for refused in ("a\0b", "字" * 101, "x" * 100_000):
        page = client.post("/account/", {"name": refused, "language": "en"})
        assert page.status_code == 200 and b'id="id_name_error"' in page.content


def test_lone_surrogates_do_not_break_a_page(alice: Member) -> None:
    client = signed_in(alice)
    body = b"name=%ED%A0%80abc&language=en"
    answer = client.post("/account/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 302 and client.get("/account/").status_code == 200
