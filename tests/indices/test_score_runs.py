"""Runs of NPS, CSAT, CES, SERVQUAL and Kano: from imported answers to the figures that are stored."""

import pytest

from indices.models import Score
from surveys.models import Member
from tests.cast import owner_of
from tests.indices.score_cast import add_answers, estimate_of, nps_rows, survey_of, worked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def test_skipped_answers_are_in_no_base_of_a_net_promoter_score(alice: Member) -> None:
    survey = survey_of(alice, "nps")
    add_answers(survey, "2026-01", nps_rows(50, 30, 20, skipped=25))
    run = worked(survey, "nps", "2026-01")
    estimate = estimate_of(run)
    assert (estimate.status, estimate.n, estimate.n_used) == ("ok", 125, 100)
    score = Score.objects.get()
    assert (score.code, score.value, score.n) == ("nps", 30.0, 100)
    assert score.low and score.high and score.low < 30 < score.high
    assert run.missing == {"score": {"skipped": 25}}
