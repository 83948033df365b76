"""Flags put on responses as they are finished: what is a sign of carelessness, and what is not."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.models import Member, Response, Survey
from surveys.periods import period_at
from surveys.questionnaire.pages import pages
from surveys.responses import answering, keys
from surveys.responses.carelessness import in_words, mark
from tests.cast import REGION, owner_of, page_of, published, walk

pytestmark = [pytest.mark.django_db, pytest.mark.words]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice)


def varied(survey: Survey, start: int = 0) -> dict[str, Any]:
    """Answers that differ from item to item, and with `start` from other respondents'."""
    version = survey.versions.get()
    asked = [q.code for page in pages(version.content, "en") for q in page.questions if q.is_scored]
    return {code: 1 + (number * 3 + start) % 10 for number, code in enumerate(asked)}


def finish(survey: Survey, answers: dict[str, Any], seconds: float | None = 600) -> Response:
    """A response that is being finished so many seconds after it was opened, and marked."""
    now = timezone.now()
    response = Response(
        survey=survey,
        version=survey.versions.get(),
        state="finished",
        language="en",
        answers=answers,
        started_at=None if seconds is None else now - timedelta(seconds=seconds),
        finished_at=now,
    )
    mark(response, response.version)
    response.save()
    return response


def test_answering_with_care_gives_no_flag(survey: Survey) -> None:
    assert finish(survey, varied(survey)).flags == {}


def test_less_than_two_seconds_for_each_answer_is_fast(survey: Survey) -> None:
    assert "speed" not in finish(survey, varied(survey, 1), 24 * 2.0).flags
    assert finish(survey, varied(survey, 2), 24 * 1.5).flags == {"speed": 1.5}


def test_no_time_at_all_is_fast_and_not_nothing(survey: Survey) -> None:
    assert finish(survey, varied(survey), 0).flags == {"speed": 0.0}


def test_only_what_was_answered_counts_and_saying_one_does_not_know_is_answering(survey: Survey) -> None:
    codes = list(varied(survey))
    skipped = varied(survey, 1) | dict.fromkeys(codes[4:])
    assert "speed" not in finish(survey, skipped, 10).flags
    unknown = varied(survey, 1) | dict.fromkeys(codes[4:], "dk")
    assert finish(survey, unknown, 10).flags == {"speed": 0.4}


@pytest.mark.parametrize("seconds", [None, -30])
def test_a_time_that_is_not_known_flags_nobody(survey: Survey, seconds: float | None) -> None:
    assert finish(survey, varied(survey), seconds).flags == {}


def test_one_point_through_a_page_of_four_scales_or_more_is_straight(survey: Survey) -> None:
    image = {code: 7 for code in varied(survey) if code.startswith("ecsi.image")}
    short = {code: 7 for code in varied(survey) if code.startswith("ecsi.expectations")}
    assert len(image) == 5 and len(short) == 3
    assert finish(survey, varied(survey) | image | short).flags == {"straight": ["ecsi.image"]}


@pytest.mark.parametrize("one", [6, None, "dk"])
def test_one_other_answer_on_the_page_breaks_the_line(survey: Survey, one: int | str | None) -> None:
    image = {code: 7 for code in varied(survey) if code.startswith("ecsi.image")}
    assert finish(survey, varied(survey) | image | {"ecsi.image5": one}).flags == {}


def test_nothing_answered_is_not_straight(survey: Survey) -> None:
    assert finish(survey, dict.fromkeys(varied(survey))).flags == {}
    assert finish(survey, dict.fromkeys(varied(survey), "dk")).flags == {}


def test_questions_of_ones_own_are_not_looked_at(alice: Member) -> None:
    named = {"en": "How was it?", "zh-hans": "怎么样？", "zh-hant": "怎麼樣？"}
    ratings = [
        {
            "code": f"r{n}",
            "type": "rating",
            "text": named,
            "minimum": 1,
            "maximum": 5,
            "low": named,
            "high": named,
        }
        for n in range(5)
    ]
    survey = published(alice, parts=[{"kind": "instrument", "instrument": "ecsi"}, page_of(*ratings)])
    own = {f"own.r{n}": 3 for n in range(5)}
    assert finish(survey, varied(survey) | own).flags == {}


