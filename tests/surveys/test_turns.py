"""Tasks that beat wakes often: one of a kind at a time, and none longer than it may."""

from datetime import date
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from surveys import tasks
from surveys.turns import turn_of
from tests.cast import owner_of
from tests.surveys.alert_cast import detractors_of, just_wrote
from tests.surveys.words_cast import month, recommending


def test_who_comes_while_another_is_at_it_is_told_so_and_may_afterwards() -> None:
    with turn_of("tests") as first, turn_of("tests") as second, turn_of("other tests") as other:
        assert first and not second and other
    with turn_of("tests") as again:
        assert again


@pytest.mark.django_db
@pytest.mark.parametrize("task", [tasks.raise_alerts, tasks.fold_answers, tasks.audit_answers])
def test_a_task_that_is_out_of_time_goes_on_with_nothing(task: Any) -> None:
    """One survey that fails stops no other; that the time is over is no survey's failure."""
    for slug in ("acme", "globex"):
        member = owner_of(slug, f"owner@{slug}.org")
        survey = recommending(member, privacy="confidential")
        detractors_of(survey, member)
        just_wrote(survey, period=month(survey, "2026-03", date(2026, 3, 1)))
        if task is tasks.audit_answers:
            tasks.fold_answers()
    asked: list[str] = []

    def out_of_time(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        if len(asked) == 2:  # the first asks which there are
            raise SoftTimeLimitExceeded
        return execute(sql, *rest)

    with pytest.raises(SoftTimeLimitExceeded), connection.execute_wrapper(out_of_time):
        task()
    assert len(asked) < 5
