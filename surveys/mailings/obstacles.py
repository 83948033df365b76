"""Why a mail that is due is not sent."""

from django.utils import timezone

from surveys.models import Contact, OptOut, Recipient, Survey, TurnedAway
from surveys.models.mailing import RecipientState
from surveys.quotas.places import full_quotas


def obstacle(recipient: Recipient, contact: Contact) -> RecipientState | None:
    """What ends it; None where nothing stands against it. `contact` is as it is stored now."""
    return _of_person(recipient, contact) or _of_link(recipient, contact) or _of_survey(recipient, contact)


def _of_person(recipient: Recipient, contact: Contact) -> RecipientState | None:
    if recipient.mailing.cancelled_at:
        return RecipientState.CANCELLED
    if contact.opted_out_at or recipient.has_opted_out or _is_out(contact):
        return RecipientState.OPTED_OUT
    return RecipientState.BOUNCED_BEFORE if contact.bounced_at else None


def _is_out(contact: Contact) -> bool:
    """Asked for at this moment: the contact may just have been written anew from what was known before."""
    said = OptOut.objects.filter(organisation=contact.organisation_id, address_digest=contact.address_digest)
    return said.exists()


def _of_link(recipient: Recipient, contact: Contact) -> RecipientState | None:
    """A link goes to one address only: behind it stands what the person has answered so far."""
    link = recipient.invitation
    is_over = link and (link.is_finished or (link.expires_at and link.expires_at <= timezone.now()))
    is_moved = recipient.mails and recipient.sent_to and recipient.sent_to != contact.address_digest
    return RecipientState.CANCELLED if is_over or is_moved else None


def _of_survey(recipient: Recipient, contact: Contact) -> RecipientState | None:
    survey = recipient.mailing.survey
    if not survey.takes_answers:
        return RecipientState.CLOSED
    if full_quotas(survey, recipient.segments) or _was_turned_away(recipient):
        return RecipientState.QUOTA_FULL  # the page would only turn the person away
    if recipient.mails == 0 and _was_invited(recipient, contact):
        return RecipientState.INVITED_BEFORE
    return None


def _was_turned_away(recipient: Recipient) -> bool:
    """Nobody was before a first mail, and only a confidential survey knows."""
    if not recipient.mails or recipient.mailing.survey.privacy != Survey.Privacy.CONFIDENTIAL:
        return False
    return TurnedAway.objects.filter(response__invitation=recipient.invitation_id).exists()


def _was_invited(recipient: Recipient, contact: Contact) -> bool:
    """By another mailing of the survey that was listed at the same time; then one of the two wrote first."""
    mailing = recipient.mailing
    others = contact.recipients.filter(mailing__survey=mailing.survey_id, state=RecipientState.SENT)
    return not mailing.also_invited_before and others.exclude(pk=recipient.pk).exists()
