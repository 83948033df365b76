"""Closing and releasing a period, and what becomes of a released figure when its answers change."""

import html
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from indices.models import DriverLines, Index, Run
from indices.releases import NotReleasable, obstacle, release
from indices.runs import queue
from indices.runs.schedule import due, request_due_runs, request_period
from indices.tasks import work
from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.models import Member, Period, Response, Survey
from surveys.periods import close
from surveys.responses.exclusions import exclude, readmit
from surveys.responses.keys import withdrawal_digest
from surveys.responses.withdrawing import withdraw
from tests.cast import (
    REFERENCE,
    REGION,
    joined,
    mobi_columns,
    owner_of,
    published,
    signed_in,
    walk,
    with_mobi_answers,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING = {"late": 0, "imported": 0, "excluded": 0, "readmitted": 0, "withdrawn": 0}


@pytest.fixture(autouse=True)
def _few_resamples(settings: Any) -> None:
    settings.RUN_RESAMPLES = 30


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def mobi(alice: Member) -> Survey:
    return with_mobi_answers(alice, refresh_after=1)


def computed(survey: Survey) -> Run:
    """Ask for what is due and work it; the newest run of everybody."""
    request_due_runs()
    for run in Run.objects.filter(status=Run.Status.QUEUED):
        work(run.pk)
    return Run.objects.filter(survey=survey, segment="", window=1).order_by("-revision")[0]


def released(survey: Survey, by: Member) -> Run:
    """Computed, closed and released."""
    run = computed(survey)
    period = survey.periods.get()
    close(period)
    assert release(period, by.user)
    run.refresh_from_db()
    return run


def refused(survey: Survey) -> str:
    with pytest.raises(NotReleasable) as caught:
        release(survey.periods.get(), None)
    assert not Period.objects.exclude(released_at=None) and not Run.objects.exclude(released_at=None)
    return str(caught.value)


def page_of(client: Client, survey: Survey, query: str = "") -> str:
    page = client.get(f"/o/acme/surveys/{survey.public_id}/report/{query}")
    assert page.status_code == 200
    return " ".join(html.unescape(page.content.decode()).split())


def post(client: Client, survey: Survey, do: str) -> str:
    address = f"/o/acme/surveys/{survey.public_id}/report/{do}/"
    page = client.post(address, {"period": survey.periods.get().public_id}, follow=True)
    return html.unescape(page.content.decode())


# -- releasing


def test_a_period_is_released_only_when_closed_and_computed_on_its_newest_answers(
    alice: Member, mobi: Survey
) -> None:
    assert "closed first" in refused(mobi)
    close(mobi.periods.get())
    assert "not been computed" in refused(mobi)
    request_due_runs()
    assert "just being computed" in refused(mobi)
    run = computed(mobi)
    exclude(Response.objects.all()[0], "a test", None)
    assert "have changed" in refused(mobi)
    assert computed(mobi).revision == 2
    assert not DriverLines.objects.exists()
    assert release(mobi.periods.get(), alice.user) is True
    lines = DriverLines.objects.values_list("outcome", "level", "run__revision")
    assert set(lines) == {(a, b, 2) for a in ("satisfaction", "loyalty") for b in ("drivers", "items")}
    period = mobi.periods.get()
    assert period.state == Period.State.RELEASED and period.released_by == alice.user
    assert list(Run.objects.exclude(released_at=None).values_list("revision", flat=True)) == [2]
    run.refresh_from_db()
    assert run.released_at is None


def test_a_failed_computation_is_not_released(mobi: Survey) -> None:
    computed(mobi)
    close(mobi.periods.get())
    key = mobi.versions.get().uses.get().measurement_key
    again = queue.claim(queue.request(mobi, mobi.periods.get(), key, "", Run.Trigger.MANAGER).pk)
    assert again
    queue.fail(again, "too_long")
    assert "failed" in refused(mobi)


def test_too_few_answers_are_not_released_and_the_page_says_how_many_are_needed(
    alice: Member, mobi: Survey
) -> None:
    Survey.objects.update(least_base_release=251)
    computed(mobi)
    close(mobi.periods.get())
    assert "250 answers" in refused(mobi)
    client = signed_in(alice)
    page = page_of(client, mobi)
    assert "cannot be released yet: It has 250 answers; the survey's settings ask for 251." in page
    assert "Release the figures" not in page
    assert "was not released" in post(client, mobi, "release")
    Survey.objects.update(least_base_release=250)
    assert obstacle(mobi.periods.get()) == ""


def test_a_model_that_gave_no_index_is_not_released(alice: Member) -> None:
    survey = published(alice, period_kind="month", refresh_after=1, least_base_release=1)
    walk(survey)
    computed(survey)
    Period.objects.update(closed_at=timezone.now())
    assert "gave no index" in refused(survey)


def test_of_many_who_release_at_once_one_does(alice: Member, mobi: Survey) -> None:
    computed(mobi)
    period = mobi.periods.get()
    close(period)

    def one(_number: int) -> bool:
        try:
            return release(Period.objects.get(pk=period.pk), alice.user)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(one, range(6))) == [False] * 5 + [True]
    assert Run.objects.get().released_at == mobi.periods.get().released_at


