"""What a link tells of the segments that it is not for, and what its maker is told before it is made."""

import re
from typing import Any

import pytest
from django.test import Client

from indices.comparing import segment_differences
from indices.models import SegmentComparability
from surveys.models import Member, Survey
from tests.cast import REGION, owner_of, published, signed_in
from tests.indices.report_cast import stored_run
from tests.indices.score_cast import add_answers, nps_rows, survey_of, worked
from tests.indices.share_cast import month, released_month, stored
from tests.indices.test_sharing import asked_for, links_page, opened, shared

pytestmark = [pytest.mark.django_db, pytest.mark.words]
SHARES = [
    {"margin": "region", "value": one, "n": n, "population": 0.5, "sample": n / 420, "weighted": 0.5}
    for one, n in (("north", 203), ("south", 217))
]
WEIGHTING: dict[str, Any] = {
    "n": 420,
    "deff": 1.1,
    "n_effective": 180.0,
    "smallest": 200,
    "least": 0.9,
    "largest": 1.2,
    "shares": SHARES,
    "lacking": {},
}


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def regions(alice: Member) -> Survey:
    """Everybody and two regions of one month, compared with each other and weighted."""
    survey = published(alice, segments=[REGION])
    period = month(survey, "2026-01")
    runs = [
        stored_run(survey, period, n=420, satisfaction=66.6),
        stored_run(survey, period, "region:north", n=203, satisfaction=61.1),
        stored_run(survey, period, "region:south", n=217, satisfaction=72.2),
    ]
    for run in runs:
        run.settings["weighting"] = WEIGHTING
        run.save()
    segment_differences.renew(runs[2])
    SegmentComparability.objects.create(
        survey=survey, period=period, measurement_key=runs[0].measurement_key, question="region",
        verdict="full", groups=[{"group": f"region:{one}", "n": 200} for one in ("north", "south")],
    )  # fmt: skip
    return survey


def test_a_link_to_a_segment_tells_nothing_of_the_others(alice: Member, regions: Survey) -> None:
    page = opened(shared(regions, alice, segment="region:north", released_only=False))
    assert "61.1" in page and "The design effect is 1.10" in page
    for other in ("South", "72.2", "217", "the segments measure the same", "Shares before and after"):
        assert other not in page


def test_a_link_to_everybody_sets_the_segments_beside_each_other(alice: Member, regions: Survey) -> None:
    page = opened(shared(regions, alice, released_only=False))
    for one in ("66.6", "61.1", "72.2", "South", "the segments measure the same", "Shares before and after"):
        assert one in page


def test_a_link_to_a_segments_score_tells_nothing_of_the_others(alice: Member) -> None:
    survey = survey_of(alice, "nps", segments=[REGION])
    for region, rows in (("north", nps_rows(30, 20, 10)), ("south", nps_rows(10, 20, 33))):
        add_answers(survey, "2026-01", rows, region)
    for segment in ("", "region:north", "region:south"):
        worked(survey, "nps", "2026-01", segment)
    asked: dict[str, Any] = {"measure": "nps", "released_only": False}
    assert "South" in opened(shared(survey, alice, **asked))
    page = opened(shared(survey, alice, **asked, segment="region:north"))
    assert "33.3" in page and "South" not in page and "36.5" not in page


def form_from(client: Client, survey: Survey, asked: str) -> str:
    """The form that the report at this address leads to."""
    report = opened(f"/o/acme/surveys/{survey.public_id}/report/?{asked}", client)
    found = re.search(r'href="([^"]*/report/links/[^"]*)">Share this report', report)
    assert found
    return opened(found[1], client)


def test_the_form_stands_at_what_the_report_showed(alice: Member) -> None:
    survey = published(alice, segments=[REGION], rolling=2)
    newest = released_month(survey, "2026-02")
    for period in (released_month(survey, "2026-01"), newest):
        stored(period, 71.3)
    stored(newest, 55.5, 100, "region:north")
    client = signed_in(alice)
    page = form_from(client, survey, f"period={newest.public_id}&segment=region:north")
    assert f'<option value="{newest.public_id}" selected>' in page
    assert '<option value="region:north" selected>' in page
    page = form_from(client, survey, "segment=region:north&window=1")
    assert f'<option value="{newest.public_id}">' in page  # nobody chose it: always the newest
    assert '<option value="region:north" selected>' in page
    page = opened(f"{links_page(survey)}?window=2&segment=region:west&measure=nps", client)
    assert '<option value="2" selected>' in page and 'value="ecsi"' in page and "nps" not in page


def test_the_form_says_what_the_link_would_show_now(alice: Member) -> None:
    survey = published(alice, segments=[REGION])
    closed, address = month(survey, "2026-02"), links_page(survey)
    stored(closed, 77.7)
    client = signed_in(alice)
    nothing = "it would show now: <strong>nothing yet: no such figures have been released"
    assert nothing in opened(address, client)
    stored(released_month(survey, "2026-01"), 71.3)
    assert "it would show now: <strong>2026-01<" in opened(address, client)
    assert nothing in opened(f"{address}?period={closed.public_id}", client)
    assert nothing in opened(f"{address}?segment=region:north", client)
    made = client.post(address, asked_for(period=closed.public_id)).content.decode()
    assert "It shows now: 2026-02" in made and f'<option value="{closed.public_id}" selected>' in made
