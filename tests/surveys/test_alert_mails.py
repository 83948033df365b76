"""Mails and messages that tell of alerts: when they come, what they tell, and what they do not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from surveys import tasks
from surveys.follow_up import mails
from surveys.follow_up.alerts import raise_alerts, told_at
from surveys.models import Alert, AlertMail, AlertRule, FollowUp, Member, Response, Survey, WebhookDelivery
from surveys.outgoing import addresses, posting, retention, webhooks
from tests.cast import joined, owner_of
from tests.surveys.alert_cast import detractors_of, just_wrote
from tests.surveys.words_cast import HOSTILE, recommending

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


def test_the_mail_says_score_survey_and_period_in_the_recipients_language_and_no_comment(
    survey: Survey, rule: AlertRule, alice: Member
) -> None:
    Survey.objects.update(name="Customers\n<b>&{{7*7}}")
    alice.user.language = "zh-hant"
    alice.user.save()
    just_wrote(survey, "The secret comment", period=survey.periods.create(name="2026-03"))
    tasks.raise_alerts()
    tasks.send_alert_mails()
    tasks.send_alert_mails()
    (sent,) = mail.outbox
    assert sent.to == ["alice@example.org"] and "secret comment" not in sent.body + sent.subject
    assert "3" in sent.subject and "\n" not in sent.subject and "<b>&{{7*7}}" in sent.subject
    assert "2026-03" in sent.body and "<b>&{{7*7}}" in sent.body and "推薦" in sent.body
    address = f"http://127.0.0.1:8000/o/acme/surveys/{survey.public_id}/follow-up/"
    assert f"{address}{FollowUp.objects.get().public_id}/" in sent.body
    assert AlertMail.objects.get().state == "done"


@pytest.mark.parametrize(("privacy", "is_told"), [("confidential", True), ("anonymous", False)])
def test_a_comment_is_told_where_the_rule_says_so_and_the_survey_is_not_anonymous(
    survey: Survey, rule: AlertRule, privacy: str, is_told: bool
) -> None:
    Survey.objects.update(privacy=privacy)
    webhook, _secret = webhooks.add(survey, "https://hooks.example.org/")
    AlertRule.objects.update(tells_comment=True, webhook=webhook)
    just_wrote(survey, HOSTILE)
    raise_alerts()
    all_due()
    mails.send_waiting()
    assert (HOSTILE in mail.outbox[0].body) == is_told and mail.outbox[0].content_subtype == "plain"
    assert (HOSTILE in json.dumps(WebhookDelivery.objects.get().payload)) == is_told


def test_who_may_not_read_responses_any_more_is_not_mailed(
    survey: Survey, rule: AlertRule, alice: Member
) -> None:
    bob, carol = joined(alice, "bob@example.org", "analyst"), joined(alice, "carol@example.org", "viewer")
    rule.recipients.add(bob, carol)
    just_wrote(survey)
    raise_alerts()
    Member.objects.filter(pk=bob.pk).update(role="viewer")
    mails.send_waiting()
    assert [sent.to for sent in mail.outbox] == [["alice@example.org"]]
    alice.delete()
    assert not AlertMail.objects.filter(state="done").exists()


def test_a_mail_server_that_is_away_loses_no_mail(survey: Survey, rule: AlertRule, settings: Any) -> None:
    just_wrote(survey)
    raise_alerts()
    settings.EMAIL_BACKEND, backend = "django.core.mail.backends.smtp.EmailBackend", settings.EMAIL_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert mails.send_waiting() == 0
    waiting = AlertMail.objects.get()
    assert (waiting.state, waiting.attempts, waiting.problem) == ("waiting", 1, "ConnectionRefusedError")
    settings.EMAIL_BACKEND = backend
    assert mails.send_waiting() == 0  # not before its time
    AlertMail.objects.update(next_try_at=timezone.now())
    assert mails.send_waiting() == 1 and len(mail.outbox) == 1


def told_a_while_ago() -> None:
    AlertMail.objects.filter(state="done").update(done_at=timezone.now() - mails.APART)


def all_due() -> None:
    for kind in (AlertMail, WebhookDelivery):
        kind.objects.filter(state="waiting").update(next_try_at=timezone.now())


def test_what_comes_within_a_minute_is_told_in_one_mail(survey: Survey, rule: AlertRule) -> None:
    for score in (4, 2, 6):
        just_wrote(survey, score=score)
        raise_alerts()
        mails.send_waiting()
    assert [sent.subject for sent in mail.outbox] == [f"Alert: 4 of 10 – {survey.name}"]
    just_wrote(survey, score=0, segments={"region": "south"}, period=survey.periods.create(name="2026-03"))
    raise_alerts()
    told_a_while_ago()
    assert mails.send_waiting() == 3 and mails.send_waiting() == 0
    sent = mail.outbox[1]
    assert sent.subject == f"3 new alerts, lowest score 0 of 10 – {survey.name}"
    for line in ("Lowest score: 0 of 10", "Segment: North, South", "Open alerts of the survey: 4", "2026-03"):
        assert line in sent.body
    assert f"/o/acme/surveys/{survey.public_id}/alerts/\n" in sent.body and "follow-up/" not in sent.body


def test_each_member_and_question_has_its_own_mail(survey: Survey, rule: AlertRule, alice: Member) -> None:
    rule.recipients.add(joined(alice, "bob@example.org", "analyst"))
    for _again in range(2):
        just_wrote(survey)
    raise_alerts()
    Alert.objects.filter(pk=Alert.objects.order_by("pk")[0].pk).update(item="nps.other")
    assert mails.send_waiting() == 4
    assert sorted(sent.to[0] for sent in mail.outbox) == ["alice@example.org"] * 2 + ["bob@example.org"] * 2


def test_what_comes_while_a_server_is_away_is_told_with_what_waits(
    survey: Survey, rule: AlertRule, settings: Any
) -> None:
    settings.EMAIL_BACKEND, backend = "no.such.Backend", settings.EMAIL_BACKEND
    for _again in range(3):
        just_wrote(survey)
        raise_alerts()
        assert mails.send_waiting() == 0
    assert sorted(AlertMail.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    settings.EMAIL_BACKEND = backend
    all_due()
    assert mails.send_waiting() == 3 and len(mail.outbox) == 1


@pytest.mark.parametrize("state", ["done", "failed", "waiting"])
def test_mails_that_are_long_over_are_deleted(survey: Survey, rule: AlertRule, state: str) -> None:
    just_wrote(survey)
    raise_alerts()
    long_ago = timezone.now() - retention.KEPT - timedelta(hours=1)
    AlertMail.objects.update(state=state, next_try_at=long_ago, done_at=long_ago if state == "done" else None)
    tasks.forget_finished()
    assert AlertMail.objects.exists() == (state == "waiting") and Alert.objects.exists()


# -- anonymous surveys


@pytest.mark.parametrize(
    ("zone", "now", "at"),
    [
        ("UTC", "2026-03-02T07:59:59", "2026-03-02T08:00"),
        ("UTC", "2026-03-02T08:00", "2026-03-03T08:00"),
        ("Asia/Shanghai", "2026-03-01T23:59", "2026-03-02T00:00"),
        ("Asia/Shanghai", "2026-03-02T00:00", "2026-03-03T00:00"),
        ("Europe/Berlin", "2026-03-28T12:00", "2026-03-29T06:00"),  # summer time begins
    ],
)
def test_of_an_anonymous_survey_is_told_on_the_next_morning(
    survey: Survey, zone: str, now: str, at: str
) -> None:
    survey.privacy, survey.organisation.time_zone = "anonymous", zone
    asked, expected = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (now, at))
    assert told_at(survey, asked) == expected
    survey.privacy = "confidential"
    assert told_at(survey, asked) == asked


def test_of_an_anonymous_survey_nothing_is_told_but_how_many_alerts_there_are(
    survey: Survey, rule: AlertRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    Survey.objects.update(privacy="anonymous")
    webhook, _secret = webhooks.add(survey, "https://hooks.example.org/")
    AlertRule.objects.update(tells_comment=True, webhook=webhook)
    for score in (5, 1, 4):
        just_wrote(survey, HOSTILE, score=score, period=survey.periods.create(name=f"p{score}"))
        raise_alerts()
    posted: list[Any] = []
    monkeypatch.setattr(posting, "post", lambda _target, _address, body, headers: posted.append(body))
    monkeypatch.setattr(addresses, "resolved", lambda _target: "192.0.2.1")
    assert mails.send_waiting() == webhooks.send_waiting() == 0  # not before the morning
    assert webhooks.with_states(survey)[0].waiting == 0
    all_due()
    assert mails.send_waiting() == webhooks.send_waiting() == 3
    (sent,), (body,) = mail.outbox, map(json.loads, posted)
    link = f"http://127.0.0.1:8000/o/acme/surveys/{survey.public_id}/alerts/"
    assert sent.subject == f"3 new alerts – {survey.name}" and link + "\n" in sent.body
    assert body["event"] == "alerts.opened"
    assert body["data"] == {"survey": survey.public_id, "new": 3, "link": link}
    said = sent.body + json.dumps(body)
    responses = Response.objects.values_list("follow_ups__public_id", "alerts__public_id")
    secrets = [*(one for pair in responses for one in pair), HOSTILE, "of 10", "North", "p5"]
    assert not any(secret in said for secret in secrets)