def test_what_a_condition_hid_does_not_break_the_line(survey: Survey) -> None:
    image = {code: 7 for code in varied(survey) if code.startswith("ecsi.image")} | {"ecsi.image5": "hidden"}
    assert finish(survey, varied(survey) | image).flags == {"straight": ["ecsi.image"]}
    assert finish(survey, varied(survey, 1) | image | {"ecsi.image4": "hidden"}).flags == {}


def test_the_same_scored_answers_again_are_a_duplicate(survey: Survey) -> None:
    assert finish(survey, varied(survey)).flags == {}
    assert finish(survey, varied(survey)).flags == {"duplicate": True}
    assert finish(survey, varied(survey) | {"ecsi.loyalty3": None}).flags == {}


def test_few_answers_agree_by_chance(survey: Survey) -> None:
    few = dict.fromkeys(varied(survey)) | dict.fromkeys(list(varied(survey))[::4][:5], 10)
    assert finish(survey, few).flags == finish(survey, few).flags == {}


def test_another_survey_and_one_not_finished_are_no_twins(alice: Member, survey: Survey) -> None:
    finish(published(alice, name="Other"), varied(survey))
    Response.objects.create(
        survey=survey, version=survey.versions.get(), language="en", answers=varied(survey)
    )
    assert finish(survey, varied(survey)).flags == {}


def test_a_segment_question_makes_no_difference_to_a_duplicate(alice: Member) -> None:
    survey = published(alice, segments=[REGION])
    finish(survey, varied(survey) | {"own.region": "north"})
    assert finish(survey, varied(survey) | {"own.region": "south"}).flags == {"duplicate": True}


def test_imported_rows_carry_no_flags(alice: Member) -> None:
    survey = published(alice, period_kind="waves")
    codes = [code.partition(".")[2] for code in varied(survey)]
    row = ",".join(["7"] * len(codes))
    content = "\n".join([",".join(codes), row, row]).encode()
    plan = Plan(columns={code: code for code in codes}, wave="first")
    import_file(survey=survey, content=content, filename="same.csv", plan=plan, by=None)
    assert [one.flags for one in Response.objects.all()] == [{}, {}]


def test_a_flag_drops_nobody(survey: Survey) -> None:
    walk(survey, 7)
    walk(survey, 7)
    first, second = Response.objects.order_by("pk")
    assert set(first.flags) == {"speed", "straight"} and set(second.flags) == {
        "speed",
        "straight",
        "duplicate",
    }
    assert first.state == second.state == "finished" and not first.is_excluded and not second.is_excluded


def test_finding_a_twin_asks_the_database_once_by_an_index(survey: Survey) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    response = finish(survey, varied(survey))
    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        mark(response, response.version)
    asked = [one["sql"] for one in queries if "surveys_response" in one["sql"]]
    assert len(asked) == 1
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]}")
            assert "response_same_answers" in str(cursor.fetchall())


def test_flags_are_said_in_words() -> None:
    said = list(in_words({"speed": 0.0, "straight": ["a", "b"], "duplicate": True}))
    assert said == [
        "0.0 s for each answer",
        "one point all through 2 pages",
        "same answers as an earlier response",
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_equal_responses_that_finish_at_once_the_second_is_flagged(survey: Survey) -> None:
    version = survey.current_version
    assert version
    both = [keys.read_key(survey, keys.new_key(version)) for _ in range(2)]
    answers = varied(survey)
    answering.save(survey, both[1], answers, "en")

    def second() -> bool:
        try:
            return answering.hand_in(survey, both[1], answers, "en")
        finally:
            connections.close_all()

    period_at(survey, timezone.now())  # it is there already: making it would hold up the second, too
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            answering.hand_in(survey, both[0], answers, "en")
            waiting = pool.submit(second)
            wait([waiting], timeout=0.5)  # long enough to finish, if nothing held it up
        assert waiting.result()
    flagged = {one.key_digest: "duplicate" in one.flags for one in Response.objects.all()}
    assert flagged == {both[0].digest: False, both[1].digest: True}
