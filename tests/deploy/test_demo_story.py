"""The simulated demo survey tells what it is said to tell, found by real runs, and nothing else."""

import html
import re
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from deploy.demo import simulate
from deploy.demo.release import go_on
from deploy.demo.surveys import EMAIL, RELEASED, SLUG, load_demo, months_before, simulated
from indices.models import Comparison, Run
from indices.schedule import due, request_period
from surveys.models import Member, Period, Survey
from surveys.periods import close_due
from tests.cast import owner_of, signed_in
from tests.indices.change_cast import key_of, worked

# Real transactions: a lease is renewed by a thread of its own, which must be able to write.
pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2026, 3, 31)
MONTHS = [f"{day:%Y-%m}" for day in months_before(TODAY, simulate.MONTHS)]
BETTER, REWORDED = MONTHS[simulate.BETTER_FROM], MONTHS[simulate.REWORDED_FROM]
SMALL, LATE = MONTHS[simulate.SMALL], MONTHS[simulate.LATE]
CHANGED = {"quality", "value", "satisfaction", "complaints", "loyalty"}  # by the better service


@pytest.fixture(autouse=True)
def few_resamples(settings: Any) -> None:
    settings.RUN_RESAMPLES = 200


@pytest.fixture
def dana() -> Member:
    return owner_of(SLUG, EMAIL)


@pytest.fixture
def survey(dana: Member) -> Survey:
    return simulated(dana, TODAY)


def words(page: Any) -> str:
    assert page.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def report(member: Member, survey: Survey, month: str, query: str = "") -> str:
    period = survey.periods.get(name=month)
    address = f"/o/{SLUG}/surveys/{survey.public_id}/report/?period={period.public_id}{query}"
    return words(signed_in(member).get(address))


def clear(comparison: Comparison) -> set[str]:
    """The constructs of which either estimator says that their index clearly changed."""
    changes = comparison.changes.filter(source="")
    return {one.construct for one in changes if one.low > 0 or one.high < 0}


def test_the_better_service_and_the_moved_question_are_found_and_nothing_else(
    dana: Member, survey: Survey
) -> None:
    for month in reversed(MONTHS):
        worked(survey, month)
    found = {
        (one.run.period.name, one.kind): one
        for one in Comparison.objects.select_related("run__period").prefetch_related("changes")
    }
    assert len(found) == 13 + 2
    rise = found[BETTER, "previous"].changes
    for estimator in ("ml", "pls"):
        assert rise.get(estimator=estimator, construct="quality", source="").low > 0
        assert rise.get(estimator=estimator, construct="satisfaction", source="").low > 0
    for (month, kind), comparison in found.items():
        before = comparison.against.period.name
        is_small = SMALL in {month, before}
        assert clear(comparison) <= (CHANGED if before < BETTER <= month else set()), (month, kind)
        assert comparison.verdict == "untested" if is_small else comparison.verdict in {"full", "partial"}
        named = [one["item"] for one in comparison.moved]
        assert named == ([simulate.REWORDED] if before < REWORDED <= month else []), (month, kind)
        assert not comparison.lost and (is_small or not comparison.apart), (month, kind)
    _the_pages_say_so(dana, survey)


def _the_pages_say_so(dana: Member, survey: Survey) -> None:
    better, reworded = (report(dana, survey, month) for month in (BETTER, REWORDED))
    assert "Perceived quality up 6." in better and "clearly" in better
    assert f"Comparable with {MONTHS[simulate.REWORDED_FROM - 1]} but for “How good is what" in reworded
    assert "is answered less favourably than then, by about 0." in reworded
    small = report(dana, survey, SMALL)
    assert "There are 24 usable answers" in small and "/ 100" not in small
    after = report(dana, survey, MONTHS[simulate.SMALL + 1])
    assert "/ 100" in after and f"Whether this is comparable with {SMALL} could not be tested." in after


def test_a_small_segment_of_the_small_month_shows_no_figure_and_says_why(
    dana: Member, survey: Survey
) -> None:
    worked(survey, SMALL, "region:south")
    page = report(dana, survey, SMALL, "&segment=region:south")
    assert "There are 6 usable answers" in page and "/ 100" not in page


def test_the_months_before_the_last_are_closed_and_the_last_is_still_open(survey: Survey) -> None:
    assert [one.state for one in survey.periods.order_by("first_day")] == ["closed"] * 13 + ["open"]
    last = timezone.now().replace(year=2026, month=3, day=31, hour=23)
    assert close_due(last) == 0 and close_due(last.replace(month=4, day=1)) == 1


def test_nothing_is_released_before_all_that_waits_is_computed(survey: Survey) -> None:
    worked(survey, LATE)
    request_period(survey, survey.periods.get(name=BETTER), key_of(survey), Run.Trigger.SCHEDULE)
    go_on()
    assert not Period.objects.exclude(released_at=None).exists()


def test_late_answers_to_a_released_month_make_a_revision_that_says_so(dana: Member, survey: Survey) -> None:
    first = worked(survey, LATE)
    worked(survey, SMALL)
    for _again in range(2):
        go_on()
    released = survey.periods.exclude(released_at=None)
    assert [one.name for one in released] == [LATE]  # the small one may not be, the others are not computed
    (asked,) = [one for one in due(survey, timezone.now()) if one.period.name == LATE]
    assert (asked.trigger, asked.revision) == ("answers", 2)
    second = worked(survey, LATE)
    late = second.responses - first.responses
    assert second.released_at and second.changes["imported"] == late > 0
    page = report(dana, survey, LATE)
    assert "2 released revisions" in page and f"{late} answers imported" in page
    go_on()
    assert survey.imports.count() == 2


def test_only_the_early_months_are_released(survey: Survey) -> None:
    for month in (MONTHS[RELEASED - 1], MONTHS[RELEASED]):
        worked(survey, month)
    go_on()
    assert [one.name for one in survey.periods.exclude(released_at=None)] == [MONTHS[RELEASED - 1]]


def test_the_newest_month_is_computed_first_and_everybody_before_any_segment() -> None:
    assert load_demo() and not load_demo()
    asked = [
        (run.survey.is_simulated, run.segment, str(run.period.first_day))
        for run in Run.objects.select_related("survey", "period").order_by("pk")
    ]
    real, everybody, segments = asked[:1], asked[1:15], asked[15:]
    assert real == [(False, "", "None")]
    assert [segment for _simulated, segment, _day in everybody] == [""] * 14
    assert everybody == sorted(everybody, key=lambda one: one[2], reverse=True)
    assert [day for _s, _segment, day in segments] == sorted((day for *_, day in segments), reverse=True)
    assert len(segments) == 3 * 14


def test_the_months_are_those_before_this_one() -> None:
    assert months_before(date(2026, 1, 1), 3) == [date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)]
    assert months_before(date(2026, 12, 31), 12)[0] == date(2025, 12, 1)
