"""The mails that tell of alerts: plain text, in the recipient's language, without a comment unless wanted."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from surveys.follow_up.alerts import comments, link, tells_comment
from surveys.models import AlertMail
from surveys.outgoing.deliveries import Channel, send_due
from surveys.outgoing.posting import NotDelivered
from surveys.words.scores import Rating, ratings_of


def send_waiting() -> int:
    """Send what is due; returns how many were taken."""
    waiting = AlertMail.objects.select_related(
        "member__user", "alert__rule", "alert__follow_up", "alert__response__period",
        "alert__response__survey__organisation",
    )  # fmt: skip
    channel = Channel(
        messages=waiting,
        organisation="member__organisation",
        group=("member",),
        send=send,
        together=lambda _group: 1,
    )
    return send_due(channel)


def send(mails: Sequence[AlertMail]) -> None:
    """Raises NotDelivered where the member may not read responses any more."""
    (mail,) = mails
    member = mail.member
    if not (member.may_edit and member.user.is_active):
        raise NotDelivered("The member may not read responses any more.")
    with translation.override(member.user.language):
        _message(mail).send()


def _message(mail: AlertMail) -> EmailMessage:
    alert, survey = mail.alert, mail.alert.response.survey
    rating = ratings_of(survey, mail.member.user.language).get(alert.item)
    said = _said(rating, alert.score)
    # One line: a header takes no other, whatever somebody called the survey.
    subject = " ".join((_("Alert: %(score)s – %(survey)s") % {"score": said, "survey": survey.name}).split())
    context = {
        "survey": survey.name,
        "question": rating.text if rating else alert.item,
        "score": said,
        "period": alert.response.period,
        "comments": comments(alert) if tells_comment(alert) else [],
        "link": link(alert),
    }
    body = render_to_string("surveys/follow_up/alert_mail.txt", context)
    message_id = f"<{mail.public_id}@{urlsplit(settings.PUBLIC_URL).hostname}>"  # the same at every try
    return EmailMessage(subject, body, None, [mail.member.user.email], headers={"Message-ID": message_id})


def _said(rating: Rating | None, score: int) -> str:
    return rating.said(score) if rating else str(score)
