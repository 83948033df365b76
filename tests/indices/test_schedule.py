"""When indices are computed without being asked for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from indices import queue
from indices.models import Run
from indices.schedule import due, request_due_runs
from indices.tasks import work
from surveys.models import Survey
from tests.cast import owner_of, published, walk

pytestmark = pytest.mark.django_db(transaction=True)


def survey_with(**fields: object) -> Survey:
    survey = published(owner_of("acme", "alice@example.org"), **fields)
    walk(survey)
    return survey


def triggers(survey: Survey, later: timedelta = timedelta()) -> list[str]:
    return [trigger for _period, _key, trigger in due(survey, timezone.now() + later)]


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
