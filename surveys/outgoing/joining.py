"""The mail that invites somebody to an organisation: plain text, in the language of who invites."""

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.db import models
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.models import Member

log = logging.getLogger(__name__)


class Sent(models.TextChoices):
    """What became of the mail."""

    SENT = "sent", gettext_lazy("The invitation was sent to %s.")
    FAILED = "failed", gettext_lazy("The mail to %s could not be sent: give the person this link yourself.")
    NONE = (
        "none",
        gettext_lazy(
            "No mail was sent to %s, as this service sends none: give the person this link yourself."
        ),
    )


def mail_invitation(by: Member, email: str, role: str, link: str) -> Sent:
    """Send it at once and not by the queue, which would keep the link that nobody else may know."""
    if not settings.MAILS_LEAVE:
        return Sent.NONE
    with translation.override(by.user.language):
        # One line: a header takes no other, whatever somebody called the organisation.
        subject = " ".join((_("Invitation to %s on Barometer") % by.organisation.name).split())
        context = {
            "by": by.user,
            "organisation": by.organisation.name,
            "role": Member.Role(role).label,
            "link": link,
            "days": settings.MEMBER_INVITATION_DAYS,
        }
        body = render_to_string("surveys/accounts/invitation_mail.txt", context)
    try:
        send_mail(subject, body, None, [email])
    except OSError:
        log.exception("an invitation could not be mailed")
        return Sent.FAILED
    return Sent.SENT
