"""Every kind of question: how it is asked, what it takes, and what it refuses."""

import json
import re
from typing import Any

import pytest

from surveys.models import Response, Survey
from surveys.questionnaire.pages import pages
from tests.cast import owner_of, page_of
from tests.surveys.respond_cast import (
    EVERY_KIND,
    FEATURES,
    GIVEN,
    KANO,
    Respondent,
    asking,
    every_kind,
    instrument,
    options,
    own,
    rating,
    stored,
)

pytestmark = [pytest.mark.django_db, pytest.mark.words]
PAGE = "own.about_you"
MARKUP = ["<img src=x onerror=alert(1)>", "\"'><svg/onload=alert(1)>", "</textarea><script>alert(1)</script>"]
CODE = ["{{7*7}}{% debug %}", "{TOKEN:EMAIL}", "{answer.__class__}", "${x}", "javascript:alert(1)", "=1+1"]
ODD = ["\u202etxet", "a\u200bb", "😀" * 50, "字" * 200, "שלום", "é\u0301"]


@pytest.fixture
def survey() -> Survey:
    return every_kind(owner_of("acme", "alice@example.org"))


def elements(page: Any, tag: str, **wanted: str) -> list[str]:
    """The start tags of a page that have these attributes."""
    tags = re.findall(rf"<{tag}\b[^>]*>", page.content.decode())
    return [one for one in tags if all(f'{name}="{value}"' in one for name, value in wanted.items())]


# -- how it is asked


def test_a_scale_names_its_ends_and_the_place_of_every_point(survey: Survey) -> None:
    page = Respondent(survey).opened
    marks = elements(page, "input", name="own.mark")
    assert len(marks) == 11 and all('type="radio"' in mark and " checked" not in mark for mark in marks)
    names = [re.findall('aria-label="([^"]*)"', mark)[0] for mark in marks]
    assert names[0] == "0 of 10, Bad" and names[3] == "3 of 10" and names[10] == "10 of 10, Good"
    assert b"0 = Bad" in page.content and b"10 = Good" in page.content


def test_a_scale_of_names_is_a_list_one_below_the_other() -> None:
    page = Respondent(asking(owner_of("acme", "alice@example.org"), KANO)).opened
    assert page.content.count(b'aria-label="I would like that, 1 of 5"') == 2
    assert page.content.count(b'aria-label="I would dislike that, 5 of 5"') == 2
    assert page.content.count(b'role="radiogroup"') == 3  # with it, without it, and how important


def test_dont_know_stands_apart_and_is_not_counted_among_the_points() -> None:
    page = Respondent(asking(owner_of("acme", "alice@example.org"), instrument("servqual"))).opened
    assert b'aria-label="1 of 7, Do not agree at all"' in page.content and b" of 8" not in page.content
    assert page.content.count(b'value="dk"') == page.content.count(b'role="radiogroup"') == 4


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("input", {"name": "own.branch", "type": "radio", "value": "market"}),
        ("input", {"name": "own.used", "type": "checkbox", "value": "mail"}),
        ("input", {"name": "own.visits", "type": "text", "inputmode": "decimal"}),
        ("input", {"name": "own.since", "type": "date"}),
        ("input", {"name": "own.name", "type": "text", "maxlength": "200"}),
        ("textarea", {"name": "own.wish", "maxlength": "5000"}),
    ],
)
def test_every_kind_has_the_field_that_fits(survey: Survey, tag: str, wanted: dict[str, str]) -> None:
    assert len(elements(Respondent(survey).opened, tag, **wanted)) == 1


def test_a_number_that_may_be_negative_gets_a_keyboard_with_a_minus() -> None:
    questions = page_of(own("change", "number", minimum=-9, maximum=9), own("sum", "number"))
    page = Respondent(asking(owner_of("acme", "alice@example.org"), questions)).opened
    assert not elements(page, "input", inputmode="decimal")


