"""A run that is cancelled stores nothing, whoever is quicker, and is not asked for again at once."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from indices.models import Estimate, Run
from indices.releases import obstacle
from indices.runs import compute, lease, queue
from indices.runs.cancelling import cancel, cancel_all
from indices.runs.schedule import due, request_due_runs
from indices.tasks import work
from surveys.models import Member, Survey
from surveys.periods import close
from tests.cast import REGION, joined, owner_of, published, signed_in, walk, with_mobi_answers

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/organisations/acme/surveys/"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    survey = published(alice, segments=[REGION])
    walk(survey)
    return survey


def request(survey: Survey, segment: str = "") -> Run:
    key = survey.versions.get().uses.get().measurement_key
    return queue.request(survey, survey.periods.get(), key, segment, Run.Trigger.MANAGER)


def claimed(survey: Survey) -> Run:
    run = queue.claim(request(survey).pk)
    assert run
    return run


def status_of(run: Run) -> str:
    return Run.objects.get(pk=run.pk).status


# -- who is quicker


def test_one_that_waits_ends_at_once_and_no_worker_takes_it_or_is_told_of_it(
    survey: Survey, alice: Member, settings: Any
) -> None:
    settings.RUN_REMIND_SECONDS = 0
    run = request(survey)
    assert cancel(run, alice.user)
    assert queue.claim(run.pk) is None and queue.sweep() == 0
    work(run.pk)
    run.refresh_from_db()
    assert (run.status, run.cancelled_by, run.attempts) == (Run.Status.CANCELLED, alice.user, 0)
    assert run.ended_at


def test_cancelling_twice_cancels_once(survey: Survey, alice: Member) -> None:
    run = request(survey)
    assert cancel(run, alice.user)
    ended = Run.objects.get().ended_at
    assert not cancel(run, None)
    assert (Run.objects.get().ended_at, Run.objects.get().cancelled_by) == (ended, alice.user)


def test_one_under_way_can_report_renew_fail_and_store_no_more(survey: Survey) -> None:
    run = claimed(survey)
    cancel(run, None)
    for change in (
        lambda: queue.renew(run),
        lambda: queue.show(run, Run.Stage.PLS, 0.5),
        lambda: queue.fail(run, "internal"),
        lambda: compute.compute(run),
    ):
        with pytest.raises(queue.ClaimLost):
            change()
    assert status_of(run) == Run.Status.CANCELLED and not Estimate.objects.exists()


def test_one_whose_worker_died_is_not_taken_up_again(survey: Survey) -> None:
    run = claimed(survey)
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    cancel(run, None)
    assert queue.claim(run.pk) is None and queue.sweep() == 0


def test_cancelled_between_the_last_report_and_storing_it_stores_nothing(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = claimed(survey)
    stored = compute.store

    def cancelled_before(*arguments: Any) -> None:
        cancel(run, None)
        stored(*arguments)

    monkeypatch.setattr(compute, "store", cancelled_before)
    with pytest.raises(queue.ClaimLost):
        compute.compute(run)
    kept = Run.objects.get()
    assert (kept.status, kept.responses, kept.model) == (Run.Status.CANCELLED, 0, "")
    assert not Estimate.objects.exists()


def test_one_that_is_just_done_stays_done(survey: Survey) -> None:
    run = request(survey)
    work(run.pk)
    assert not cancel(run, None)
    assert status_of(run) == Run.Status.DONE and run.estimates.count() == 2


def test_either_it_is_stored_or_it_is_cancelled(survey: Survey) -> None:
    """Store and cancel at once: one of them comes first, and the other finds it so."""
    run = claimed(survey)
    together = threading.Barrier(2)

    def one(call: Any) -> Any:
        together.wait()
        try:
            return call()
        except queue.ClaimLost:
            return "lost"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        worker = pool.submit(one, lambda: compute.compute(run))
        manager = pool.submit(one, lambda: cancel(run, None))
        was_cancelled, lost = manager.result(), worker.result() == "lost"
    assert was_cancelled == lost
    assert Estimate.objects.count() == (0 if lost else 2)
    assert status_of(run) == (Run.Status.CANCELLED if lost else Run.Status.DONE)


def test_of_two_workers_neither_gets_what_many_managers_cancel_at_once(survey: Survey, alice: Member) -> None:
    runs = [request(survey, segment) for segment in ("", "region:north", "region:south")]
    first = queue.claim(runs[0].pk)
    assert first

    def one(_number: int) -> int:
        try:
            return len(cancel_all(survey, alice.user))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == 3
    with pytest.raises(queue.ClaimLost):
        queue.show(first, Run.Stage.ML, 0.1)
    assert [queue.claim(run.pk) for run in runs] == [None] * 3


def test_a_long_fit_hears_of_it_in_the_middle(
    survey: Survey, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fit that would never end by itself, and reports nothing."""
    begun = threading.Event()

    def endless(*_arguments: Any, **_options: Any) -> None:
        begun.set()
        while True:
            sum(range(1000))

    monkeypatch.setattr(lease, "LOOKS_EVERY", 0.05)
    monkeypatch.setattr(compute, "_fit", endless)
    run = request(survey)

    def manager() -> None:
        begun.wait()
        cancel(run, alice.user)
        connections.close_all()

    thread = threading.Thread(target=manager)
    thread.start()
    work(run.pk)
    thread.join()
    assert status_of(run) == Run.Status.CANCELLED and not Estimate.objects.exists()


@pytest.mark.parametrize("ended", [Run.Status.DONE, Run.Status.FAILED, Run.Status.CANCELLED])
def test_only_a_run_that_is_lost_is_warned_of(
    survey: Survey, ended: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lease, "LOOKS_EVERY", 0.01)
    run = claimed(survey)
    with lease.Lease(run) as held:
        Run.objects.filter(pk=run.pk).update(status=ended)
        held.thread.join(20)  # it looks, and finds that the run is not to be renewed
    assert held.lost == bool(caplog.records) == (ended == Run.Status.CANCELLED)


