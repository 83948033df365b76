"""All runs that are asked for together count the answers that were there when they were asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from indices.disclosing.disclosure import Disclosure
from indices.models import Run
from indices.runs.schedule import request_answered
from indices.taking_away.answers import answers_of
from indices.tasks import work
from surveys.models import Member, Survey
from surveys.selectors import item_columns, item_sums
from tests.cast import REGION, owner_of, signed_in
from tests.indices.score_cast import add_answers, key_of, nps_rows, survey_of

pytestmark = [pytest.mark.django_db, pytest.mark.figures]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def asked(survey: Survey) -> list[Run]:
    return request_answered(survey, survey.periods.get(), Run.Trigger.MANAGER)


def by_segment(survey: Survey) -> dict[str, int]:
    return dict(survey.runs.filter(status=Run.Status.DONE).values_list("segment", "responses"))


def test_answers_that_come_between_two_runs_of_one_refresh_count_in_neither(alice: Member) -> None:
    survey = survey_of(alice, "nps", segments=[REGION])
    add_answers(survey, "2026-01", nps_rows(20, 10, 10), "north")
    add_answers(survey, "2026-01", nps_rows(10, 10, 10), "south")
    runs = asked(survey)
    assert len({run.as_of for run in runs}) == 1
    for place, run in enumerate(runs, start=1):
        work(run.pk)
        add_answers(survey, "2026-01", nps_rows(place, 1, 1), "south")
    assert by_segment(survey) == {"": 70, "region:north": 40, "region:south": 30}
    disclosure = Disclosure(survey)
    assert not any(disclosure.why(run) for run in survey.runs.all())
    page = signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/report/").content.decode()
    assert "12 newer answers are not in it yet." in page
    segment = signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/report/?segment=region:north")
    assert "newer answer" not in segment.content.decode()
    taken = answers_of(survey.runs.get(segment="region:south"))
    assert taken and len(taken.values) == 30


def test_what_waits_takes_over_the_cut_off_of_those_asked_for_after_it(alice: Member) -> None:
    survey = survey_of(alice, "nps", segments=[REGION])
    add_answers(survey, "2026-01", nps_rows(10, 10, 10), "north")
    first, *waiting = asked(survey)
    work(first.pk)
    again = asked(survey)
    assert {run.pk for run in waiting} < {run.pk for run in again} and len({run.as_of for run in again}) == 1
    assert again[0].as_of and first.as_of and again[0].as_of > first.as_of


@pytest.mark.parametrize("segment", ["", "region:north"])
def test_sums_less_what_came_later_are_those_of_the_answers_before(alice: Member, segment: str) -> None:
    survey = survey_of(alice, "nps", segments=[REGION])
    key = key_of(survey, "nps")
    version = survey.current_version
    assert version
    instrument = version.uses.get().instrument
    add_answers(survey, "2026-01", nps_rows(10, 4, 3, skipped=2), "north")
    add_answers(survey, "2026-01", nps_rows(5, 4, 3), "south")
    where: Any = (survey, instrument, key, list(survey.periods.all()), segment)
    before, rows, at = item_sums(*where), item_columns(*where), timezone.now()
    add_answers(survey, "2026-01", nps_rows(3, 2, 1, skipped=1), "north")
    by_hand = survey.responses.filter(segments={"region": "north"})[0]
    by_hand.pk, by_hand.batch, by_hand.block, by_hand.origin = None, None, None, "web"
    by_hand.finished_at = at + timedelta(seconds=1)
    by_hand.save()
    after, bound = item_sums(*where), item_sums(*where, at)
    assert (bound.n, bound.missing, bound.fingerprint) == (before.n, before.missing, before.fingerprint)
    assert (bound.groups.n == before.groups.n).all() and (bound.groups.second == before.groups.second).all()
    assert after.n > before.n
    assert item_columns(*where, at).fingerprint == rows.fingerprint