def test_buttons_close_and_release_once_however_often_pressed(alice: Member, mobi: Survey) -> None:
    computed(mobi)
    client = signed_in(alice)
    assert "Close the period" in page_of(client, mobi)
    post(client, mobi, "close")
    closed_at = mobi.periods.get().closed_at
    post(client, mobi, "close")
    assert closed_at and mobi.periods.get().closed_at == closed_at
    assert "Release the figures" in page_of(client, mobi)
    post(client, mobi, "release")
    released_at = mobi.periods.get().released_at
    post(client, mobi, "release")
    assert released_at and mobi.periods.get().released_at == released_at
    page = page_of(client, mobi)
    assert f"On {released_at:%Y-%m-%d}, by alice@example.org." in page
    assert "Release the figures" not in page and "Close the period" not in page


def test_a_viewer_sees_the_state_and_no_button(alice: Member, mobi: Survey) -> None:
    computed(mobi)
    close(mobi.periods.get())
    page = page_of(signed_in(joined(alice, "vera@example.org", "viewer")), mobi)
    assert '"badge closed"' in page and "Release the figures" not in page


def test_a_period_whose_days_last_is_not_closed_and_the_page_says_when_it_will_be(alice: Member) -> None:
    survey = published(alice, close_after_days=5)
    walk(survey)
    client, period = signed_in(alice), survey.periods.get()
    assert period.last_day
    closes = period.last_day + timedelta(days=6)
    page = page_of(client, survey)
    assert f"it closes by itself on {closes}." in page and "Close the period" not in page
    assert "not over yet" in post(client, survey, "close")
    assert survey.periods.get().closed_at is None


# -- afterwards


def new_mobi_answers(survey: Survey, rows: int) -> None:
    """The first published answers once more, as another file."""
    lines = (REFERENCE / "mobi.csv").read_text(encoding="utf-8").splitlines()[: rows + 1]
    plan = Plan(columns=mobi_columns(), wave="2005")
    import_file(survey, "\n".join([*lines, ""]).encode(), f"{rows}.csv", plan, None)


def late_answer(survey: Survey) -> Response:
    """Somebody's own answer, which is counted in the survey's one wave."""
    walk(survey)
    response = Response.objects.order_by("-pk")[0]
    Response.objects.filter(pk=response.pk).update(period=survey.periods.get())
    return response


def figures(run: Run) -> list[Any]:
    return list(Index.objects.filter(estimate__run=run).order_by("pk").values())


def test_a_released_figure_is_never_overwritten_and_each_revision_says_what_changed(
    alice: Member, mobi: Survey
) -> None:
    first = released(mobi, alice)
    before, row = figures(first), Run.objects.values().get()
    assert first.changes == {}

    out = list(Response.objects.order_by("pk")[:3])
    for response in out:
        exclude(response, "a test", None)
    late_answer(mobi)
    second = computed(mobi)
    assert second.released_at and second.changes == NOTHING | {"excluded": 3, "late": 1}

    readmit(out[0], None)
    new_mobi_answers(mobi, 7)
    third = computed(mobi)
    assert third.changes == NOTHING | {"readmitted": 1, "imported": 7}
    assert (first.responses, second.responses, third.responses) == (250, 248, 256)

    assert figures(first) == before
    assert Run.objects.values().get(pk=first.pk) == row


