"""Taking answers back with the code from the thank-you page."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from surveys.models import Exclusion, Member, Response, Survey, TextAnswer, Withdrawal
from surveys.publishing import close
from surveys.responses.invitations import make_links
from tests.cast import owner_of
from tests.surveys.endpoints import everything
from tests.surveys.respond_cast import GIVEN, Respondent, address, every_kind

pytestmark = pytest.mark.django_db
PAGE = "own.about_you"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return every_kind(alice)


def handed_in(survey: Survey, query: str = "", **changes: Any) -> tuple[Respondent, str]:
    """A respondent who finished, and the code that was shown."""
    respondent = Respondent(survey, query)
    page = respondent.send(PAGE, GIVEN | changes).content.decode()
    match = re.search(r'id="code" value="([^"]+)"', page)
    assert match
    return respondent, match[1]


def take_back(code: str, **more: str) -> Any:
    return Client().post("/withdraw/", {"code": code, **more})


def test_the_code_erases_all_of_one_response_and_nothing_of_another(survey: Survey, alice: Member) -> None:
    _, code = handed_in(survey, **{"own.wish": "Only I could have written this"})
    handed_in(survey, **{"own.wish": "Somebody else"})
    mine = TextAnswer.objects.get(text__startswith="Only").response
    Response.objects.filter(pk=mine.pk).update(flags={"speed": 0.123})
    Exclusion.objects.create(response=mine, reason="Looked careless to us", excluded_by=alice.user)
    period = mine.period_id
    assert take_back(code).status_code == 200
    left = repr(everything())
    for trace in (
        "Only I could",
        "Looked careless",
        "0.123",
        str(mine.key_digest),
        str(mine.withdrawal_digest),
        code,
    ):
        assert trace not in left
    assert Response.objects.get().texts.filter(text="Somebody else").exists()
    withdrawal = Withdrawal.objects.get()
    assert withdrawal.survey == survey and withdrawal.period_id == period and withdrawal.withdrawn_at
    assert {field.name for field in Withdrawal._meta.get_fields()} == {
        "id",
        "survey",
        "period",
        "withdrawn_at",
    }


def test_a_code_works_as_it_is_copied_by_hand(survey: Survey) -> None:
    _, code = handed_in(survey)
    page = take_back("  " + code.lower().replace("-", " ").replace("0", "o").replace("1", "l") + " ")
    assert page.status_code == 200 and b"Your answers are erased" in page.content
    assert not Response.objects.exists()


def test_a_second_time_changes_nothing(survey: Survey) -> None:
    _, code = handed_in(survey)
    take_back(code)
    before = Withdrawal.objects.values().get()
    page = take_back(code)
    assert page.status_code == 404 and b"they have been erased already" in page.content
    assert Withdrawal.objects.values().get() == before


@pytest.mark.parametrize(
    "code", ["", "nothing", "AAAAA-AAAAA-AAAAA-AAAAA", "' OR 1=1 --", "\0", "x" * 9_000, "<b>"]
)
def test_a_wrong_code_gets_one_calm_sentence_and_erases_nothing(survey: Survey, code: str) -> None:
    handed_in(survey)
    page = take_back(code)
    assert page.status_code == 404 and b"No answers are kept under this code." in page.content
    assert page.content.count(b'class="problem"') == 1 and b"<b>" not in page.content
    assert Response.objects.exists() and not Withdrawal.objects.exists()


def test_looking_never_erases(survey: Survey) -> None:
    _, code = handed_in(survey)
    before = everything()
    for _time in range(11):
        assert Client().get("/withdraw/", {"code": code}).status_code == 200
        assert Client().head(f"/withdraw/?code={code}").status_code == 200
    assert everything() == before
    assert code.encode() not in Client().get("/withdraw/", {"code": code}).content


def test_answers_of_a_closed_survey_can_be_taken_back(survey: Survey) -> None:
    _, code = handed_in(survey)
    close(survey)
    assert take_back(code).status_code == 200 and not Response.objects.exists()


def test_guessing_is_limited_and_counts_only_failures(survey: Survey, settings: Any) -> None:
    settings.ATTEMPTS_PER_ADDRESS = 3
    _, code = handed_in(survey)
    for guess in range(3):
        assert take_back(f"GUESS{guess}").status_code == 404
    page = take_back(code)
    assert page.status_code == 429 and b"Please wait a quarter of an hour" in page.content
    assert Response.objects.exists()
    other = Client(REMOTE_ADDR="203.0.113.9").post("/withdraw/", {"code": code})
    assert other.status_code == 200 and not Response.objects.exists()


def test_what_is_not_finished_has_no_code(survey: Survey) -> None:
    Respondent(survey).save(PAGE, {"own.mark": "3"})
    assert Response.objects.get().withdrawal_digest is None
    assert take_back("").status_code == 404 and Response.objects.exists()


def test_a_personal_link_stays_used_after_its_answers_were_taken_back(survey: Survey) -> None:
    query = "?t=" + make_links(survey, 1)[0].split("?t=")[1]
    respondent, code = handed_in(survey, query)
    take_back(code)
    assert Client().get(address(survey) + query).status_code == 410
    assert respondent.send(PAGE, GIVEN).status_code == 409 and not Response.objects.exists()


def test_the_page_speaks_the_respondents_language_and_leaks_no_address(survey: Survey) -> None:
    page = Client().get("/withdraw/?language=zh-hant")
    assert b'<html lang="zh-hant"' in page.content and page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"] and not page.cookies
    assert b'<html lang="zh-hans"' in take_back("x", language="zh-hans").content
    assert b'<html lang="en"' in Client().get("/withdraw/?language=<b>").content


@pytest.mark.django_db(transaction=True)
def test_the_same_code_sent_at_once_is_one_withdrawal(survey: Survey) -> None:
    _, code = handed_in(survey)

    def send(_: int) -> int:
        try:
            return int(take_back(code).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert sorted(answers) == [200] + [404] * 7 and Withdrawal.objects.count() == 1
