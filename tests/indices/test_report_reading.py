"""Whether what a reader looks for is in reach: reasons beside marks, intervals beside changes, ways on."""

import html
import re

import pytest

from indices.models import ControlChart
from surveys.models import Member, Survey
from tests.cast import owner_of, published, signed_in
from tests.indices.change_cast import key_of
from tests.indices.home_cast import compared, month, stored

pytestmark = [pytest.mark.django_db, pytest.mark.words]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, name="Customers")


def markup(member: Member, survey: Survey, rest: str = "report/") -> str:
    answer = signed_in(member).get(f"/o/acme/surveys/{survey.public_id}/{rest}")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_ring_has_its_reason_right_below_the_chart(alice: Member, survey: Survey) -> None:
    periods = [month(survey, f"2026-0{one}") for one in (1, 2, 3)]
    for period in periods:
        stored(survey, period)
    ControlChart.objects.create(
        survey=survey, measurement_key=key_of(survey), estimator=survey.headline, construct="loyalty",
        centre=70, low=65, high=75, periods=[one.public_id for one in periods],
        signals=[{"period": periods[1].public_id, "rules": ["beyond", "run"]}],
    )  # fmt: skip
    trend = markup(alice, survey).split('class="card trend"')[1].split("</section>")[0]
    said = "2026-02, Loyalty: beyond the limits and the eighth in a row on one side of the mean"
    assert f"<li>{said}</li>" in trend


def test_a_clear_change_has_its_interval_beside_it(alice: Member, survey: Survey) -> None:
    before = stored(survey, month(survey, "2026-01"))
    compared(stored(survey, month(survey, "2026-02"), 74), before, by=3.4)
    assert "Since 2026-01: up 3.4, clearly (+0.6 to +6.2)" in words(markup(alice, survey)).replace(" :", ":")


def test_the_open_period_of_a_closed_survey_says_what_is_left_to_do(alice: Member, survey: Survey) -> None:
    stored(survey, month(survey, "2026-01"))
    said = "The survey itself takes no answers any more"
    assert said not in markup(alice, survey)
    Survey.objects.update(state="closed")
    assert said in markup(alice, survey)


def test_what_has_no_tab_is_reached_from_the_page_it_belongs_to(alice: Member, survey: Survey) -> None:
    here = f'href="/o/acme/surveys/{survey.public_id}/'
    responses, settings = markup(alice, survey, "responses/"), markup(alice, survey, "")
    assert f"{here}import/" in responses and f"{here}exports/" in responses
    assert f"{here}weighting/" in settings and f"{here}edit/" in settings


@pytest.mark.parametrize("rest", ["import/", "exports/", "weighting/", "links/", "compare/", ""])
def test_every_page_of_a_survey_marks_one_tab(alice: Member, survey: Survey, rest: str) -> None:
    stored(survey, month(survey, "2026-01"))
    tabs = markup(alice, survey, rest).split('<nav class="tabs"')[1].split("</nav>")[0]
    assert tabs.count('aria-current="page"') == 1
