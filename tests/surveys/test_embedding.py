"""The questionnaire in a frame of a company's own page, and nothing else, anywhere else."""

import re
from typing import Any

import pytest
from django.test import Client

from surveys.channels.addresses import token_of
from surveys.channels.embedding import MOST_ORIGINS, OriginRefused, origins_of, snippet
from surveys.models import Member, Survey
from tests.cast import owner_of, page_of, signed_in
from tests.surveys.endpoints import DECISIONS, Tenant
from tests.surveys.respond_cast import Respondent, asking, rating

pytestmark = [pytest.mark.django_db, pytest.mark.words]
ORIGIN = "https://www.example.org"


@pytest.fixture
def alice() -> Member:
    return owner_of("shop", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    parts = page_of(rating("mark"), code="one"), page_of(rating("other"), code="two")
    return asking(alice, *parts, frame_origins=[ORIGIN, "https://shop.example.org:8443"])


def ancestors(answer: Any) -> str:
    """Who may frame it; the older header must not forbid it besides."""
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert policy["frame-ancestors"] == "'none'" or "X-Frame-Options" not in answer
    return policy["frame-ancestors"]


def test_the_whole_way_through_the_form_may_be_framed_and_sets_no_cookie(survey: Survey) -> None:
    channel = survey.channels.create(name="Page")
    one = Respondent(survey, f"?embed=1&c={token_of(channel)}")
    assert 'action="?embed=1"' in one.opened.content.decode()
    there = f"/s/{survey.public_id}/?embed=1"
    form = {"key": one.key, "language": "en", "next": "1"}
    pages = [one.opened]
    pages += [one.client.post(there, {**form, "page": f"own.{code}"}) for code in ("one", "two", "two")]
    pages += [one.client.post(there, {**form, "key": "x"})]  # a notice
    assert b"Thank you" in pages[2].content and survey.responses.get().channel == channel
    for page in pages:
        assert ancestors(page) == f"{ORIGIN} https://shop.example.org:8443" and not page.cookies
        assert "script-src 'self'" in page["Content-Security-Policy"]


def test_without_the_word_or_without_origins_nothing_may_frame_it(survey: Survey) -> None:
    there = f"/s/{survey.public_id}/"
    assert {ancestors(Client().get(there + query)) for query in ("", "?embed=", "?embed=0", "?embed=2")} == {
        "'none'"
    }
    Survey.objects.update(frame_origins=[])
    page = Client().get(there + "?embed=1")
    assert page["X-Frame-Options"] == "DENY"
    assert ancestors(page) == "'none'" and b"embed" not in page.content


def test_nothing_but_the_questionnaire_may_ever_be_framed(acme: Tenant) -> None:
    Survey.objects.update(frame_origins=[ORIGIN])
    client = signed_in(acme.owner)
    for name in DECISIONS:
        answer = client.get(acme.address(name) + "?embed=1")
        assert ancestors(answer) == (ORIGIN if name == "respond" else "'none'"), name


def test_another_surveys_origins_frame_nothing_here(survey: Survey, alice: Member) -> None:
    other = asking(alice, page_of(rating("mark")), name="Other", frame_origins=["https://other.example"])
    assert ancestors(Client().get(f"/s/{other.public_id}/?embed=1")) == "https://other.example"
    assert "other.example" not in ancestors(Client().get(f"/s/{survey.public_id}/?embed=1"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://www.example.org", "https://www.example.org"),
        ("https://WWW.Example.org/", "https://www.example.org"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:", "https://example.org"),
        ("https://example.org:8443", "https://example.org:8443"),
        ("https://xn--fiqs8s.example", "https://xn--fiqs8s.example"),
    ],
)
def test_an_origin_is_kept_as_a_browser_writes_it(written: str, read: str) -> None:
    assert origins_of([written, written]) == [read]


@pytest.mark.parametrize(
    "wrong",
    [
        "", "*", "https:", "https://", "https://*", "https://*.example.org", "http://example.org",
        "example.org", "//example.org", "'self'", "'unsafe-inline'", "data:",
        "https://example.org/path", "https://a.org?b",
        "https://a.org#b", "https://me@example.org", "https://me:pw@example.org", "https://localhost",
        "https://127.0.0.1", "https://[::1]", "https://0x7f.1", "https://example.org;script-src *",
        "https://example.org; script-src *", "https://example.org,https://b.org",
        "https://example.org\r\nX: y", "https://example.org\x00", "https://中国.example", "https://example.org:0",
        "https://example.org:99999",
        "https://example.org:x", "https://-a.org", "https://a..org", "https://a.org.",
        "https://a_b.org", "https://a.org//", "https:\\\\a.org", "javascript://a.org", "https://" + "a" * 300,
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(wrong: str) -> None:
    with pytest.raises(OriginRefused):
        origins_of([wrong])
    with pytest.raises(OriginRefused):
        origins_of([ORIGIN, wrong])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("http://example.org", "must begin with https://"),
        ("example.org", "must begin with https://"),
        ("https://example.org/shop", "must be without a path"),
        ("https://example.org?a", "must be without a path"),
        ("https://*.example.org", "without *"),
        ("https://a.org,https://b.org", "must stand alone"),
        ("https://me@example.org", "without a name and password"),
        ("https://localhost", "by its full name"),
        ("https://127.0.0.1", "by its full name"),
        ("https://[::1", "by its full name"),
        ("https://example.org:99999", "must have a port"),
        ("https://example.org:x", "must have a port"),
        ("https://中国.example", "must be in plain letters"),
        ("https://" + "a" * 300, "at most 260 characters"),
    ],
)
def test_what_is_wrong_with_an_origin_is_said(wrong: str, said: str) -> None:
    with pytest.raises(OriginRefused, match=re.escape(said)) as refused:
        origins_of([ORIGIN, wrong])
    assert str(refused.value).startswith(wrong[:40])


def test_a_list_with_a_mistake_is_not_stored_and_says_which(survey: Survey, alice: Member) -> None:
    client, here = signed_in(alice), f"/o/shop/surveys/{survey.public_id}/channels/frames/"
    page = client.post(here, {"origins": "https://new.example\nhttps://*.example.org"})
    assert "https://*.example.org: must name each host in full, without *" in page.content.decode()
    too_many = "\n".join(f"https://{number}.example" for number in range(MOST_ORIGINS + 1))
    assert "at most 20" in client.post(here, {"origins": too_many}).content.decode()
    survey.refresh_from_db()
    assert survey.frame_origins[0] == ORIGIN
    client.post(here, {"origins": " https://new.example \n\n"})
    survey.refresh_from_db()
    assert survey.frame_origins == ["https://new.example"]


def test_what_is_pasted_is_made_of_the_configured_address_and_of_no_markup(
    survey: Survey, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://survey.example"
    evil = {"words": {"company": {"en": 'A"><script>alert(1)</script>'}}}
    survey.versions.update(snapshot=survey.versions.get().snapshot | evil)
    html = snippet(survey.channels.create(name="Page"))
    assert html.count("<script") == 1 and html.count("https://survey.example/") == 2
    assert 'src="https://survey.example/static/surveys/embed.js"' in html
