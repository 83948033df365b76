"""Which period a moment lies in, which periods a window pools, and when a period closes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from surveys import periods
from surveys.models import Member, Organisation, Period, Survey
from surveys.periods import BOUNDS, add_wave, close, close_due, local_day, period_at, pooled
from surveys.tasks import close_periods
from tests.cast import draft, owner_of, published

NEW_YORK, BERLIN, TAIPEI, APIA = "America/New_York", "Europe/Berlin", "Asia/Taipei", "Pacific/Apia"
KINDS = sorted(BOUNDS)


def survey_in(zone: str, kind: str = "day") -> Survey:
    return Survey(organisation=Organisation(time_zone=zone), period_kind=kind)


def moment(zone: str, local: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def named(zone: str, kind: str, at: datetime) -> str:
    return BOUNDS[kind](local_day(survey_in(zone, kind), at))[0]


@pytest.mark.parametrize("zone", [NEW_YORK, BERLIN, TAIPEI, APIA])
@pytest.mark.parametrize(
    ("kind", "last_day", "before", "after"),
    [
        ("day", "2026-03-31", "2026-03-31", "2026-04-01"),
        ("week", "2026-01-04", "2026-W01", "2026-W02"),
        ("month", "2026-02-28", "2026-02", "2026-03"),
        ("quarter", "2026-03-31", "2026-Q1", "2026-Q2"),
        ("year", "2026-12-31", "2026", "2027"),
    ],
)
def test_the_last_second_of_a_period_is_its_own_and_midnight_is_the_next_ones(
    zone: str, kind: str, last_day: str, before: str, after: str
) -> None:
    last = moment(zone, f"{last_day}T23:59:59")
    assert named(zone, kind, last) == before
    assert named(zone, kind, last + timedelta(seconds=1)) == after


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (NEW_YORK, "2026-03-08", 23),
        (NEW_YORK, "2026-11-01", 25),
        (BERLIN, "2026-03-29", 23),
        (BERLIN, "2026-10-25", 25),
        (TAIPEI, "2026-03-29", 24),
    ],
)
def test_a_day_lasts_as_long_as_the_clocks_say(zone: str, day: str, hours: int) -> None:
    begin = moment(zone, f"{day}T00:00")
    inside = [named(zone, "day", begin + timedelta(minutes=minute)) for minute in range(hours * 60)]
    assert set(inside) == {day}
    assert named(zone, "day", begin - timedelta(microseconds=1)) < day
    assert named(zone, "day", begin + timedelta(hours=hours)) > day


def test_an_hour_that_comes_twice_is_in_one_day_both_times() -> None:
    first, again = (moment(NEW_YORK, "2026-11-01T01:30", fold) for fold in (0, 1))
    assert again - first == timedelta(hours=1)
    assert named(NEW_YORK, "day", first) == named(NEW_YORK, "day", again) == "2026-11-01"


def test_a_day_that_an_island_left_out_holds_no_moment() -> None:
    """Samoa went from the 29th of December 2011 to the 31st."""
    midnight = datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert named(APIA, "day", midnight - timedelta(seconds=1)) == "2011-12-29"
    assert named(APIA, "day", midnight) == "2011-12-31"


@pytest.mark.parametrize(
    ("day", "name", "first", "last"),
    [
        ("2026-01-01", "2026-W01", "2025-12-29", "2026-01-04"),
        ("2021-01-03", "2020-W53", "2020-12-28", "2021-01-03"),
        ("2024-12-30", "2025-W01", "2024-12-30", "2025-01-05"),
    ],
)
def test_a_week_belongs_to_the_year_of_its_thursday(day: str, name: str, first: str, last: str) -> None:
    expected = (name, date.fromisoformat(first), date.fromisoformat(last))
    assert periods.week_bounds(date.fromisoformat(day)) == expected


MOMENTS = st.datetimes(datetime(2012, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(
    zone=st.timezone_keys(allow_prefix=False),
    kind=st.sampled_from(KINDS),
    one=MOMENTS,
    minutes=st.integers(1, 600_000),
)
def test_every_moment_lies_in_one_period_and_neighbours_touch(
    zone: str, kind: str, one: datetime, minutes: int
) -> None:
    survey, bounds = survey_in(zone, kind), BOUNDS[kind]
    day = local_day(survey, one)
    name, first, last = bounds(day)
    assert first <= day <= last
    assert bounds(first) == bounds(last) == (name, first, last)
    before, after = bounds(first - timedelta(days=1)), bounds(last + timedelta(days=1))
    assert before[2] + timedelta(days=1) == first and after[1] - timedelta(days=1) == last
    assert len({name, before[0], after[0]}) == 3
    assert bounds(local_day(survey, one + timedelta(minutes=minutes)))[1] >= first


# -- what is stored


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", TAIPEI)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_a_period_is_made_once_and_holds_its_days(alice: Member, kind: str) -> None:
    survey = published(alice, period_kind=kind)
    at = moment(TAIPEI, "2023-12-31T23:59:59")  # a Sunday
    made = period_at(survey, at)
    assert made and made == period_at(survey, at)
    made.refresh_from_db()
    assert (made.name, made.first_day, made.last_day) == BOUNDS[kind](date(2023, 12, 31))
    following = period_at(survey, at + timedelta(seconds=1))
    assert following and made.last_day and following.first_day == made.last_day + timedelta(days=1)


def made(survey: Survey, *days: str) -> list[Period]:
    found = [periods.period_of_day(survey, date.fromisoformat(day)) for day in days]
    return [period for period in found if period]


@pytest.mark.django_db
def test_a_window_reaches_back_over_a_calendar_with_gaps(alice: Member) -> None:
    survey = published(alice, period_kind="quarter")
    answered = made(survey, "2025-01-01", "2025-05-01", "2025-12-01", "2026-02-01")
    first, second, fourth, fifth = answered
    assert pooled(survey, fifth, 4, answered) == [second, fourth, fifth]
    assert pooled(survey, fourth, 4, answered) == [first, second, fourth]
    assert pooled(survey, second, 4, answered) == []
    assert pooled(survey, second, 2, answered) == [first, second]
    assert pooled(survey, second, 1, answered) == [second]


@pytest.mark.django_db
def test_a_window_of_waves_is_the_last_ones_in_time(alice: Member) -> None:
    survey = draft(alice, period_kind="waves")
    late = add_wave(survey, "autumn", date(2026, 9, 1), date(2026, 9, 30))
    early = add_wave(survey, "spring", date(2026, 3, 1), date(2026, 3, 31))
    undated = add_wave(survey, "before", None, None)
    answered = periods.in_order([late, early, undated])
    assert answered == [undated, early, late]
    assert pooled(survey, late, 2, answered) == [early, late]
    assert pooled(survey, early, 3, answered) == []
    assert pooled(survey, early, 2, [late]) == []


# -- closing


@pytest.mark.django_db
def test_a_period_closes_when_its_days_of_waiting_are_over_and_not_a_second_before(alice: Member) -> None:
    survey = published(alice, close_after_days=2)
    (period,) = made(survey, "2026-03-15")
    due = moment(TAIPEI, "2026-04-03T00:00")
    assert close_due(due - timedelta(seconds=1)) == 0
    assert close_due(due) == 1
    period.refresh_from_db()
    assert (period.closed_at, period.state) == (due, Period.State.CLOSED)


@pytest.mark.django_db
def test_a_missed_tick_is_caught_up_and_one_that_comes_twice_does_nothing(alice: Member) -> None:
    survey = published(alice)
    made(survey, "2025-12-01", "2026-01-01", "2026-02-01")
    first = moment(TAIPEI, "2026-02-20T00:00")
    assert close_due(first) == 2
    assert close_due(first + timedelta(days=1)) == 0
    closed = survey.periods.filter(closed_at=first)
    assert {period.name for period in closed} == {"2025-12", "2026-01"}


@pytest.mark.django_db
def test_beat_closes_what_is_over(alice: Member, settings: Any) -> None:
    (period,) = made(published(alice), "2026-01-01")
    assert close_periods.name in {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}
    close_periods()
    period.refresh_from_db()
    assert period.closed_at


@pytest.mark.django_db(transaction=True)
def test_of_several_beats_one_closes_a_period(alice: Member) -> None:
    survey = published(alice)
    made(survey, "2025-12-01", "2026-01-01")
    at = moment(TAIPEI, "2026-04-20T00:00")

    def tick(number: int) -> int:
        try:
            return close_due(at + timedelta(seconds=number))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(tick, range(6))) == 2


@pytest.mark.django_db
def test_a_wave_without_days_is_closed_by_hand_only(alice: Member) -> None:
    survey = published(alice, period_kind="waves")
    wave = add_wave(survey, "2025", None, None)
    assert close_due(timezone.now() + timedelta(days=4000)) == 0
    assert close(wave) is True
    assert close(wave) is False


@pytest.mark.django_db
def test_a_period_whose_days_last_is_closed_only_if_the_survey_takes_no_answers(alice: Member) -> None:
    survey = published(alice)
    period = period_at(survey, timezone.now())
    assert period
    with pytest.raises(ValidationError, match="not over yet"):
        close(period)
    survey.closes_at = timezone.now() - timedelta(hours=1)
    survey.save()
    period.survey.refresh_from_db()
    assert close(period)


@pytest.mark.django_db
def test_the_database_takes_no_release_of_an_open_period_and_no_window_of_one(alice: Member) -> None:
    survey = published(alice)
    (period,) = made(survey, "2026-01-01")
    with pytest.raises(IntegrityError), transaction.atomic():
        Period.objects.filter(pk=period.pk).update(released_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Survey.objects.filter(pk=survey.pk).update(rolling=1)
