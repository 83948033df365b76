"""The home page: what a card holds, what needs attention, and how little it asks of the database."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from indices.home.answers import WeeklyAnswers, weekly_answers
from indices.home.attention import Kind, attention
from indices.home.stored import headlines
from indices.models import Run
from surveys.models import AnswerBlock, Member, Response, Survey
from surveys.selectors import surveys_of
from tests.cast import draft, joined, owner_of, published, signed_in
from tests.indices.home_cast import compared, month, stored

pytestmark = [pytest.mark.django_db, pytest.mark.words]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def vera(alice: Member) -> Member:
    return joined(alice, "vera@example.org", "viewer")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, name="Customers")


def page(member: Member, query: str = "") -> str:
    """The page's text without its tags."""
    answer = signed_in(member).get(f"/o/acme/{query}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def told(member: Member) -> dict[str, Any]:
    answer = signed_in(member).get("/api/v1/organisations/acme/home/")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def kinds(member: Member) -> list[str]:
    return [item["kind"] for item in told(member)["attention"]]


# -- a card


def test_a_card_says_the_index_its_interval_its_base_and_the_change_that_the_report_says(
    alice: Member, survey: Survey
) -> None:
    before = stored(survey, month(survey, "2026-01", "released"), 70)
    compared(stored(survey, month(survey, "2026-02"), 74.04, n=150), before, by=4.0)
    shown = page(alice)
    for part in ("74.0", "72.0 – 76.0", "150 answers", "up 4.0, clearly Since 2026-01"):
        assert part in shown
    assert "not released" not in shown
    report = signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/report/").content.decode()
    assert "74.0" in report and "up 4.0, clearly" in report


def test_a_change_within_its_interval_has_no_direction(alice: Member, survey: Survey) -> None:
    before = stored(survey, month(survey, "2026-01", "closed"))
    compared(stored(survey, month(survey, "2026-02")), before, by=2.0)
    shown = page(alice)
    assert "no clear change Since 2026-01 (not released)" in shown and "clearly" not in shown


def test_a_period_that_is_not_comparable_has_no_change_and_says_why(alice: Member, survey: Survey) -> None:
    before = stored(survey, month(survey, "2026-01", "released"))
    compared(stored(survey, month(survey, "2026-02")), before, by=9.0, verdict="none")
    shown = page(alice)
    assert "not comparable" in shown and "Not comparable with 2026-01" in shown and "9.0" not in shown
    card = told(alice)["surveys"][0]
    assert card["figures"][0]["change"] is None and card["trend"][1]["comparable"] is False
    assert kinds(alice) == ["broken"]


def test_while_a_new_month_has_few_answers_the_month_before_is_shown_with_what_the_new_one_lacks(
    alice: Member, survey: Survey
) -> None:
    stored(survey, month(survey, "2026-01", "released"), 71.3)
    this_month = month(survey, "2026-02")
    this_month.last_day = timezone.now().date() + timedelta(days=9)
    this_month.save()
    stored(survey, this_month, 66.6, n=17)
    shown = page(alice)
    assert "71.3" in shown and "66.6" not in shown and "2026-02: There are 17 usable answers" in shown
    assert "Nothing needs attention." in shown


def test_a_period_of_few_respondents_is_a_gap_and_its_number_is_not_told(
    alice: Member, survey: Survey
) -> None:
    for name, n in (("2026-01", 120), ("2026-02", 7), ("2026-03", 120)):
        stored(survey, month(survey, name, "released"), n=n)
    points = told(alice)["surveys"][0]["trend"]
    assert [point["value"] is None for point in points] == [False, True, False] and points[1]["n"] == 0
    body = signed_in(alice).get("/o/acme/").content.decode()
    assert "<svg" in body and "2026-02" not in body


def test_a_change_since_a_superseded_revision_is_told_to_those_only_who_may_read_it(
    alice: Member, vera: Member, survey: Survey
) -> None:
    january = month(survey, "2026-01", "released")
    before = stored(survey, january, n=120)
    compared(stored(survey, month(survey, "2026-02"), 75), before, by=5.0)
    newer = stored(survey, january, n=123)
    assert "up 5.0, clearly" in page(alice) and "up 5.0, clearly" not in page(vera)
    Run.objects.filter(pk=newer.pk).update(responses=140)  # a group apart
    assert "up 5.0, clearly" in page(vera)


def test_drafts_and_closed_surveys_stand_in_a_list_of_their_own(alice: Member, survey: Survey) -> None:
    draft(alice, name="Planned")
    closed = published(alice, name="Done with", is_simulated=True)
    Survey.objects.filter(pk=closed.pk).update(state="closed")
    stored(closed, month(closed, "2026-01", "released"), 64.2)
    shown = page(alice)
    others = shown[shown.index("Drafts and closed surveys") :]
    assert "Planned Draft" in others and "Customers" not in others
    assert "Done with Simulated data Closed · 2026-01 · Satisfaction 64.2 (62.2 – 66.2)" in others


# -- needs attention


def test_what_needs_attention_comes_in_the_order_of_urgency(alice: Member) -> None:
    closing = published(alice, name="Closing")
    stored(closing, month(closing, "2026-01", "closed"))
    falling = published(alice, name="Falling")
    before = stored(falling, month(falling, "2026-01", "released"), 75)
    compared(stored(falling, month(falling, "2026-02"), 70), before, by=-5.0)
    refused = published(alice, name="Refused")
    stored(refused, month(refused, "2026-01", "released"), estimate="improper")
    failing = published(alice, name="Failing")
    stored(failing, month(failing, "2026-01", "released"))
    stored(failing, month(failing, "2026-01", "released"), status="failed", segment="region:north")
    found = told(alice)["attention"]
    assert [item["kind"] for item in found] == ["failed", "refused", "down", "waiting"]
    assert [item["text"] for item in found] == [
        "The newest computation of 2026-01 failed.",
        "2026-01: improper solution",
        "Satisfaction is down 5.0, clearly, since 2026-01.",
        "2026-01 is closed and waits to be released.",
    ]
    assert [card["name"] for card in told(alice)["surveys"]] == ["Failing", "Refused", "Falling", "Closing"]
    shown = page(alice)
    assert all(item["text"] in shown for item in found)


def test_a_failed_run_that_was_computed_again_needs_no_attention(alice: Member, survey: Survey) -> None:
    period = month(survey, "2026-01", "released")
    stored(survey, period, status="failed")
    stored(survey, period)
    assert kinds(alice) == [] and "Nothing needs attention." in page(alice)


def test_a_viewer_is_not_asked_to_release(alice: Member, vera: Member, survey: Survey) -> None:
    stored(survey, month(survey, "2026-01", "closed"))
    assert kinds(alice) == ["waiting"] and kinds(vera) == []


def test_a_closed_period_with_few_answers_says_how_many_are_asked_for_unless_they_are_too_few_to_tell(
    alice: Member, survey: Survey
) -> None:
    period = month(survey, "2026-01", "closed")
    stored(survey, period, n=60)
    assert (
        told(alice)["attention"][0]["text"] == "2026-01 closed with 60 answers; to be released it takes 100."
    )
    stored(survey, period, n=6)
    (item,) = told(alice)["attention"]
    assert item["kind"] == "few" and "fewer than 10" in item["text"] and "6 " not in item["text"]


def test_open_alerts_are_told_where_their_number_is_known(alice: Member, survey: Survey) -> None:
    (one,) = headlines(list(surveys_of(alice)), True, "en", timezone.now().date())
    (item,) = attention(one, WeeklyAnswers(), True, open_alerts=2)
    assert item.kind == Kind.ALERTS and item.text == "2 alerts are open."


# -- answers


def answered(survey: Survey, counts: list[int]) -> None:
    """So many answers on the first day of each of these weeks, the last ending yesterday, in blocks."""
    period, version = month(survey, "2026-01"), survey.current_version
    for back, n in enumerate(reversed(counts)):
        day = timezone.now().date() - timedelta(days=7 + 7 * back)
        AnswerBlock.objects.create(
            survey=survey, version=version, period=period, day=day, n=n, codes=b"", keys=b"", marks=b""
        )


def test_answers_of_the_week_count_what_is_folded_what_is_not_yet_and_what_was_taken_out(
    survey: Survey,
) -> None:
    answered(survey, [30, 40])
    block, version, period = (
        AnswerBlock.objects.latest("day"),
        survey.current_version,
        month(survey, "2026-01"),
    )
    yesterday = timezone.now() - timedelta(days=1)
    common = {"survey": survey, "version": version, "period": period, "state": "finished", "language": "en"}
    for more in ({}, {}, {"is_excluded": True, "block_id": block.pk}, {"is_excluded": True}):
        Response.objects.create(**common, finished_at=yesterday, **more)
    Response.objects.create(**common, finished_at=timezone.now())  # today is not over
    found = weekly_answers(survey.organisation, [survey.pk], timezone.now())[survey.pk]
    assert (found.last, found.before) == (41, 30)


def test_a_clear_fall_of_answers_needs_attention_while_the_survey_is_open(
    alice: Member, survey: Survey
) -> None:
    answered(survey, [80, 80, 80, 80, 80, 80, 80, 30])
    assert kinds(alice) == ["response"]
    assert "30 answers in the 7 days to yesterday, 80 in the 7 before – clearly fewer than usual" in page(
        alice
    )
    Survey.objects.update(state="closed")
    assert kinds(alice) == []


def test_weeks_before_the_survey_began_are_not_weeks_without_answers(survey: Survey) -> None:
    answered(survey, [20, 25])
    found = weekly_answers(survey.organisation, [survey.pk], timezone.now())[survey.pk]
    assert len(found.counts) <= 2 and found.last == 25 and not found.has_fallen


def test_a_card_says_nothing_of_a_week_that_has_not_passed_since_the_first_answers(
    alice: Member, survey: Survey
) -> None:
    common = {"survey": survey, "version": survey.current_version, "period": month(survey, "2026-01")}
    Response.objects.create(**common, state="finished", language="en", finished_at=timezone.now())
    assert "to yesterday" not in page(alice)


# -- many surveys


def test_the_number_of_queries_does_not_grow_with_the_surveys(alice: Member, vera: Member) -> None:
    client = signed_in(vera)

    def fill(count: int) -> int:
        for number in range(count):
            one = published(alice, name=f"Survey {number}")
            january = month(one, "2026-01", "released")
            before = stored(one, january, n=120)
            compared(stored(one, month(one, "2026-02", "closed"), estimate="ok"), before, by=-4.0)
            stored(one, month(one, "2026-03", "closed"), estimate="improper")
            stored(one, month(one, "2026-03"), status="failed", segment="region:north")
            stored(one, january, n=150)
            answered(one, [9, 9])
        client.get("/o/acme/")  # a process reads a questionnaire once
        with CaptureQueriesContext(connection) as queries:
            assert "Survey 1" in client.get("/o/acme/").content.decode()
        return len(queries)

    few = fill(2)
    assert few <= 24
    assert fill(4) == few


def test_many_surveys_are_found_by_name_put_in_order_and_shown_page_by_page(alice: Member) -> None:
    first = published(alice, name="Ärger im Norden")
    Survey.objects.bulk_create(Survey(**fields_of(first), name=f"Survey {i:02}") for i in range(50))
    assert "Page 1 of 2" in page(alice) and "Page 2 of 2" in page(alice, "?page=2")
    found = page(alice, "?q=ärger+NORDEN")
    assert "1 survey named like" in found and "Survey 01" not in found
    by_name = page(alice, "?sort=name&page=2")
    assert "Survey 49" in by_name and "Survey 01" not in by_name
    for query in ("?page=-1", "?page=x", "?sort=x", "?q=%00", "?q=" + "x" * 5000, "?q=<script>"):
        page(alice, query)


def fields_of(survey: Survey) -> dict[str, Any]:
    return {"organisation": survey.organisation, "state": "open", "languages": ["en"], "parts": []}