def test_what_is_required_says_so_in_words() -> None:
    questions = page_of(
        rating("mark", required=True), own("name", "short", required=True), own("wish", "long")
    )
    page = Respondent(asking(owner_of("acme", "alice@example.org"), questions)).opened
    assert page.content.count(b"(required)") == 2 and page.content.count(b'aria-required="true"') == 2
    assert b"You may skip every question that is not marked as required." in page.content


def test_one_heading_of_the_page_and_one_for_every_question(survey: Survey) -> None:
    page = Respondent(survey).opened
    assert page.content.count(b"<h1>") == 1 and page.content.count(b"<h2>") == len(EVERY_KIND)
    assert b"<title>Step 1 of 1 \xc2\xb7 About you \xc2\xb7 Acme</title>" in page.content


# -- what it takes


def test_every_kind_is_stored_as_what_it_is(survey: Survey) -> None:
    assert b"Thank you" in Respondent(survey).send(PAGE, GIVEN).content
    assert stored() == {
        "own.mark": 0, "own.branch": "market", "own.used": ["shop", "mail"], "own.visits": 12,
        "own.since": "2026-02-28", "own.name": "A shop", "own.wish": "Open earlier.\nPlease.",
    }  # fmt: skip


def test_nothing_given_is_seen_and_skipped(survey: Survey) -> None:
    Respondent(survey).send(PAGE, {})
    assert (
        set(Response.objects.get().answers.values()) == {None} and Response.objects.get().state == "finished"
    )
    assert not Response.objects.get().texts.exists()


def test_each_kind_saves_alone_and_shows_again(survey: Survey) -> None:
    respondent = Respondent(survey)
    for code, value in GIVEN.items():
        assert respondent.save(PAGE, {code: value}).json() == {"state": "saved"}
    assert len(stored()) == len(GIVEN) and Response.objects.get().state == "started"
    page = respondent.send(PAGE, {}, "switch", switch="en")
    assert page.content.count(b" checked") == 4 and b'value="2026-02-28"' in page.content
    assert b"Open earlier.\nPlease.</textarea>" in page.content and b'value="A shop"' in page.content