def test_an_answer_that_was_taken_back_is_counted_as_withdrawn_in_its_segment_too(alice: Member) -> None:
    survey = with_mobi_answers(alice, refresh_after=1, segments=[REGION])
    own = late_answer(survey)
    Response.objects.filter(pk=own.pk).update(
        withdrawal_digest=withdrawal_digest("a-code"), segments={"region": "north"}
    )
    released(survey, alice)
    assert withdraw("a-code")
    computed(survey)
    changes = {run.segment: run.changes for run in Run.objects.filter(revision=2)}
    withdrawn = NOTHING | {"withdrawn": 1}
    assert changes == {"": withdrawn, "region:north": withdrawn, "region:south": NOTHING}


def test_what_came_and_went_between_two_revisions_is_not_counted(alice: Member, mobi: Survey) -> None:
    released(mobi, alice)
    exclude(late_answer(mobi), "a test", None)
    again = Response.objects.order_by("pk")[0]
    exclude(again, "a mistake", None)
    readmit(again, None)
    assert computed(mobi).changes == NOTHING


def test_an_answer_that_was_being_stored_while_the_released_run_was_read_is_late(
    alice: Member, mobi: Survey
) -> None:
    """Its moment lies before the run's, but it could not be seen yet."""
    run = released(mobi, alice)
    own = late_answer(mobi)
    assert run.started_at
    Response.objects.filter(pk=own.pk).update(finished_at=run.started_at - timedelta(seconds=1))
    assert computed(mobi).changes == NOTHING | {"late": 1}


