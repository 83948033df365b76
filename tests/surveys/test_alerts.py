"""Alerts: each matching response opens one, whoever looks how often, and everybody is told once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from surveys.follow_up import rules
from surveys.follow_up.alerts import look, open_alert, raise_alerts
from surveys.follow_up.changes import close
from surveys.follow_up.selectors import alerts_of, open_alerts
from surveys.models import Alert, AlertMail, AlertRule, FollowUp, Member, Response, Survey
from surveys.outgoing import webhooks
from surveys.responses.exclusions import exclude
from tests.cast import draft, joined, owner_of, signed_in
from tests.surveys.alert_cast import detractors_of, just_wrote
from tests.surveys.endpoints import everything
from tests.surveys.test_withdrawing import take_back
from tests.surveys.words_cast import handed_in, recommending

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return recommending(alice, privacy="confidential")


@pytest.fixture
def rule(survey: Survey, alice: Member) -> AlertRule:
    return detractors_of(survey, alice)


def test_a_low_answer_opens_one_alert_however_often_it_is_looked_at(survey: Survey, rule: AlertRule) -> None:
    handed_in(survey, 3)
    assert raise_alerts() == 1 and raise_alerts() == 0
    alert = Alert.objects.get()
    assert (alert.score, alert.item, alert.follow_up.state) == (3, "nps.score", "new")
    assert AlertMail.objects.get().state == "waiting"


@pytest.mark.parametrize("score", [7, 10, None, "dk", "na", "hidden"])
def test_no_other_answer_opens_one(survey: Survey, rule: AlertRule, score: Any) -> None:
    just_wrote(survey, score=score)
    assert raise_alerts() == 0


@pytest.mark.parametrize("score", [0, 6])
def test_the_ends_belong_to_the_rule(survey: Survey, rule: AlertRule, score: int) -> None:
    just_wrote(survey, score=score)
    assert raise_alerts() == 1


def test_answers_that_are_no_news_open_none(survey: Survey, rule: AlertRule) -> None:
    just_wrote(survey, finished_at=rule.since - timedelta(seconds=1))
    just_wrote(survey, origin="import")
    just_wrote(survey, state="started", finished_at=None)
    exclude(just_wrote(survey), "a test", None)
    assert raise_alerts() == 0
    just_wrote(survey)
    Survey.objects.update(is_simulated=True)
    assert raise_alerts() == 0
    Survey.objects.update(is_simulated=False)
    AlertRule.objects.update(is_active=False)
    assert raise_alerts() == 0


def test_what_was_committed_late_is_found_though_later_answers_were_seen(
    survey: Survey, rule: AlertRule
) -> None:
    just_wrote(survey)
    assert raise_alerts() == 1
    just_wrote(survey, finished_at=timezone.now() - timedelta(minutes=5))
    assert raise_alerts() == 1
    rule.refresh_from_db()
    assert rule.looked_until > timezone.now() - timedelta(minutes=1)


def test_where_nobody_looked_for_days_nothing_is_forgotten(survey: Survey, rule: AlertRule) -> None:
    days_ago = timezone.now() - timedelta(days=4)
    AlertRule.objects.update(since=days_ago, looked_until=days_ago)
    just_wrote(survey, finished_at=timezone.now() - timedelta(days=3))
    assert raise_alerts() == 1


def test_a_changed_rule_is_about_answers_that_come_then(survey: Survey, rule: AlertRule) -> None:
    just_wrote(survey, score=7)
    before = rules.deciding(rule)
    rule.highest = 8
    rules.keep(rule, survey, before)
    assert raise_alerts() == 0
    just_wrote(survey, score=7)
    assert raise_alerts() == 1


def test_two_rules_open_two_alerts_on_one_follow_up(survey: Survey, rule: AlertRule) -> None:
    AlertRule.objects.create(survey=survey, item="nps.score", lowest=0, highest=3, since=rule.since)
    just_wrote(survey)
    assert raise_alerts() == 2 and FollowUp.objects.count() == 1
    assert open_alerts([survey.pk]) == {survey.pk: 2}


@pytest.mark.django_db(transaction=True)
def test_many_who_look_at_once_open_one(survey: Survey, rule: AlertRule) -> None:
    just_wrote(survey)

    def look_at_it(_: int) -> int:
        try:
            return look(AlertRule.objects.select_related("survey__organisation").get())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(look_at_it, range(4))) == 1
    assert Alert.objects.count() == AlertMail.objects.count() == FollowUp.objects.count() == 1


def test_a_response_withdrawn_in_between_opens_none(survey: Survey, rule: AlertRule) -> None:
    response = just_wrote(survey)
    Response.objects.all().delete()
    assert not open_alert(rule, response) and not Alert.objects.exists()


# -- erasing (S40)


def test_taking_answers_back_erases_what_was_said_about_them(
    survey: Survey, rule: AlertRule, alice: Member
) -> None:
    webhook, _secret = webhooks.add(survey, "https://hooks.example.org/")
    AlertRule.objects.update(tells_comment=True, webhook=webhook)
    code = handed_in(survey, 3, "Only I could have written this")
    raise_alerts()
    close(FollowUp.objects.get(), "She is Ann of Elm Street", alice.user)
    assert all(trace in repr(everything()) for trace in ("Only I could", "Elm Street", "alert.opened"))
    assert take_back(code).status_code == 200
    left = repr(everything())
    assert not any(trace in left for trace in ("Only I could", "Elm Street", "alert.opened"))
    assert not Alert.objects.exists() and not AlertMail.objects.exists()


# -- lists


def test_counts_and_lists_follow_the_state(survey: Survey, rule: AlertRule, alice: Member) -> None:
    for _again in range(3):
        just_wrote(survey)
    raise_alerts()
    first, second, third = alerts_of(survey)
    close(first.follow_up, "done", alice.user)
    FollowUp.objects.filter(pk=second.follow_up_id).update(owner=alice)
    assert open_alerts([survey.pk, 0]) == {survey.pk: 2} and open_alerts([]) == {}
    assert list(alerts_of(survey, "open")) == [second, third]
    assert list(alerts_of(survey, "assigned")) == [second] and list(alerts_of(survey, "closed")) == [first]


@pytest.mark.words
def test_alerts_of_an_anonymous_survey_stand_in_no_order_of_time_and_without_one(
    survey: Survey, rule: AlertRule, alice: Member
) -> None:
    Survey.objects.update(privacy="anonymous")
    for score in (0, 1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1):
        just_wrote(survey, score=score)
    raise_alerts()
    survey.refresh_from_db()
    in_time = list(Alert.objects.order_by("pk"))
    assert set(alerts_of(survey)) == set(in_time) and list(alerts_of(survey)) not in (in_time, in_time[::-1])
    today = timezone.now().date().isoformat()
    client, api = signed_in(alice), f"/api/v1/organisations/acme/surveys/{survey.public_id}/alerts/"
    for answer in (client.get(f"/o/acme/surveys/{survey.public_id}/alerts/"), client.get(api)):
        assert answer.status_code == 200 and today not in answer.content.decode()


@pytest.mark.words
@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_the_pages_of_a_draft_are_there(alice: Member, role: str) -> None:
    survey, member = draft(alice), alice if role == "owner" else joined(alice, "vera@example.org", role)
    address = f"/o/acme/surveys/{survey.public_id}/"
    asked = ["words/", "alerts/", "alerts/rules/"] if role == "owner" else ["words/"]
    assert [signed_in(member).get(address + page).status_code for page in asked] == [200] * len(asked)
