"""Trying a mailing out: its texts go to who asks for it, and to nobody else."""

from django.core.mail import get_connection

from surveys import limits
from surveys.mailings.message import trial_message
from surveys.models import Mailing, User

KIND = "trial"


class TooMany(Exception):
    """This person had many test mails sent within a short time."""


def send_trials(mailing: Mailing, to: User, address: str) -> int:
    """One mail for every text; returns how many. `address` is from where it is asked for.

    Raises TooMany, and OSError or SMTPException if the mail server does not take them.
    """
    if limits.is_over(KIND, to.email, address):
        raise TooMany
    limits.note(KIND, to.email, address)
    again = mailing.reminder()
    mails = [trial_message(mailing, language, to.name, to.email) for language in mailing.texts]
    mails += [trial_message(again, language, to.name, to.email) for language in mailing.reminder_texts]
    with get_connection() as connection:
        connection.send_messages(mails)
    return len(mails)
