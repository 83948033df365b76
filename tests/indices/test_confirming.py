"""What cannot be taken back is done by a second click, below what it comes to."""

import re

import pytest

from surveys.models import Member, Survey
from tests.cast import owner_of, signed_in
from tests.indices.score_cast import add_answers, nps_rows, survey_of, worked
from tests.indices.test_sharing import opened

pytestmark = [pytest.mark.django_db, pytest.mark.words]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return survey_of(alice, "nps")


def behind_a_fold(page: str, action: str) -> str:
    """What is folded away with the form that posts there; empty where a form lies open."""
    assert page.count(f'action="{action}"') == 1
    folds = re.findall(r'<details class="sure"><summary>(?:(?!</details>).)*</details>', page)
    return next((one for one in folds if f'action="{action}"' in one), "")


def test_a_period_is_closed_and_released_by_a_second_click(alice: Member, survey: Survey) -> None:
    add_answers(survey, "2025-01", nps_rows(30, 20, 10))
    period = worked(survey, "nps", "2025-01").period
    client, report = signed_in(alice), f"/o/acme/surveys/{survey.public_id}/report/"
    assert "not opened again" in behind_a_fold(opened(report, client), f"{report}close/")
    client.post(f"{report}close/", {"period": period.public_id})
    assert "makes a new revision" in behind_a_fold(opened(report, client), f"{report}release/")
    client.post(f"{report}release/", {"period": period.public_id})
    period.refresh_from_db()
    assert period.released_at


def test_a_survey_is_closed_by_a_second_click(alice: Member, survey: Survey) -> None:
    client, page = signed_in(alice), f"/o/acme/surveys/{survey.public_id}/"
    assert "nobody can answer" in behind_a_fold(opened(page, client), f"{page}state/")
    client.post(f"{page}state/", {"state": "closed"})
    assert "Open again" in opened(page, client)
