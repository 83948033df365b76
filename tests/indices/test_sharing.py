"""A link to a report: what it shows, what it never shows, and what becomes of it."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from indices.models import ShareLink
from indices.sharing.links import LIVE_PER_SURVEY, make_link, revoke
from indices.sharing.words import shared_words
from surveys.models import Attempt, Member, Survey
from tests.cast import REGION, joined, owner_of, published, signed_in
from tests.indices.score_cast import add_answers, nps_rows, survey_of, worked
from tests.indices.share_cast import month, released_month, stored
from tests.surveys.endpoints import everything

pytestmark = [pytest.mark.django_db, pytest.mark.words]
NOWHERE = f"/r/{'A' * 43}/"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, segments=[REGION])


def shared(survey: Survey, by: Member, days: int = 30, **of: Any) -> str:
    """The path that opens the report."""
    _link, address = make_link(survey, by.user, days, **({"name": "The board", "measure": "ecsi"} | of))
    return address.removeprefix("http://127.0.0.1:8000")


def opened(path: str, client: Client | None = None, **more: Any) -> str:
    page = (client or Client()).get(path, **more)
    assert page.status_code == 200
    return " ".join(html.unescape(page.content.decode()).split())


# -- what it shows


def test_it_shows_the_released_figures_with_interval_and_base_as_the_report_does(
    alice: Member, survey: Survey
) -> None:
    stored(released_month(survey, "2026-01"), 71.3)
    page, own = (
        opened(shared(survey, alice)),
        opened(f"/o/acme/surveys/{survey.public_id}/report/", signed_in(alice)),
    )
    for figure in ("71.3", "69.3 – 73.3", "n = 250", "2026-01"):
        assert figure in page and figure in own


def test_it_shows_scores_alike(alice: Member) -> None:
    survey = survey_of(alice, "nps")
    add_answers(survey, "2026-01", nps_rows(30, 20, 10))
    worked(survey, "nps", "2026-01")
    assert "33.3" in opened(shared(survey, alice, measure="nps", released_only=False))
    assert "33.3" not in opened(shared(survey, alice, measure="nps"))


@pytest.mark.parametrize("is_member", [False, True])
def test_nothing_on_it_leads_elsewhere_or_changes_anything(
    alice: Member, survey: Survey, is_member: bool
) -> None:
    for name, value in (("2025-12", 66.6), ("2026-01", 71.3)):
        stored(released_month(survey, name), value)
    stored(month(survey, "2026-01"), 72.4)  # a revision, which is listed
    survey.notes.create(period=month(survey, "2026-01"), text="New prices")
    page = opened(shared(survey, alice), signed_in(alice) if is_member else None)
    assert "2 released revisions" in page and "New prices" in page
    assert "<form" not in page and "<script" not in page and "/o/" not in page and "style=" not in page
    links = re.findall(r'href="([^"]*)"', page)
    assert {one for one in links if not one.startswith(("/static/", "#"))} == {
        f"?language={code}" for code in ("en", "zh-hans", "zh-hant")
    }
    assert "alice" not in page


def test_it_is_not_kept_nor_indexed_and_says_nobody_where_it_came_from(alice: Member, survey: Survey) -> None:
    stored(released_month(survey, "2026-01"), 71.3)
    path = shared(survey, alice)
    for client in (Client(), signed_in(alice)):
        for address in (path, NOWHERE):
            page = client.get(address)
            assert set(page.headers["Cache-Control"].split(", ")) == {"private", "no-store"}
            assert page.headers["Referrer-Policy"] == "no-referrer"
            assert "noindex" in page.headers["X-Robots-Tag"] and b'content="noindex' in page.content
            assert not page.cookies and "Cookie" not in page.headers["Vary"]


ASKED = [
    "segment=region:north",
    "period={other}",
    "period=unknown",
    "window=2",
    "measure=nps",
    "revision=1",
    "survey={foreign}",
    "segment=%00",
    "page=2",
]


@pytest.mark.parametrize("asked", ASKED)
def test_the_address_chooses_nothing(alice: Member, survey: Survey, asked: str) -> None:
    other, shown = released_month(survey, "2025-12"), released_month(survey, "2026-01")
    stored(other, 66.6)
    stored(shown, 70.1)
    stored(shown, 71.3)
    stored(shown, 55.5, 100, "region:north")
    foreign = published(owner_of("globex", "gina@example.org"), name="Foreign")
    path = shared(survey, alice, period=shown)
    asked = asked.format(other=other.public_id, foreign=foreign.public_id)
    assert opened(f"{path}?{asked}") == opened(path)


def test_a_link_to_a_segment_shows_that_segment(alice: Member, survey: Survey) -> None:
    period = released_month(survey, "2026-01")
    stored(period, 71.3)
    stored(period, 55.5, 100, "region:north")
    page = opened(shared(survey, alice, segment="region:north"))
    assert "North" in page and "55.5" in page and "71.3" not in page


def test_unreleased_figures_are_told_neither_themselves_nor_by_what_changed_since(
    alice: Member, survey: Survey
) -> None:
    before = stored(month(survey, "2025-12"), 64.2)
    stored(released_month(survey, "2026-01"), 71.3, against=before)
    stored(month(survey, "2026-02"), 77.7)
    survey.notes.create(period=month(survey, "2026-02"), text="Layoffs to come")
    page = opened(shared(survey, alice))
    assert "71.3" in page
    for secret in ("64.2", "77.7", "7.1", "2025-12", "2026-02", "Layoffs"):
        assert secret not in page
    page = opened(shared(survey, alice, released_only=False))
    assert "77.7" in page and "64.2" in page


def test_what_is_not_released_yet_is_announced_and_shown_once_it_is(alice: Member, survey: Survey) -> None:
    period = month(survey, "2026-01")
    stored(period, 71.3)
    always, fixed = shared(survey, alice), shared(survey, alice, period=period)
    for path in (always, fixed):
        page = opened(path)
        assert "No figures of this report have been released yet" in page and "71.3" not in page
    stored(released_month(survey, "2026-01"), 71.3)
    assert "71.3" in opened(always) and "71.3" in opened(fixed)


def test_a_link_to_the_newest_moves_on_and_one_to_a_period_tells_of_nothing_later(
    alice: Member, survey: Survey
) -> None:
    first = released_month(survey, "2026-01")
    stored(first, 71.3)
    always, fixed = shared(survey, alice), shared(survey, alice, period=first)
    stored(released_month(survey, "2026-02"), 77.7)
    assert "77.7" in opened(always)
    page = opened(fixed)
    assert "71.3" in page and "77.7" not in page and "2026-02" not in page


def test_small_groups_are_hidden_as_for_a_viewer_though_an_owner_made_the_link(
    alice: Member, survey: Survey
) -> None:
    period = released_month(survey, "2026-01")
    stored(period, 70.1, 248)
    stored(period, 71.3)  # differs by two answers, so that the revision before would tell what they said
    stored(period, 55.5, 7, "region:north")
    stored(period, 72.2, 243, "region:south")
    page = opened(shared(survey, alice))
    assert "71.3" in page and "70.1" not in page
    north = opened(shared(survey, alice, segment="region:north"))
    south = opened(shared(survey, alice, segment="region:south"))
    assert "fewer than 10 respondents" in north and "55.5" not in north
    assert "cannot be told from the rest" in south and "72.2" not in south


def test_days_are_those_of_the_organisation(alice: Member, survey: Survey) -> None:
    stored(released_month(survey, "2026-01", datetime(2026, 2, 3, 20, tzinfo=UTC)), 71.3)
    assert "On 2026-02-04." in opened(shared(survey, alice))


@pytest.mark.parametrize(
    ("asked", "language"),
    [("", "zh-hant"), ("?language=zh-hans", "zh-hans"), ("?language=en", "en"), ("?language=xx", "zh-hant")],
)
def test_it_speaks_the_links_language_or_the_one_that_the_address_names(
    alice: Member, survey: Survey, asked: str, language: str
) -> None:
    stored(released_month(survey, "2026-01"), 71.3)
    path = shared(survey, alice, language="zh-hant") + asked
    satisfaction = {"en": "Satisfaction", "zh-hans": "顾客满意度", "zh-hant": "顧客滿意度"}[language]
    for client in (Client(headers={"Accept-Language": "zh-hans"}), signed_in(alice)):
        page = opened(path, client)
        assert f'<html lang="{language}"' in page and satisfaction in page


def test_what_respondents_wrote_is_for_those_links_that_show_it_and_of_many_at_once(alice: Member) -> None:
    survey = survey_of(alice, "nps")
    january, february = month(survey, "2026-01"), month(survey, "2026-02")
    add_answers(survey, "2026-01", nps_rows(30, 20, 10))
    worked(survey, "nps", "2026-01")
    for number, one in enumerate(survey.responses.order_by("pk")[:20]):
        one.texts.create(code="nps.reason", text=f"<b>wish {number}</b>")
    asked: dict[str, Any] = {"measure": "nps", "released_only": False, "period": january}
    path = shared(survey, alice, **asked, show_words=True)
    told = Client().get(path).content.decode()
    assert "20 people wrote" in told and "&lt;b&gt;wish 19&lt;/b&gt;" in told and "<b>wish" not in told
    assert "wish 19" not in opened(shared(survey, alice, **asked))
    survey.responses.filter(texts__text__contains="wish 19").update(period=february)
    assert "wish" not in opened(path) and "at least 20 people" in opened(path)
    ShareLink.objects.update(segment="region:north")
    assert "anything but the period" in shared_words(ShareLink.objects.order_by("pk")[0], january).reason


# -- what becomes of it


def test_a_link_that_opens_nothing_says_so_alike_whatever_the_reason(alice: Member, survey: Survey) -> None:
    stored(released_month(survey, "2026-01"), 71.3)
    demoted, removed, closed = (joined(alice, f"{one}@example.org", "analyst") for one in "abc")
    paths = [shared(survey, one) for one in (alice, alice, demoted, removed, closed)]
    assert all("71.3" in opened(path) for path in paths)
    expired, revoked = ShareLink.objects.order_by("pk")[:2]
    ShareLink.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    revoke(revoked)
    Member.objects.filter(pk=demoted.pk).update(role="viewer")
    removed.delete()
    type(closed.user).objects.filter(pk=closed.user.pk).update(is_active=False)
    strange = [NOWHERE, "/r/x/", f"{paths[0][:-2]}/", "/r/%00/", "/r/é/", f"/r/{revoked.public_id}/",
               f"/r/{revoked.digest}/"]  # fmt: skip
    pages = [Client().get(path) for path in [*paths, *strange]]
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1
    assert b"opens no report" in pages[0].content and b"Acme" not in pages[0].content


def test_only_the_secrets_digest_is_stored_and_only_the_number_of_views_of_who_looked(
    alice: Member, survey: Survey
) -> None:
    stored(released_month(survey, "2026-01"), 71.3)
    path = shared(survey, alice)
    secret = path.split("/")[2]
    assert len(secret) >= 43 and secret not in repr(everything())
    for _time in range(2):
        Client(REMOTE_ADDR="203.0.113.9").get(path)
    Client().head(path)
    assert Client().post(path).status_code == 405
    link = ShareLink.objects.get()
    assert link.views == 2 and link.last_used_at is not None
    assert "203.0.113.9" not in repr(everything()) and not Attempt.objects.exists()


def test_guessing_is_limited(alice: Member, survey: Survey, settings: Any) -> None:
    settings.ATTEMPTS_PER_ADDRESS = 3
    guesses = [f"/r/{letter * 43}/" for letter in "ABCDE"]
    statuses = [Client(REMOTE_ADDR="203.0.113.9").get(path).status_code for path in guesses]
    assert statuses == [404, 404, 404, 429, 429]
    assert Client(REMOTE_ADDR="203.0.113.10").get(guesses[0]).status_code == 404


def links_page(survey: Survey) -> str:
    return f"/o/acme/surveys/{survey.public_id}/report/links/"


def asked_for(**more: Any) -> dict[str, Any]:
    return {"name": "The board", "measure": "ecsi", "window": "1", "language": "en", "days": "30"} | more


def test_an_editor_makes_a_link_sees_it_used_and_revokes_it(alice: Member, survey: Survey) -> None:
    period = released_month(survey, "2026-01")
    stored(period, 71.3)
    client = signed_in(alice)
    assert f"{links_page(survey)}?" in opened(f"/o/acme/surveys/{survey.public_id}/report/", client)
    answer = client.post(links_page(survey), asked_for(period=period.public_id, segment="region:north"))
    path = re.findall(r'value="http://127.0.0.1:8000(/r/[^"]+)"', answer.content.decode())[0]
    link = ShareLink.objects.get()
    assert (link.period, link.segment, link.released_only, link.show_words) == (
        period, "region:north", False, False,
    )  # fmt: skip
    Client().get(path)
    page = opened(links_page(survey), client)
    assert path not in page and "The board" in page and "North" in page and "alice@example.org" in page
    assert 'data-label="Views">1</td>' in page
    client.post(f"{links_page(survey)}{link.public_id}/revoke/")
    assert Client().get(path).status_code == 404
    assert "revoked" in opened(links_page(survey), client)


def test_the_form_starts_with_released_figures_without_words_of_the_report_it_came_from(
    alice: Member, survey: Survey
) -> None:
    earlier, newest = released_month(survey, "2025-12"), released_month(survey, "2026-01")
    for period in (earlier, newest):
        stored(period, 71.3)
    client = signed_in(alice)
    page = opened(f"{links_page(survey)}?period={earlier.public_id}&segment=region:north", client)
    assert f'<option value="{earlier.public_id}" selected>' in page
    assert '<option value="region:north" selected>' in page
    assert re.search(r'name="released_only"[^>]*checked', page)
    assert not re.search(r'name="show_words"[^>]*checked', page)
    page = opened(f"{links_page(survey)}?period={newest.public_id}", client)
    assert f'<option value="{newest.public_id}" selected>' in page


WRONG: list[dict[str, str]] = [
    {"period": "{foreign}"},
    {"segment": "region:west"},
    {"segment": "plan:big"},
    {"window": "3"},
    {"measure": "nps"},
    {"days": "3650"},
    {"days": ""},
    {"language": "xx"},
    {"name": ""},
    {"name": "n" * 81},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_the_report_does_not_have_cannot_be_shared(
    alice: Member, survey: Survey, wrong: dict[str, str]
) -> None:
    foreign = month(published(owner_of("globex", "gina@example.org")), "2026-01")
    wrong = {name: value.format(foreign=foreign.public_id) for name, value in wrong.items()}
    answer = signed_in(alice).post(links_page(survey), asked_for(**wrong))
    assert answer.status_code == 200 and re.search(rb'class="[^"]*error', answer.content)
    api = f"/api/v1/organisations/acme/surveys/{survey.public_id}/share-links/"
    body = {"name": "The board"} | wrong
    assert signed_in(alice).post(api, body, content_type="application/json").status_code == 400
    assert not ShareLink.objects.exists()


def test_a_survey_has_so_many_live_links_and_no_more(alice: Member, survey: Survey) -> None:
    for _number in range(LIVE_PER_SURVEY):
        shared(survey, alice)
    answer = signed_in(alice).post(links_page(survey), asked_for())
    assert b"Revoke one that is no longer used" in answer.content
    revoke(ShareLink.objects.first())  # type: ignore[arg-type]
    signed_in(alice).post(links_page(survey), asked_for())
    assert ShareLink.objects.count() == LIVE_PER_SURVEY + 1


def test_a_program_makes_a_link_that_opens_the_report(alice: Member, survey: Survey) -> None:
    stored(released_month(survey, "2026-01"), 71.3)
    api, client = f"/api/v1/organisations/acme/surveys/{survey.public_id}/share-links/", signed_in(alice)
    made = client.post(api, {"name": "The board"}, content_type="application/json").json()
    path = made["url"].removeprefix("http://127.0.0.1:8000")
    assert "71.3" in opened(path) and made["released_only"] and not made["show_words"]
    (listed,) = client.get(api).json()["results"]
    assert "url" not in listed and listed["views"] == 1 and listed["is_live"]
    for _time in range(2):
        assert not client.post(f"{api}{made['id']}/revoke/").json()["is_live"]
    assert Client().get(path).status_code == 404
