"""A run is worked once, whoever dies: claims, leases, sweeps."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from indices.models import Run
from indices.runs import queue
from surveys.models import Survey
from tests.cast import owner_of, published, walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def survey() -> Survey:
    survey = published(owner_of("acme", "alice@example.org"))
    walk(survey)
    return survey


def request(survey: Survey, segment: str = "") -> Run:
    key = survey.versions.get().uses.get().measurement_key
    return queue.request(survey, survey.periods.get(), key, segment, Run.Trigger.MANAGER)


def lapse(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def at_once(call: Any, arguments: list[Any]) -> list[Any]:
    def one(argument: Any) -> Any:
        try:
            return call(argument)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(one, arguments))


def test_asking_again_while_it_waits_gives_the_same_run(survey: Survey) -> None:
    runs = at_once(request, [survey] * 8)
    assert len({run.pk for run in runs}) == 1 == Run.objects.count()


def test_asking_after_it_began_makes_the_next_revision(survey: Survey) -> None:
    first = request(survey)
    assert queue.claim(first.pk)
    second = request(survey)
    assert (first.revision, second.revision) == (1, 2)


def test_segments_are_queued_apart(survey: Survey) -> None:
    assert request(survey).pk != request(survey, "region:north").pk


def test_of_many_workers_one_gets_the_run(survey: Survey) -> None:
    run = request(survey)
    claims = at_once(queue.claim, [run.pk] * 8)
    assert sum(claim is not None for claim in claims) == 1
    assert Run.objects.get().attempts == 1


def test_a_run_with_a_live_lease_is_not_taken_and_one_whose_lease_lapsed_is(survey: Survey) -> None:
    run = request(survey)
    first = queue.claim(run.pk)
    assert first and queue.claim(run.pk) is None
    lapse(run)
    second = queue.claim(run.pk)
    assert second and second.claim != first.claim and second.attempts == 2


def test_who_lost_the_claim_can_change_nothing(survey: Survey) -> None:
    run = request(survey)
    first = queue.claim(run.pk)
    assert first
    lapse(run)
    second = queue.claim(run.pk)
    assert second
    for change in (
        lambda: queue.renew(first),
        lambda: queue.show(first, Run.Stage.PLS, 0.5),
        lambda: queue.fail(first, "internal"),
    ):
        with pytest.raises(queue.ClaimLost):
            change()
    assert Run.objects.get().status == Run.Status.RUNNING


def test_a_lease_is_never_renewed_beyond_the_time_limit(survey: Survey, settings: Any) -> None:
    run = queue.claim(request(survey).pk)
    assert run and run.started_at
    settings.RUN_TIME_LIMIT_SECONDS = 3
    queue.renew(run)
    assert Run.objects.get().lease_until == run.started_at + timedelta(seconds=3)


def test_a_sweep_reminds_once_of_what_waits_or_was_dropped(survey: Survey, settings: Any) -> None:
    settings.RUN_REMIND_SECONDS = 0
    waiting, dropped = request(survey), request(survey, "region:north")
    queue.claim(dropped.pk)
    assert queue.sweep() == 1
    lapse(dropped)
    settings.RUN_REMIND_SECONDS = 60
    assert queue.sweep() == 0
    Run.objects.update(woken_at=timezone.now() - timedelta(minutes=2))
    assert sum(at_once(lambda _: queue.sweep(), [1, 2, 3])) == 2
    assert queue.claim(waiting.pk) and queue.claim(dropped.pk)


def test_a_run_whose_worker_dies_every_time_is_given_up(survey: Survey, settings: Any) -> None:
    run = request(survey)
    for _attempt in range(settings.RUN_MAX_ATTEMPTS):
        assert queue.claim(run.pk)
        lapse(run)
    assert queue.claim(run.pk) is None
    queue.sweep()
    run.refresh_from_db()
    assert (run.status, run.error) == (Run.Status.FAILED, "worker_died")
