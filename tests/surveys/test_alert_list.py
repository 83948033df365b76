"""The list of alerts tells one from another, and says no more than may be known."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from surveys.follow_up.alerts import raise_alerts
from surveys.models import AlertRule, Member, Survey
from surveys.words.shortening import shortened
from tests.cast import draft, owner_of, signed_in
from tests.surveys.words_cast import HOSTILE, month, recommending, wrote

pytestmark = [pytest.mark.django_db, pytest.mark.words]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return recommending(alice, privacy="confidential")


def rule(survey: Survey, lowest: int, highest: int) -> None:
    at = timezone.now() - timedelta(hours=1)
    fields: dict[str, Any] = {"item": "nps.score", "since": at, "looked_until": at}
    AlertRule.objects.create(survey=survey, lowest=lowest, highest=highest, **fields)


def listed(member: Member, survey: Survey) -> tuple[list[str], str]:
    """What the links to follow-ups say, and the whole page."""
    page = signed_in(member).get(f"/o/acme/surveys/{survey.public_id}/alerts/").content.decode()
    links = re.findall(r'<a href="[^"]*/follow-up/[^"]*">(.*?)</a>', page, re.S)
    return [" ".join(html.unescape(re.sub("<[^>]+>", "", one)).split()) for one in links], page


def test_each_leads_with_its_score_its_segment_and_what_was_written(alice: Member, survey: Survey) -> None:
    rule(survey, 0, 6)
    wrote(survey, f"Nobody answered {HOSTILE}", 3, finished_at=timezone.now())
    wrote(survey, "", 0, finished_at=timezone.now(), segments={"region": "south"})
    raise_alerts()
    links, page = listed(alice, survey)
    assert "0 of 10 South" in links and any(one.startswith("3 of 10 North: Nobody") for one in links)
    assert "<img" not in page and "recommend" not in page  # the only rule goes without saying
    rule(survey, 0, 2)
    assert "recommend" in listed(alice, survey)[1]


def test_of_an_anonymous_survey_it_shows_score_and_period_alone(alice: Member, survey: Survey) -> None:
    Survey.objects.update(privacy="anonymous")
    rule(survey, 0, 6)
    march = month(survey, "2026-03", timezone.localdate())
    wrote(survey, "Nobody answered", 3, finished_at=timezone.now(), period=march)
    raise_alerts()
    links, page = listed(alice, survey)
    assert links == ["3 of 10 2026-03"] and "Nobody" not in page and "North" not in page


@pytest.mark.parametrize(
    ("text", "longest", "short"),
    [
        ("short enough", 12, "short enough"),
        ("a few words to be cut", 12, "a few words…"),
        ("a few words, to be cut", 13, "a few words…"),
        ("two\n lines", 20, "two lines"),
        ("等待時間實在太長了沒有人理我", 8, "等待時間實在太…"),
        ("OK 等待時間實在太長了沒有人理我", 8, "OK 等待時間…"),
        ("Donaudampfschifffahrt", 8, "Donauda…"),
    ],
)
def test_a_long_text_is_cut_between_words(text: str, longest: int, short: str) -> None:
    assert shortened(text, longest) == short


def test_what_is_not_published_has_no_words_and_its_rules_say_so(alice: Member, survey: Survey) -> None:
    client, own = signed_in(alice), draft(alice)
    page = client.get(f"/o/acme/surveys/{own.public_id}/alerts/rules/").content.decode()
    assert "not published yet" in page and "The published survey" not in page
    assert f"/o/acme/surveys/{own.public_id}/words/" not in page
    page = client.get(f"/o/acme/surveys/{survey.public_id}/alerts/rules/").content.decode()
    assert "not published yet" not in page and f"/o/acme/surveys/{survey.public_id}/words/" in page
