"""Ways through the questionnaire: consent, conditions, languages, personal links, and every notice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from surveys.models import Invitation, Member, Response, Survey
from surveys.publishing import close
from surveys.questionnaire.pages import pages
from surveys.questionnaire.steps import steps_at
from surveys.responses.invitations import make_links
from tests.cast import owner_of, page_of
from tests.surveys.endpoints import everything
from tests.surveys.respond_cast import (
    GIVEN,
    Respondent,
    address,
    asking,
    every_kind,
    instrument,
    own,
    rating,
    said,
    stored,
)

pytestmark = pytest.mark.django_db
CONSENT = {"en": "We keep your answers.", "zh-hans": "我们保存您的回答。", "zh-hant": "我們保存您的回答。"}
PAGE = "own.about_you"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def two_pages(member: Member, **fields: Any) -> Survey:
    first, second = page_of(rating("mark"), own("wish", "long"), code="a"), page_of(rating("last"), code="b")
    return asking(member, first, second, **fields)


# -- consent


def test_consent_is_asked_first_and_once_and_stored_with_the_first_answers(alice: Member) -> None:
    respondent = Respondent(two_pages(alice, consent=CONSENT))
    assert (
        b"We keep your answers." in respondent.opened.content
        and b'name="consent"' in respondent.opened.content
    )
    page = respondent.send("own.a", {"own.mark": "3"}, consent="1")
    assert b"Step 2 of 2" in page.content and b'name="consent"' not in page.content
    assert Response.objects.get().agreed_at
    assert b'name="consent"' not in respondent.send("own.b", {}, "back").content
    respondent.send("own.b", {"own.last": "3"})
    assert Response.objects.get().state == "finished"


@pytest.mark.parametrize("consent", [{}, {"consent": "0"}, {"consent": "on"}, {"consent": ""}])
def test_without_consent_nothing_is_stored_and_what_was_typed_stays(
    alice: Member, consent: dict[str, str]
) -> None:
    respondent = Respondent(two_pages(alice, consent=CONSENT))
    page = respondent.send("own.a", {"own.mark": "3", "own.wish": "More"}, **consent)
    assert page.status_code == 403 and b"Please agree first" in page.content
    assert page.content.count(b" checked") == 1 and b"More</textarea>" in page.content
    saved = respondent.save("own.a", {"own.mark": "3"}, **consent)
    assert saved.status_code == 403 and saved.json() == {"state": "consent"}
    assert respondent.send("own.b", {"own.last": "3"}).status_code == 403
    assert not Response.objects.exists()


def test_the_consent_text_may_be_read_in_another_language_before_agreeing(alice: Member) -> None:
    page = Respondent(two_pages(alice, consent=CONSENT)).send(
        "own.a", {"own.mark": "3", "own.wish": "More"}, "switch", switch="zh-hant"
    )
    assert page.status_code == 200 and "我們保存您的回答。" in page.content.decode()
    assert page.content.count(b" checked") == 1 and b"More</textarea>" in page.content
    assert not Response.objects.exists()


# -- conditions and steps


@pytest.fixture
def branching(alice: Member) -> Survey:
    low = [{"question": "nps.score", "operator": "at_most", "values": [6]}]
    why = page_of(own("why", "long"), code="why", show_if=low)
    return asking(alice, instrument("nps"), why, page_of(rating("last"), code="end"))


def test_what_answers_hide_is_counted_honestly(branching: Survey) -> None:
    content = Respondent(branching)
    assert b"Step 1 of at most 3" in content.opened.content
    page = content.send("nps.score", {"nps.score": "10"})
    assert b"Step 2 of 2" in page.content and b"Your last?" in page.content
    page = content.send("own.end", {}, "back")
    assert b"Step 1 of at most 3" in page.content
    page = content.send("nps.score", {"nps.score": "2"})
    assert b"Step 2 of 3" in page.content and b"Your why?" in page.content


def test_an_unanswered_condition_hides_too(branching: Survey) -> None:
    page = Respondent(branching).send("nps.score", {})
    assert b"Step 2 of 2" in page.content and b"Your last?" in page.content


@pytest.mark.parametrize("score", [None, 0, 6, 7, 10])
def test_the_share_done_never_falls_and_never_passes_the_whole(branching: Survey, score: int | None) -> None:
    version = branching.current_version
    assert version
    every = pages(version.content, "en")
    answers, before = {"nps.score": score}, 0.0
    for page in [every[0], *(page for page in every[1:] if page.visible(answers).questions)]:
        steps = steps_at(page, every, {} if page is every[0] else answers)
        assert before < steps.number / steps.last <= 1
        before = steps.number / steps.last
    assert before == 1


def test_a_page_that_an_answer_given_elsewhere_hides_is_passed_over(branching: Survey) -> None:
    respondent = Respondent(branching)
    respondent.send("nps.score", {"nps.score": "2", "nps.reason": "Late"})
    respondent.save("nps.score", {"nps.score": "9"})  # in another tab
    page = respondent.send("own.why", {"own.why": "Because"})
    assert page.status_code == 200 and b"Your last?" in page.content
    assert respondent.save("own.why", {"own.why": "Because"}).status_code == 400
    assert stored() == {"nps.score": 9, "nps.reason": "Late"}


@pytest.mark.parametrize("code", ["", "own.nothing", "1", "\0", "x" * 9_000])
def test_a_page_that_is_none_shows_the_first_and_stores_nothing(branching: Survey, code: str) -> None:
    respondent = Respondent(branching)
    page = respondent.send(code, {"nps.score": "2"})
    assert page.status_code == 200 and b"Step 1 of" in page.content
    assert respondent.save(code, {"nps.score": "2"}).status_code == 400 and not Response.objects.exists()


# -- languages


def test_each_language_is_named_in_itself_and_says_which_it_is(alice: Member) -> None:
    respondent = Respondent(two_pages(alice))
    assert respondent.opened.headers["Content-Language"] == "en"
    for name in ("English", "简体中文", "繁體中文"):
        assert name in respondent.opened.content.decode()
    page = respondent.send("own.a", {"own.mark": "3"}, "switch", switch="zh-hans")
    assert '<html lang="zh-hans" dir="ltr">' in page.content.decode() and stored()["own.mark"] == 3
    assert page.headers["Content-Language"] == "zh-hans"


@pytest.mark.parametrize("language", ["xx", "../en", "<b>", "\0", "EN"])
def test_a_language_that_is_not_offered_changes_nothing(alice: Member, language: str) -> None:
    respondent = Respondent(two_pages(alice, languages=["en", "zh-hans"]))
    page = respondent.send("own.a", {"own.mark": "3"}, "switch", switch=language, language=language)
    assert page.status_code == 200 and b'<html lang="en"' in page.content and stored()["own.mark"] == 3


def test_the_browsers_language_comes_first(alice: Member) -> None:
    survey = two_pages(alice)
    page = Client().get(address(survey), headers={"accept-language": "zh-TW,zh;q=0.9"})
    assert b'lang="zh-hant"' in page.content
    page = Client().get(address(survey), headers={"accept-language": "fr"})
    assert b'<html lang="en"' in page.content


# -- personal links


@pytest.fixture
def invited(alice: Member) -> tuple[Survey, str]:
    survey = two_pages(alice)
    return survey, "?t=" + make_links(survey, 1)[0].split("?t=")[1]


def test_a_personal_link_goes_on_on_another_device_where_it_was_left(invited: tuple[Survey, str]) -> None:
    survey, query = invited
    phone = Respondent(survey, query)
    phone.send("own.a", {"own.mark": "3", "own.wish": "Kept"}, language="zh-hans")
    desk = Respondent(survey, query)
    assert b'lang="zh-hans"' in desk.opened.content and "第2步" in desk.opened.content.decode()
    page = desk.send("own.b", {}, "back")
    assert page.content.count(b" checked") == 1 and b"Kept</textarea>" in page.content
    desk.send("own.b", {"own.last": "9"})
    assert stored() == {"own.mark": 3, "own.wish": "Kept", "own.last": 9} and Response.objects.count() == 1


def test_a_personal_link_is_used_once_and_says_so(invited: tuple[Survey, str]) -> None:
    survey, query = invited
    respondent = Respondent(survey, query)
    respondent.send("own.b", {"own.last": "9"})
    page = Client().get(address(survey) + query)
    assert page.status_code == 410 and b"Already handed in" in page.content
    assert b"Thank you" in respondent.send("own.b", {"own.last": "9"}).content  # the same once more
    assert respondent.send("own.b", {"own.last": "1"}).status_code == 409


def test_who_opened_a_link_before_it_was_handed_in_cannot_read_or_guess_the_answers(
    invited: tuple[Survey, str],
) -> None:
    """Whoever sent the links has them all."""
    survey, query = invited
    sender, respondent = Respondent(survey, query), Respondent(survey, query)
    respondent.send("own.a", {"own.mark": "3", "own.wish": "A secret"})
    respondent.send("own.b", {"own.last": "9"})
    before = everything()
    for page, button in (("none", "next"), ("own.a", "back"), ("own.b", "next")):
        seen = sender.send(page, {}, button)
        assert seen.status_code == 409 and b"secret" not in seen.content and b'name="key"' not in seen.content
    for answer in ("3", "4"):
        assert sender.save("own.a", {"own.mark": answer}).status_code == 409
    seen = sender.send("own.b", {"own.last": "9"})
    assert seen.status_code == 409 and b'id="code"' not in seen.content
    assert everything() == before


def test_looking_at_a_personal_link_spends_nothing(invited: tuple[Survey, str]) -> None:
    survey, query = invited
    before = everything()
    for _time in range(11):
        Client().get(address(survey) + query)
        Client().head(address(survey) + query)
    assert everything() == before


def test_the_token_of_a_link_is_stored_nowhere(invited: tuple[Survey, str]) -> None:
    survey, query = invited
    respondent = Respondent(survey, query)
    respondent.send("own.a", {"own.mark": "3"})
    respondent.send("own.b", {"own.last": "3"})
    token = query.removeprefix("?t=")
    assert Response.objects.get().state == "finished" and token not in repr(everything())
    assert token not in respondent.opened.content.decode()
    assert respondent.opened.headers["Referrer-Policy"] == "no-referrer"


# -- notices


def test_each_notice_has_its_status_and_its_words(alice: Member, invited: tuple[Survey, str]) -> None:
    survey, query = invited
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    cases = [
        (Client().get(address(survey) + query), 410, "This link has expired"),
        (Client().get(address(survey) + "?t=nothing"), 404, "This link leads nowhere"),
        (Client().get(address(survey) + "?t=\0"), 404, "This link leads nowhere"),
        (Client().post(address(survey), {"key": "forged"}), 400, "This form can no longer be sent"),
    ]
    close(survey)
    cases.append((Client().get(address(survey)), 410, "This survey is closed"))
    for page, status, words in cases:
        text = page.content.decode()
        assert (
            page.status_code == status
            and f"<h1>{words}</h1>" in text
            and f"<title>{words} · Acme</title>" in text
        )
        assert 'content="noindex"' in text and text.count("<h1>") == 1 and "Acme" in text


def test_a_link_of_another_survey_is_as_unknown_as_none(alice: Member, invited: tuple[Survey, str]) -> None:
    other = asking(owner_of("globex", "gina@example.org"), page_of(rating("mark")))
    foreign = Client().get(address(other) + invited[1])
    absent = Client().get(address(other) + "?t=nothing")
    assert foreign.status_code == absent.status_code == 404 and foreign.content == absent.content


def test_a_survey_that_opens_later_says_when_in_its_own_time(alice: Member) -> None:
    alice.organisation.time_zone = "Asia/Taipei"
    alice.organisation.save()
    survey = two_pages(alice)
    Survey.objects.update(opens_at=datetime(2199, 3, 1, 1, 0, tzinfo=UTC))
    page = Client().get(address(survey))
    assert page.status_code == 403 and b"March 1, 2199, 9 a.m. (Asia/Taipei)" in page.content
    assert "2199年3月1日" in Client().get(address(survey) + "?language=zh-hant").content.decode()


def test_early_and_late_answers_are_refused_too(alice: Member) -> None:
    survey = two_pages(alice)
    respondent = Respondent(survey)
    Survey.objects.update(opens_at=timezone.now() + timedelta(hours=1))
    assert respondent.send("own.a", {"own.mark": "3"}).status_code == 403
    assert respondent.save("own.a", {"own.mark": "3"}).json() == {"state": "early"}
    Survey.objects.update(opens_at=None, closes_at=timezone.now())
    assert respondent.send("own.a", {"own.mark": "3"}).status_code == 410
    assert respondent.save("own.a", {"own.mark": "3"}).json() == {"state": "closed"}
    assert not Response.objects.exists()


def test_the_thank_you_page_has_the_surveys_words_a_code_and_the_way_on(alice: Member) -> None:
    survey = every_kind(alice, thanks=said("See you <soon>!"), onward="https://example.org/next?a=1&b=2")
    page = Respondent(survey).send(PAGE, GIVEN).content.decode()
    assert "See you &lt;soon&gt;!" in page and 'href="https://example.org/next?a=1&amp;b=2"' in page
    assert 'id="code"' in page and " readonly" in page and "/withdraw/?language=en" in page


# -- exactly once


def test_saving_after_the_end_changes_nothing_and_says_so(alice: Member) -> None:
    respondent = Respondent(every_kind(alice))
    respondent.send(PAGE, GIVEN)
    before = everything()
    assert respondent.save(PAGE, {"own.mark": "0"}).json() == {"state": "saved"}  # the same
    late = respondent.save(PAGE, {"own.mark": "9"})
    assert late.status_code == 409 and late.json() == {"state": "finished"}
    for change in (
        {"own.used": ["shop"]},
        {"own.wish": "Other"},
        {"own.visits": "13"},
        {"own.since": "2026-03-01"},
    ):
        assert respondent.send(PAGE, GIVEN | change).status_code == 409
    assert everything() == before


def test_a_save_that_could_not_be_is_said_in_a_word(alice: Member) -> None:
    survey = two_pages(alice)
    respondent = Respondent(survey)
    respondent.key = "forged"
    assert respondent.save("own.a", {}).json() == {"state": "expired"}
    assert Client().get(address(survey) + "save/").status_code == 405
    assert Client().post("/s/AAAAAAAAAAAAAAAAAAAAAA/save/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_first_answers_that_come_at_once_are_all_kept(alice: Member) -> None:
    respondent = Respondent(every_kind(alice))
    codes = list(GIVEN) * 2

    def send(code: str) -> int:
        try:
            return int(respondent.save(PAGE, {code: GIVEN[code]}).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(codes)) as pool:
        assert set(pool.map(send, codes)) == {200}
    assert stored() == {
        "own.mark": 0, "own.branch": "market", "own.used": ["shop", "mail"], "own.visits": 12,
        "own.since": "2026-02-28", "own.name": "A shop", "own.wish": "Open earlier.\nPlease.",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_several_openings_of_one_link_that_finish_at_once_make_one_response(alice: Member) -> None:
    survey = every_kind(alice)
    query = "?t=" + make_links(survey, 1)[0].partition("?t=")[2]
    openings = [Respondent(survey, query) for _ in range(8)]

    def send(number: int) -> int:
        try:
            return int(openings[number].send(PAGE, GIVEN | {"own.visits": str(number)}).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(send, range(8)))
    assert sorted(seen) == [200] + [409] * 7
    assert stored()["own.visits"] == seen.index(200) and Response.objects.get().state == "finished"


@pytest.mark.django_db(transaction=True)
def test_twenty_identical_posts_of_one_page_make_one_response(alice: Member) -> None:
    survey = every_kind(alice)
    respondent = Respondent(survey)
    form = {"key": respondent.key, "page": PAGE, "language": "en", "next": "1", **GIVEN}

    def send(_: int) -> tuple[int, bytes]:
        try:
            page = Client().post(address(survey), form)
            return page.status_code, page.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(send, range(20)))
    assert len(answers) == 1 and next(iter(answers))[0] == 200  # the same page, the same code
    assert Response.objects.get().state == "finished" and Response.objects.get().texts.count() == 2
    assert respondent.send(PAGE, GIVEN | {"own.mark": "1"}).status_code == 409
