"""How long a run still takes: from earlier runs, falling, and never invented."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from indices.models import Run, Stage
from indices.runs.time_left import BEGINS, Pace
from indices.runs.under_way import runs_under_way, time_left
from surveys.models import Period, Survey
from tests.cast import add_done_run, draft, owner_of, published, signed_in

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Known(Pace):
    """A pace that is told instead of read."""

    def __init__(self, *seconds: float) -> None:
        self._took = [(("", "", 1), one) for one in seconds]


def running(stage: str = Stage.ML, progress: float = 0.05, since: float = 0.0) -> Run:
    started = NOW - timedelta(seconds=since)
    return Run(status=Run.Status.RUNNING, stage=stage, progress=progress, started_at=started)


def test_the_median_of_the_last_five_is_usual() -> None:
    assert Known(10, 20, 30, 40, 1000, 1, 1, 1, 1).usual(running()) == 30
    assert Known().usual(running()) is None


def test_what_is_left_is_the_share_that_is_not_done() -> None:
    assert Known(100).seconds_left(running(Stage.PLS, 0.4), NOW) == 60
    assert Known(100).seconds_left(running(Stage.PLS, 0.9, since=300), NOW) == 10
    assert Known().seconds_left(running(), NOW) is None
    assert Known(100).seconds_left(Run(status=Run.Status.DONE, progress=1, started_at=NOW), NOW) is None


def test_within_a_stage_that_reports_nothing_it_falls_by_the_clock_and_not_beyond_the_stage() -> None:
    left = [Known(100).seconds_left(running(since=since), NOW) for since in (0, 20, 40, 400)]
    assert left == [95, 80, 60, 60]


REPORTS = [
    (Stage.READING, 0.0),
    (Stage.ML, BEGINS[Stage.ML]),
    *((Stage.PLS, 0.4 + 0.55 * share / 4) for share in range(5)),
    (Stage.STORING, BEGINS[Stage.STORING]),
]


@given(
    usual=st.floats(0.0, 1e6),
    steps=st.lists(st.floats(0.0, 1e5), min_size=len(REPORTS), max_size=len(REPORTS)),
)
def test_it_never_grows_and_is_never_negative(usual: float, steps: list[float]) -> None:
    """However fast or slow the run is, in comparison with those before it."""
    pace, since, seen = Known(usual), 0.0, []
    for (stage, progress), passed in zip(REPORTS, steps, strict=True):
        seen.append(pace.seconds_left(running(stage, progress, since), NOW))
        since += passed
        seen.append(pace.seconds_left(running(stage, progress, since), NOW))
    known = [one for one in seen if one is not None]
    assert len(known) == len(seen) and min(known) >= 0
    assert known == sorted(known, reverse=True)


def test_a_clock_that_runs_behind_does_no_harm() -> None:
    assert Known(100).seconds_left(running(since=-50), NOW) == 95


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "the time left is not known yet"),
        (0, "a few seconds left"),
        (18, "about 20 seconds left"),
        (56, "about 1 minute left"),
        (61, "about 2 minutes left"),
    ],
)
def test_it_is_said_in_words(seconds: int | None, words: str) -> None:
    with translation.override("en"):
        assert time_left(seconds) == words


# -- as stored


def lasting(survey: Survey, period: Period, seconds: float, **what: Any) -> None:
    run = add_done_run(survey, period)
    Run.objects.filter(pk=run.pk).update(ended_at=run.started_at + timedelta(seconds=seconds), **what)


@pytest.fixture
def survey() -> Survey:
    survey = published(owner_of("acme", "alice@example.org"))
    Period.objects.create(survey=survey, name="2026")
    return survey


def waiting(survey: Survey, revision: int = 90, **what: Any) -> Run:
    key = survey.versions.get().uses.get().measurement_key
    return Run.objects.create(
        survey=survey, period=survey.periods.get(), measurement_key=key, revision=revision,
        trigger=Run.Trigger.MANAGER, **what,
    )  # fmt: skip


@pytest.mark.django_db
def test_its_own_segment_and_window_come_before_the_rest_of_the_survey(survey: Survey) -> None:
    period = survey.periods.get()
    lasting(survey, period, 10)
    lasting(survey, period, 30, segment="region:north")
    lasting(survey, period, 50, window=4)
    pace = Pace(survey)
    assert pace.usual(waiting(survey, segment="region:north")) == 30
    assert pace.usual(waiting(survey, window=4)) == 50
    assert pace.usual(waiting(survey, segment="region:south")) == 30  # the survey's median


@pytest.mark.django_db
def test_a_program_reads_it_too_and_null_where_nothing_is_known(survey: Survey) -> None:
    member = survey.organisation.members.get()
    run, client = waiting(survey), signed_in(member)
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/"

    def shown() -> tuple[int | None, int | None]:
        row = next(one for one in client.get(address).json()["results"] if one["id"] == run.public_id)
        return row["seconds_left"], row["waiting_before"]

    assert shown() == (None, 0)
    queue_before = waiting(survey, segment="region:north")
    Run.objects.filter(pk=queue_before.pk).update(queued_at=NOW)
    assert shown() == (None, 1)
    Run.objects.filter(pk=run.pk).update(status="running", stage="pls", progress=0.5, started_at=NOW)
    assert shown() == (None, None)
    lasting(survey, survey.periods.get(), 100)
    assert shown() == (50, None)


@pytest.mark.django_db
def test_the_report_says_what_is_worked_and_what_waits(survey: Survey) -> None:
    lasting(survey, survey.periods.get(), 100)
    first = waiting(survey)
    waiting(survey, segment="region:north")
    waiting(survey, segment="region:south")
    Run.objects.filter(pk=first.pk).update(status="running", stage="pls", progress=0.7, started_at=NOW)
    with translation.override("en"):
        said = [(one.label, one.percent, one.time) for one in runs_under_way(survey, {"": "All"})]
    assert said == [
        ("All", 70, "about 30 seconds left"),
        ("region:north", 0, "the next to be taken up · takes about 2 minutes"),
        ("region:south", 0, "1 run waits before it · takes about 2 minutes"),
    ]


@pytest.mark.django_db
def test_nothing_is_known_from_other_surveys(survey: Survey) -> None:
    lasting(survey, survey.periods.get(), 100)
    other = draft(survey.organisation.members.get())
    assert Pace(other).usual(running()) is None
