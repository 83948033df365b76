"""What a contact was invited to, and what became of each invitation.

In an anonymous survey nobody is told whether this person opened, began or handed in the questionnaire. How
many mails went out would tell it too, since only those are reminded who have not handed in: so neither that
nor when the next one is due is told of a single person.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from surveys.models import Contact, Mailing, Recipient, Response, Survey
from surveys.models.mailing import RecipientState
from surveys.responses.ids import response_id


class Invited(NamedTuple):
    """`opened`, `started` and `finished` are None in an anonymous survey; `problem` is what a mail server
    said that refused the invitation or sent it back; `response` is the id of what was answered by it, None
    where nothing was finished, and in an anonymous survey."""

    survey: Survey
    mailing: Mailing
    state: RecipientState
    problem: str
    opened: bool | None
    started: bool | None
    finished: bool | None
    response: str | None

    @property
    def send_at(self) -> datetime:
        return self.mailing.send_at


def invitations_of(contact: Contact) -> list[Invited]:
    """The latest first."""
    rows = contact.recipients.select_related("mailing__survey", "invitation")
    answers = Response.objects.filter(
        invitation__recipient__contact=contact,
        state=Response.State.FINISHED,
        survey__privacy=Survey.Privacy.CONFIDENTIAL,
    )
    by_link = dict(answers.values_list("invitation", "pk"))
    return [_told(one, by_link) for one in rows.order_by("-mailing__send_at", "-pk")]


def _told(recipient: Recipient, answers: Mapping[int, int]) -> Invited:
    survey, link, state = recipient.mailing.survey, recipient.invitation, RecipientState(recipient.state)
    has_failed = state in {RecipientState.REFUSED, RecipientState.BOUNCED}
    problem = recipient.problem if has_failed else ""
    if survey.privacy == Survey.Privacy.ANONYMOUS:
        return Invited(survey, recipient.mailing, state, problem, None, None, None, None)
    became = (link.is_opened, link.is_started, link.is_finished) if link else (False, False, False)
    answer = answers.get(link.pk) if link else None
    said = response_id(survey, answer) if answer else None
    return Invited(survey, recipient.mailing, state, problem, *became, said)