@pytest.mark.parametrize(
    ("code", "value", "right"),
    [
        ("own.mark", "11", "must be one of: 0, 1"),
        ("own.mark", "-1", "must be one of"),
        ("own.mark", "dk", "must be one of"),
        ("own.mark", ["1", "2"], "takes one answer only"),
        ("own.branch", "moon", "must be one of: harbour"),
        ("own.branch", ["harbour", "market"], "takes one answer only"),
        ("own.used", ["shop", "moon"], "must be one of: shop"),
        ("own.visits", "366", "must be a number from 0 to 365"),
        ("own.visits", "1e3", "must be a number"),
        ("own.visits", "NaN", "must be a number"),
        ("own.visits", "1,5", "must be a number"),
        ("own.visits", "９", "must be a number"),
        ("own.visits", "9" * 400, "must be a number"),
        ("own.since", "2026-02-30", "must be a day"),
        ("own.since", "yesterday", "must be a day"),
        ("own.since", "20260101T00", "must be a day"),
        ("own.name", "x" * 201, "must be a text of at most 200"),
        ("own.name", "a\0b", "must be a text"),
        ("own.wish", "字" * 5_001, "must be a text of at most 5000"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field_and_nothing_is_stored(
    survey: Survey, code: str, value: Any, right: str
) -> None:
    respondent = Respondent(survey)
    page = respondent.send(PAGE, GIVEN | {code: value})
    assert page.status_code == 400 and right.capitalize() in page.content.decode()
    saved = respondent.save(PAGE, {code: value})
    assert saved.status_code == 400 and list(saved.json()["problems"]) == [code]
    assert right in saved.json()["problems"][code] and not Response.objects.exists()


def test_what_was_typed_stays_when_something_is_refused(survey: Survey) -> None:
    page = Respondent(survey).send(PAGE, GIVEN | {"own.visits": "lots"})
    assert page.status_code == 400 and page.content.count(b" checked") == 4
    for typed in (
        b'value="lots"',
        b'value="2026-02-28"',
        b'value="A shop"',
        b"Open earlier.\nPlease.</textarea>",
    ):
        assert typed in page.content
    assert " autofocus" in elements(page, "input", name="own.visits")[0]
    assert b'<a href="#q4">Your visits?</a>' in page.content


def test_all_that_is_wrong_or_left_out_is_said_at_once() -> None:
    questions = [own("name", "short", required=True), own("visits", "number"), rating("mark", required=True)]
    survey = asking(owner_of("acme", "alice@example.org"), page_of(*questions))
    page = Respondent(survey).send(PAGE, {"own.visits": "lots", "own.name": "  "})
    assert page.status_code == 400 and page.content.count(b'class="problem"') == 3
    assert page.content.count(b"Please answer this question.") == 2 and page.content.count(b" autofocus") == 1


def test_going_back_asks_for_nothing_that_is_required() -> None:
    first, second = page_of(rating("mark"), code="a"), page_of(rating("last", required=True), code="b")
    respondent = Respondent(asking(owner_of("acme", "alice@example.org"), first, second))
    respondent.send("own.a", {"own.mark": "3"})
    page = respondent.send("own.b", {}, "back")
    assert page.status_code == 200 and b"Step 1 of 2" in page.content and page.content.count(b" checked") == 1


def test_what_is_required_cannot_be_passed_by_sending_only_the_last_page() -> None:
    first, second = page_of(rating("mark", required=True), code="a"), page_of(rating("last"), code="b")
    respondent = Respondent(asking(owner_of("acme", "alice@example.org"), first, second))
    page = respondent.send("own.b", {"own.last": "3"})
    assert page.status_code == 400 and b"Please answer this question." in page.content
    assert b"Step 1 of 2" in page.content and Response.objects.get().state == "started"
    respondent.send("own.a", {"own.mark": "3"})
    assert b"Thank you" in respondent.send("own.b", {"own.last": "3"}).content


# -- points


@pytest.fixture
def shares() -> Respondent:
    return Respondent(asking(owner_of("acme", "alice@example.org"), instrument("servperf")))


def weights(respondent: Respondent, *points: str) -> dict[str, str]:
    version = respondent.survey.current_version
    assert version
    (questions,) = (
        one.questions for one in pages(version.content, "en") if one.code == "servperf.importance"
    )
    return dict(zip([question.code for question in questions], points, strict=True))


@pytest.mark.parametrize("points", [("50", "50", "", "", ""), ("20",) * 5, ("100", "0", "0", "0", "0")])
def test_points_that_make_a_hundred_are_taken(shares: Respondent, points: tuple[str, ...]) -> None:
    page = shares.send("servperf.importance", weights(shares, *points))
    assert b"Thank you" in page.content and sum(stored().values()) == 100


@pytest.mark.parametrize(
    "points",
    [
        ("50", "49", "", "", ""),
        ("101", "", "", "", ""),
        ("-10", "110", "", "", ""),
        ("33.3", "66.7", "", "", ""),
    ],
)
def test_points_that_do_not_are_refused_and_stay_typed(shares: Respondent, points: tuple[str, ...]) -> None:
    page = shares.send("servperf.importance", weights(shares, *points))
    assert page.status_code == 400 and not Response.objects.exists()
    assert all(f'value="{one}"'.encode() in page.content for one in points if one)


def test_points_changed_one_by_one_make_a_hundred_before_it_is_finished() -> None:
    """As by somebody who goes back, changes one and comes again by the personal link, further on."""
    last = page_of(rating("last"), code="end")
    respondent = Respondent(asking(owner_of("acme", "alice@example.org"), instrument("servperf"), last))
    full = weights(respondent, "20", "20", "20", "20", "20")
    assert respondent.send("servperf.importance", full).status_code == 200
    first = next(iter(full))
    respondent.save("servperf.importance", {first: "60"})
    page = respondent.send("own.end", {"own.last": "9"})
    assert page.status_code == 400 and b"The points make 140" in page.content
    assert Response.objects.get().state == "started"
    respondent.save("servperf.importance", {first: "20"})
    assert b"Thank you" in respondent.send("own.end", {"own.last": "9"}).content


def test_no_points_at_all_is_a_question_skipped(shares: Respondent) -> None:
    assert b"Thank you" in shares.send("servperf.importance", {}).content
    assert set(stored().values()) == {None}


# -- hostile


@pytest.mark.parametrize("hostile", MARKUP + CODE)
def test_an_answer_stays_words_wherever_it_is_shown_again(survey: Survey, hostile: str) -> None:
    respondent = Respondent(survey)
    typed = {"own.name": hostile, "own.wish": hostile, "own.visits": hostile}
    refused = respondent.send(PAGE, typed)
    respondent.save(PAGE, {"own.name": hostile, "own.wish": hostile})
    shown = respondent.send(PAGE, {}, "switch", switch="zh-hant")
    assert refused.status_code == 400 and shown.status_code == 200
    for page in (refused, shown):
        text = page.content.decode()
        assert not any(
            live in text for live in ("<img src=x", "<svg/onload", "<script>", " onerror=alert(1)>")
        )
        assert "49" not in text.replace(respondent.key, "")
    assert stored() == {"own.name": hostile, "own.wish": hostile}


@pytest.mark.parametrize("odd", ODD)
def test_odd_characters_are_stored_as_they_are(survey: Survey, odd: str) -> None:
    page = Respondent(survey).send(PAGE, {"own.name": odd, "own.wish": odd})
    assert page.status_code == 200 and stored()["own.name"] == stored()["own.wish"] == odd


def test_halves_of_characters_are_no_error_of_ours(survey: Survey) -> None:
    respondent = Respondent(survey)
    body = f"key={respondent.key}&page={PAGE}&next=1&own.wish=%ED%A0%80abc"
    page = respondent.client.post(
        f"/s/{survey.public_id}/", body, content_type="application/x-www-form-urlencoded"
    )
    assert page.status_code in {200, 400} and "\ud800" not in json.dumps(stored(), ensure_ascii=False)


def test_the_server_alone_sets_its_own_fields(survey: Survey) -> None:
    dates = dict.fromkeys(["created_at", "started_at", "finished_at", "agreed_at"], "2001-01-01")
    figures = dict.fromkeys(["survey", "period", "score", "weight", "is_excluded"], "9")
    forged = {**dates, **figures, "state": "finished", "flags": "{}", "own.other": "x"}
    Respondent(survey).save(PAGE, {"own.mark": "5", **forged})
    response = Response.objects.get()
    assert (
        response.answers == {"own.mark": 5} and response.state == "started" and response.finished_at is None
    )
    assert response.flags == {} and not response.is_excluded and response.period is None


def test_an_option_of_another_question_is_refused() -> None:
    questions = page_of(
        own("one", "single", options=options("a", "b")), own("two", "single", options=options("c", "d"))
    )
    respondent = Respondent(asking(owner_of("acme", "alice@example.org"), questions))
    assert respondent.save(PAGE, {"own.one": "c"}).status_code == 400


def test_a_features_words_stay_words() -> None:
    feature = [{"code": "x", "name": dict.fromkeys(["en", "zh-hans", "zh-hant"], MARKUP[0] + "{company}")}]
    page = Respondent(asking(owner_of("acme", "alice@example.org"), KANO | {"features": feature})).opened
    assert feature != FEATURES and "<img" not in page.content.decode() and "&lt;img" in page.content.decode()
