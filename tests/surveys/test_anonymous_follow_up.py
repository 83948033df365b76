"""Following up in an anonymous survey joins nothing: no two comments, no alert and its words."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from surveys.follow_up.alerts import raise_alerts
from surveys.models import Alert, AlertRule, FollowUp, Member, Response, Survey
from tests.cast import owner_of, signed_in
from tests.surveys.words_cast import month, recommending, wrote

pytestmark = [pytest.mark.django_db, pytest.mark.words]
API = "/api/v1/organisations/acme/surveys/"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return recommending(alice, privacy="anonymous")


@pytest.fixture
def twice(survey: Survey) -> Response:
    """Somebody who wrote two comments, and gave a score that calls for attention."""
    march = month(survey, "2026-03", timezone.localdate())
    found = wrote(survey, "The first text", 3, finished_at=timezone.now(), period=march)
    found.texts.create(code="own.wish", text="The second text")
    return found


def page_of(member: Member, own: FollowUp) -> str:
    address = f"/o/acme/surveys/{own.response.survey.public_id}/follow-up/{own.public_id}/"
    return signed_in(member).get(address).content.decode()


def alerted(survey: Survey) -> Alert:
    at = timezone.now() - timedelta(hours=1)
    AlertRule.objects.create(survey=survey, item="nps.score", lowest=0, highest=6, since=at, looked_until=at)
    raise_alerts()
    return Alert.objects.get()


def begun(member: Member, survey: Survey, text: Any) -> Any:
    address = f"{API}{survey.public_id}/comments/{text.public_id}/follow-up/"
    return signed_in(member).post(address).json()


def test_a_comment_leads_to_itself_and_to_nothing_else(
    alice: Member, survey: Survey, twice: Response
) -> None:
    alert = alerted(survey)
    first, second = twice.texts.order_by("pk")
    one, other = begun(alice, survey, first), begun(alice, survey, second)
    assert one == begun(alice, survey, first)  # one for each comment, however often it is asked for
    assert len({one["id"], other["id"], alert.follow_up.public_id}) == 3
    assert one["comments"] == [first.public_id] and other["comments"] == [second.public_id]
    page = page_of(alice, FollowUp.objects.get(public_id=one["id"]))
    assert "The first text" in page and "2026-03" in page
    assert not any(other in page for other in ("second", "North", "of 10", "The newest", "only the score"))


def test_an_alert_shows_its_score_and_period_and_no_words(
    alice: Member, survey: Survey, twice: Response
) -> None:
    alert = alerted(survey)
    page = page_of(alice, alert.follow_up)
    assert "3 of 10" in page and "2026-03" in page and "nothing that was written" in page
    assert not any(told in page for told in ("The first", "The second", "North", "Nothing was written"))
    (listed,) = signed_in(alice).get(f"{API}{survey.public_id}/alerts/").json()["results"]
    assert listed["follow_up"]["comments"] == []


def test_the_comments_say_which_of_them_is_followed_up_and_no_other(
    alice: Member, survey: Survey, twice: Response
) -> None:
    first, second = twice.texts.order_by("pk")
    alerted(survey)
    own = begun(alice, survey, first)["id"]
    listed = signed_in(alice).get(f"{API}{survey.public_id}/comments/").json()["results"]
    assert {one["id"]: one["follow_up"] for one in listed} == {first.public_id: own, second.public_id: None}