def test_an_answer_that_comes_while_a_revision_is_computed_waits_for_the_next(
    alice: Member, mobi: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    released(mobi, alice)
    exclude(Response.objects.order_by("pk")[0], "a test", None)
    from indices.runs import compute

    store = compute.store

    def late_meanwhile(*given: Any) -> None:
        late_answer(mobi)
        store(*given)

    monkeypatch.setattr(compute, "store", late_meanwhile)
    assert computed(mobi).changes == NOTHING | {"excluded": 1}
    monkeypatch.setattr(compute, "store", store)
    assert computed(mobi).changes == NOTHING | {"late": 1}


def test_a_revision_that_was_asked_for_without_any_change_says_so(alice: Member, mobi: Survey) -> None:
    first = released(mobi, alice)
    for run in request_period(mobi, mobi.periods.get(), first.measurement_key, "manager"):
        work(run.pk)
    assert Run.objects.get(revision=2).changes == NOTHING
    assert "from the same answers as revision 1" in page_of(signed_in(alice), mobi)


def test_a_run_that_was_under_way_when_its_period_was_released_is_released_with_what_changed(
    alice: Member, mobi: Survey
) -> None:
    """Asked for between the look and the release: it must not pass for the released figure."""
    computed(mobi)
    period = mobi.periods.get()
    close(period)
    exclude(Response.objects.order_by("pk")[0], "a test", None)
    claimed = queue.claim(
        queue.request(mobi, period, Run.objects.get().measurement_key, "", Run.Trigger.MANAGER).pk
    )
    assert claimed
    Period.objects.filter(pk=period.pk).update(released_at=timezone.now())
    Run.objects.filter(revision=1).update(released_at=timezone.now())
    from indices.runs.compute import compute

    compute(claimed)
    claimed.refresh_from_db()
    assert claimed.released_at and claimed.changes == NOTHING | {"excluded": 1}


def test_every_revision_stays_readable_and_the_old_one_says_it_is_superseded(
    alice: Member, mobi: Survey
) -> None:
    released(mobi, alice)
    for response in Response.objects.order_by("pk")[:2]:
        exclude(response, "a test", None)
    computed(mobi)
    client = signed_in(alice)
    newest = page_of(client, mobi)
    assert "revised after they were released" in newest
    assert "Since revision 1, 2 answers were left out by an analyst." in newest
    assert "2 released revisions" in newest and "revision=1" in newest and "superseded" not in newest
    old = page_of(client, mobi, "?revision=1")
    assert "superseded by revision 2" in old and "n = 250" in old and "n = 248" in newest
    for wrong in ("3", "0", "x", "-1", "9" * 40):
        assert client.get(f"/o/acme/surveys/{mobi.public_id}/report/?revision={wrong}").status_code == 404


def test_the_api_shows_states_revisions_and_changes(alice: Member, mobi: Survey) -> None:
    released(mobi, alice)
    exclude(Response.objects.order_by("pk")[0], "a test", None)
    computed(mobi)
    client, base = signed_in(alice), f"/api/v1/organisations/acme/surveys/{mobi.public_id}/"
    (period,) = client.get(f"{base}periods/").json()["results"]
    assert period["state"] == "released" and period["closed_at"] and period["released_at"]
    newest, first = client.get(f"{base}runs/").json()["results"]
    assert (newest["revision"], newest["changes"]) == (2, NOTHING | {"excluded": 1})
    assert (first["revision"], first["changes"]) == (1, {})
    assert first["released_at"] == period["released_at"] < newest["released_at"]


def test_no_setting_puts_another_estimate_in_the_place_of_a_released_one(alice: Member, mobi: Survey) -> None:
    client, at = signed_in(alice), f"/api/v1/organisations/acme/surveys/{mobi.public_id}/"

    def ask(headline: str) -> int:
        return client.patch(at, {"headline": headline}, content_type="application/json").status_code

    assert (ask("pls"), ask("ml")) == (200, 200)
    released(mobi, alice)
    assert (ask("pls"), ask("ml")) == (400, 200)
    address = f"/o/acme/surveys/{mobi.public_id}/edit/"
    form = client.get(address).context["form"]
    sent = {field.html_name: field.value() for field in form if field.value() not in (None, "")}
    assert client.post(address, sent | {"headline": "pls", "name": "Renamed"}).status_code == 302
    mobi.refresh_from_db()
    assert (mobi.headline, mobi.name) == ("ml", "Renamed")


# -- what is shown


def test_below_the_least_base_no_index_is_shown_anywhere_and_the_reason_is(
    alice: Member, mobi: Survey
) -> None:
    computed(mobi)
    client = signed_in(alice)
    home = client.get("/o/acme/").content.decode()
    assert 'headline-value">7' in page_of(client, mobi) and "72.2" in home
    Survey.objects.update(least_base_show=251)
    page = page_of(client, mobi)
    assert "There are 250 usable answers; the survey's settings show an index from 251 on." in page
    assert "72.2" not in page and 'id="drivers"' not in page and "path-diagram" not in page
    assert "72.2" not in client.get("/o/acme/").content.decode()


def test_a_rolling_index_is_a_choice_and_stands_in_the_address(alice: Member) -> None:
    survey = with_mobi_answers(alice, refresh_after=1, rolling=2)
    plan = Plan(columns=mobi_columns(), wave="2006")
    lines = (REFERENCE / "mobi.csv").read_text(encoding="utf-8").splitlines()
    import_file(survey, "\n".join([*lines[:201], ""]).encode(), "2006.csv", plan, None)
    computed(survey)
    client = signed_in(alice)
    page = page_of(client, survey)
    assert "This wave" in page and "Last 2 waves" in page and "n = 200" in page
    rolling = page_of(client, survey, "?window=2")
    assert "The answers of 2005, 2006 are pooled here." in rolling and "n = 450" in rolling
    assert '<option value="2" selected>Last 2 waves' in rolling and "window=2" in rolling
    for wrong in ("3", "0", "x"):
        answer = client.get(f"/o/acme/surveys/{survey.public_id}/report/?window={wrong}")
        assert answer.status_code == 404


def test_a_window_of_a_released_period_is_revised_when_an_earlier_period_of_it_changes(alice: Member) -> None:
    survey = with_mobi_answers(alice, refresh_after=1, rolling=2, headline="pls")
    plan = Plan(columns=mobi_columns(), wave="2006")
    lines = (REFERENCE / "mobi.csv").read_text(encoding="utf-8").splitlines()
    import_file(survey, "\n".join([*lines[:201], ""]).encode(), "2006.csv", plan, None)
    computed(survey)
    period = survey.periods.get(name="2006")
    close(period)
    assert release(period, alice.user)
    assert Run.objects.exclude(released_at=None).count() == 2
    exclude(Response.objects.filter(period__name="2005")[0], "a test", None)
    computed(survey)
    revised = Run.objects.filter(revision=2).order_by("window")
    assert [(run.window, run.period.name, run.changes) for run in revised] == [
        (1, "2005", {}),
        (2, "2006", NOTHING | {"excluded": 1}),
    ]
    assert not list(due(survey, timezone.now()))
