"""The mails that tell of alerts: plain text, in the recipient's language, without a comment unless wanted.

A member gets one a minute at most about one question of a survey; what comes meanwhile is told together. Of
an anonymous survey it is told how many alerts there are, and nothing else, once a day (see
`surveys.follow_up.alerts.told_at`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.follow_up.alerts import comments, is_confidential, link, link_to_all, tells_comment
from surveys.follow_up.selectors import open_alerts
from surveys.forms.responses import segment_labels
from surveys.models import Alert, AlertMail, Survey
from surveys.outgoing.deliveries import MOST_TOGETHER, Channel, Group, id_of, send_due
from surveys.outgoing.posting import NotDelivered
from surveys.words.scores import Rating, ratings_of

APART = timedelta(minutes=1)
GROUP = ("member", "alert__response__survey", "alert__item")
MOST_COMMENTS = 20


def send_waiting() -> int:
    """Send what is due; returns of how many alerts was told."""
    waiting = AlertMail.objects.select_related(
        "member__user", "alert__rule", "alert__follow_up", "alert__response__period",
        "alert__response__survey__organisation",
    )  # fmt: skip
    channel = Channel(
        messages=waiting,
        organisation="member__organisation",
        group=GROUP,
        send=send,
        together=lambda _group: MOST_TOGETHER,
        held_back=_just_told,
    )
    return send_due(channel)


def _just_told(now: datetime) -> set[Group]:
    """Who was told a moment ago, or is to be told once more when a server that failed has had its pause."""
    told = Q(done_at__gt=now - APART)
    pausing = Q(state=AlertMail.State.WAITING, attempts__gt=0, next_try_at__gt=now)
    return set(AlertMail.objects.filter(told | pausing).values_list(*GROUP))


def send(mails: Sequence[AlertMail]) -> None:
    """One mail of them all, which are one member's and about one question. Raises NotDelivered where the
    member may not read responses any more."""
    member = mails[0].member
    if not (member.may_edit and member.user.is_active):
        raise NotDelivered("The member may not read responses any more.")
    with translation.override(member.user.language):
        news = _News.of(mails)
        message_id = f"<{id_of(mails)}@{urlsplit(settings.PUBLIC_URL).hostname}>"  # the same at every try
        body = render_to_string("surveys/follow_up/alert_mail.txt", news.context())
        EmailMessage(
            news.subject(), body, None, [member.user.email], headers={"Message-ID": message_id}
        ).send()


@dataclass(frozen=True)
class _News:
    survey: Survey
    alerts: Sequence[Alert]
    rating: Rating | None
    language: str

    @classmethod
    def of(cls, mails: Sequence[AlertMail]) -> "_News":
        alerts, language = [one.alert for one in mails], mails[0].member.user.language
        survey = alerts[0].response.survey
        return cls(survey, alerts, ratings_of(survey, language).get(alerts[0].item), language)

    @property
    def is_told(self) -> bool:
        """Whether more than their number is."""
        return is_confidential(self.survey)

    @property
    def score(self) -> str:
        """The lowest."""
        lowest = min(alert.score for alert in self.alerts)
        return self.rating.said(lowest) if self.rating else str(lowest)

    def subject(self) -> str:
        n, told = len(self.alerts), {"survey": self.survey.name, "n": len(self.alerts), "score": self.score}
        if not self.is_told:
            said = ngettext("%(n)d new alert – %(survey)s", "%(n)d new alerts – %(survey)s", n)
        elif n == 1:
            said = _("Alert: %(score)s – %(survey)s")
        else:
            said = _("%(n)d new alerts, lowest score %(score)s – %(survey)s")
        return " ".join((said % told).split())  # a header takes one line, whatever the survey is called

    def context(self) -> dict[str, Any]:
        only = self.alerts[0] if self.is_told and len(self.alerts) == 1 else None
        told = {
            "survey": self.survey.name,
            "question": self.rating.text if self.rating else self.alerts[0].item,
            "n": len(self.alerts),
            "only": only,
            "is_told": self.is_told,
            "link": link(only) if only else link_to_all(self.survey),
        }
        return told | self._details() if self.is_told else told

    def _details(self) -> dict[str, Any]:
        labels = segment_labels(self.survey, self.language)
        segments = [pair for alert in self.alerts for pair in alert.response.segments.items()]
        written = [alert for alert in self.alerts if tells_comment(alert)]
        return {
            "score": self.score,
            "periods": _names(str(alert.response.period or "") for alert in self.alerts),
            "segments": _names(labels.get(f"{code}:{option}", option) for code, option in segments),
            "comments": [text for alert in written[:MOST_COMMENTS] for text in comments(alert)],
            "open": open_alerts([self.survey.pk]).get(self.survey.pk, 0),
        }


def _names(found: Any) -> str:
    """Each once, in the order in which they come."""
    return ", ".join(dict.fromkeys(name for name in found if name)) or "–"