# -- what follows


def test_the_next_request_is_another_revision(survey: Survey) -> None:
    run = request(survey)
    cancel(run, None)
    assert request(survey).revision == 2


def triggers(survey: Survey, later: timedelta = timedelta()) -> list[str]:
    return [one.trigger for one in due(survey, timezone.now() + later)]


def test_it_is_asked_for_again_after_the_interval_or_when_further_answers_come(alice: Member) -> None:
    survey = published(alice, refresh="daily", refresh_after=2)
    walk(survey), walk(survey), walk(survey)
    request_due_runs()
    assert len(cancel_all(survey, alice.user)) == 1
    assert triggers(survey) == []
    walk(survey)
    assert triggers(survey) == []
    walk(survey)
    assert triggers(survey) == ["answers"]
    request_due_runs()
    cancel_all(survey, alice.user)
    assert triggers(survey) == []
    assert triggers(survey, timedelta(hours=25)) == ["answers"]


def test_a_survey_without_an_interval_waits_for_further_answers(alice: Member) -> None:
    survey = published(alice, refresh_after=1)
    walk(survey)
    request_due_runs()
    cancel_all(survey, alice.user)
    assert triggers(survey, timedelta(days=400)) == []
    walk(survey)
    assert triggers(survey) == ["answers"]


def test_a_period_is_not_released_over_what_was_cancelled(alice: Member, settings: Any) -> None:
    settings.RUN_RESAMPLES = 30
    survey = with_mobi_answers(alice, segments=[REGION])
    period = survey.periods.get()
    work(request(survey).pk)
    close(period)
    period.refresh_from_db()
    assert obstacle(period) == ""
    cancel(request(survey, "region:north"), alice.user)
    assert "one of its segments was cancelled" in obstacle(period)
    cancel(request(survey), alice.user)
    assert "was cancelled; compute them again" in obstacle(period)


# -- by whom


def page_of(client: Client, survey: Survey) -> str:
    content = client.get(f"/o/acme/surveys/{survey.public_id}/report/").content.decode()
    return re.sub(r"\s+", " ", content)


def test_the_report_says_what_is_under_way_and_that_the_newest_was_cancelled_and_by_whom(
    survey: Survey, alice: Member
) -> None:
    client, viewer = signed_in(alice), signed_in(joined(alice, "bob@example.org", "viewer"))
    work(request(survey).pk)
    run = request(survey)
    address = f"/o/acme/surveys/{survey.public_id}/report/"
    cancelling = f"{address}runs/{run.public_id}/cancel/"
    assert cancelling in page_of(client, survey) and cancelling not in page_of(viewer, survey)
    assert client.post(cancelling).status_code == 302
    page = page_of(client, survey)
    assert "The newest computation of this period was cancelled by alice@example.org" in page
    assert "Shown is the one before." in page and "nothing of it is stored" in page
    client.post(cancelling)
    assert "the computation had ended already (cancelled)" in page_of(client, survey)
    request(survey), request(survey, "region:north")
    assert f"{address}cancel/" in page_of(client, survey)
    client.post(f"{address}cancel/")
    assert "2 computations were cancelled." in page_of(client, survey)
    client.post(f"{address}cancel/")
    assert "no computation waits" in page_of(client, survey)


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_cancels_nothing(survey: Survey, alice: Member, method: str) -> None:
    run, client = request(survey), signed_in(alice)
    page, api = f"/o/acme/surveys/{survey.public_id}/report/", f"{API}{survey.public_id}/runs/"
    for address in (f"{page}cancel/", f"{page}runs/{run.public_id}/cancel/"):
        assert getattr(client, method)(address).status_code == 405
    for address in (f"{api}cancel/", f"{api}{run.public_id}/cancel/"):
        assert getattr(client, method)(address).status_code == 405
    assert status_of(run) == Run.Status.QUEUED


def test_a_run_of_another_survey_is_not_there(survey: Survey, alice: Member) -> None:
    other = published(alice, name="Other")
    run, client = request(survey), signed_in(alice)
    page, api = f"/o/acme/surveys/{other.public_id}/report/runs/", f"{API}{other.public_id}/runs/"
    for place in (page, api):
        answers = [client.post(f"{place}{one}/cancel/") for one in (run.public_id, "A" * 22)]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert status_of(run) == Run.Status.QUEUED


def test_a_program_cancels_one_or_all_and_hears_of_what_had_ended(survey: Survey, alice: Member) -> None:
    client, api = signed_in(alice), f"{API}{survey.public_id}/runs/"
    done = request(survey)
    work(done.pk)
    run = request(survey)
    for _twice in range(2):
        answer = client.post(f"{api}{run.public_id}/cancel/")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    answer = client.post(f"{api}{done.public_id}/cancel/")
    assert answer.status_code == 409 and "it is done" in json.dumps(answer.json())
    runs = [request(survey), request(survey, "region:north")]
    named = {one["id"] for one in client.post(f"{api}cancel/").json()["runs"]}
    assert named == {one.public_id for one in runs}
    assert client.post(f"{api}cancel/").json()["runs"] == []


def test_a_post_with_a_cookie_but_no_token_cancels_nothing(survey: Survey, alice: Member) -> None:
    run = request(survey)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice.user)
    assert strict.post(f"{API}{survey.public_id}/runs/cancel/").status_code == 403
    assert strict.post(f"/o/acme/surveys/{survey.public_id}/report/cancel/").status_code == 403
    assert status_of(run) == Run.Status.QUEUED
