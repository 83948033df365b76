"""When indices are computed without being asked for."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from indices.models import Run
from indices.runs import queue, schedule
from indices.runs.schedule import due, request_answered, request_due_runs
from indices.tasks import work
from surveys.blocks.folding import erase
from surveys.models import Period, Response, Survey
from surveys.periods import period_at
from surveys.responses.exclusions import exclude, readmit
from tests.cast import REGION, owner_of, published, walk

pytestmark = pytest.mark.django_db(transaction=True)


def survey_with(**fields: object) -> Survey:
    survey = published(owner_of("acme", "alice@example.org"), **fields)
    walk(survey)
    return survey


def triggers(survey: Survey, later: timedelta = timedelta()) -> list[str]:
    return [one.trigger for one in due(survey, timezone.now() + later)]


def work_all() -> None:
    for run in Run.objects.filter(status=Run.Status.QUEUED):
        work(run.pk)


def test_a_survey_on_request_is_never_due_by_itself() -> None:
    assert triggers(survey_with(refresh="request"), timedelta(days=400)) == []


def test_so_many_new_answers_make_it_due() -> None:
    survey = survey_with(refresh="request", refresh_after=2)
    assert triggers(survey) == []
    walk(survey)
    assert triggers(survey) == ["answers"]


def test_a_schedule_runs_when_its_time_has_come_and_there_is_something_new() -> None:
    survey = survey_with(refresh="daily")
    assert triggers(survey) == ["schedule"]
    request_due_runs()
    work_all()
    assert triggers(survey, timedelta(days=2)) == []
    walk(survey)
    assert triggers(survey, timedelta(hours=23)) == []
    assert triggers(survey, timedelta(hours=25)) == ["schedule"]


def test_a_tick_that_comes_twice_asks_once() -> None:
    survey_with(refresh="hourly")
    request_due_runs()
    request_due_runs()
    assert Run.objects.count() == 1


def test_what_is_under_way_is_not_due() -> None:
    survey = survey_with(refresh="request", refresh_after=1)
    request_due_runs()
    queue.claim(Run.objects.get().pk)
    walk(survey)
    assert triggers(survey) == []


def test_a_run_that_failed_is_not_asked_for_over_and_over() -> None:
    survey = survey_with(refresh="daily", refresh_after=1)
    request_due_runs()
    run = queue.claim(Run.objects.get().pk)
    assert run
    queue.fail(run, "internal")
    assert triggers(survey) == []
    assert triggers(survey, timedelta(days=2)) == ["answers"]


def at_once(times: int, call: Any) -> list[Any]:
    def one(_number: int) -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_several_beats_at_once_ask_once_for_everybody_and_each_segment() -> None:
    survey_with(refresh="hourly", segments=[REGION])
    at_once(6, request_due_runs)
    runs = Run.objects.order_by("segment").values_list("segment", "revision")
    assert list(runs) == [("", 1), ("region:north", 1), ("region:south", 1)]


def test_a_beat_that_looked_before_another_asked_and_a_worker_was_done_asks_for_nothing() -> None:
    survey = survey_with(refresh="hourly", segments=[REGION])
    (seen,) = due(survey, timezone.now())
    request_due_runs()
    work_all()
    schedule._request(survey, seen)
    assert Run.objects.count() == 3 and not Run.objects.exclude(status="done").exists()


def test_ticks_that_were_missed_are_caught_up_by_one_run() -> None:
    survey = survey_with(refresh="hourly")
    request_due_runs()
    work_all()
    walk(survey), walk(survey)
    Run.objects.update(queued_at=timezone.now() - timedelta(days=3))
    request_due_runs()
    work_all()
    request_due_runs()
    assert list(Run.objects.order_by("revision").values_list("responses", flat=True)) == [1, 3]


def test_what_was_excluded_makes_it_due_again() -> None:
    survey = survey_with(refresh="request", refresh_after=1)
    request_due_runs()
    work_all()
    assert triggers(survey) == []
    exclude(Response.objects.get(), "a test", None)
    assert triggers(survey) == ["answers"]


def test_one_taken_out_and_another_taken_in_make_it_due_again() -> None:
    survey = survey_with(refresh="request", refresh_after=1)
    walk(survey)
    first, second = Response.objects.order_by("pk")
    exclude(first, "a test", None)
    request_due_runs()
    work_all()
    assert triggers(survey) == []
    exclude(second, "a test", None)
    readmit(first, None)
    assert triggers(survey) == ["answers"]
    request_due_runs()
    work_all()
    assert triggers(survey) == []


# -- windows


def with_quarters(quarters: Iterable[tuple[int, int]], **fields: Any) -> Survey:
    """One answer in each of these quarters: (year, quarter)."""
    survey = published(owner_of("acme", "alice@example.org"), period_kind="quarter", **fields)
    for year, quarter in quarters:
        answer_in(survey, year, quarter)
    return survey


def answer_in(survey: Survey, year: int, quarter: int) -> Period:
    walk(survey)
    at = datetime(year, quarter * 3, 1, 12, tzinfo=UTC)
    period = period_at(survey, at)
    newest = Response.objects.order_by("-pk")[0]
    Response.objects.filter(pk=newest.pk).update(finished_at=at, period=period)
    Period.objects.filter(survey=survey, responses=None).delete()
    assert period
    return period


def windows(survey: Survey) -> set[tuple[str, int]]:
    return {(one.period.name, one.window) for one in due(survey, timezone.now())}


def test_a_window_is_due_once_it_is_filled() -> None:
    survey = with_quarters([(2025, 1), (2025, 2), (2025, 4)], refresh_after=1, rolling=3)
    assert windows(survey) == {("2025-Q1", 1), ("2025-Q2", 1), ("2025-Q4", 1), ("2025-Q4", 3)}


def test_a_window_pools_the_answers_of_its_periods() -> None:
    survey = with_quarters([(2025, 1), (2025, 2), (2025, 2), (2025, 3)], refresh_after=1, rolling=2)
    request_due_runs()
    work_all()
    runs = Run.objects.filter(window=2).order_by("period__first_day")
    assert [(run.settings["periods"], run.responses) for run in runs] == [
        (["2025-Q1", "2025-Q2"], 3),
        (["2025-Q2", "2025-Q3"], 3),
    ]
    assert windows(survey) == set()


def test_a_late_answer_makes_every_window_due_that_pools_its_period_and_no_other() -> None:
    survey = with_quarters([(2025, 1), (2025, 2), (2025, 3), (2025, 4)], refresh_after=1, rolling=2)
    request_due_runs()
    work_all()
    answer_in(survey, 2025, 2)
    assert windows(survey) == {("2025-Q2", 1), ("2025-Q2", 2), ("2025-Q3", 2)}


def test_a_window_that_is_pooled_no_more_does_not_go_stale() -> None:
    survey = with_quarters([(2025, 1), (2025, 2)], refresh_after=1, rolling=2)
    request_due_runs()
    work_all()
    Survey.objects.update(rolling=0)
    survey.refresh_from_db()
    assert windows(survey) == set()
    answer_in(survey, 2025, 2)
    assert windows(survey) == {("2025-Q2", 1), ("2025-Q2", 2)}


def test_a_period_whose_answers_were_all_taken_back_is_computed_again() -> None:
    survey = with_quarters([(2025, 1), (2025, 2)], refresh_after=1, rolling=2)
    request_due_runs()
    work_all()
    for response in Response.objects.filter(period__name="2025-Q2"):
        with transaction.atomic():
            erase(response)
            response.delete()
    assert windows(survey) == {("2025-Q2", 1), ("2025-Q2", 2)}
    request_due_runs()
    work_all()
    assert Run.objects.order_by("-pk")[0].responses == 0 and windows(survey) == set()


def test_asking_by_hand_asks_for_the_window_too() -> None:
    survey = with_quarters([(2025, 1), (2025, 2)], rolling=2)
    first, second = survey.periods.order_by("first_day")
    assert [run.window for run in request_answered(survey, first, "manager")] == [1]
    assert [run.window for run in request_answered(survey, second, "manager")] == [1, 2]


def test_looking_what_is_due_asks_the_database_as_often_for_many_periods_as_for_few(
    django_assert_max_num_queries: Any,
) -> None:
    survey = with_quarters([(year, quarter) for year in (2024, 2025) for quarter in (1, 2, 3, 4)], rolling=4)
    for period in survey.periods.all():
        request_answered(survey, period, "manager")
    with django_assert_max_num_queries(6):
        list(due(survey, timezone.now()))
