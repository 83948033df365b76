"""Why a mail that is due is not sent."""

from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.utils import timezone

from surveys.models import Contact, OptOut, Recipient, Survey, TurnedAway
from surveys.models.mailing import RecipientState
from surveys.quotas.places import full_quotas


class Person(NamedTuple):
    """Who a mail is for, as it is stored now; the address may have opted out, and another mailing of the
    survey, that was listed at the same time, may have invited the person."""

    contact: Contact
    is_out: bool
    was_invited: bool


def person_of(recipient: Recipient) -> Person | None:
    """None if the contact was erased, or the questionnaire handed in, meanwhile."""
    own = Recipient.objects.filter(pk=recipient.pk, claim=recipient.claim, due_at__isnull=False)
    # Asked of OptOut too: the contact may just have been written anew from what was known before.
    out = OptOut.objects.filter(
        organisation=OuterRef("organisation"), address_digest=OuterRef("address_digest")
    )
    others = Recipient.objects.filter(contact=OuterRef("pk"), state=RecipientState.SENT)
    of_survey = others.filter(mailing__survey=recipient.mailing.survey_id).exclude(pk=recipient.pk)
    known = Contact.objects.filter(recipients__in=own)
    found = known.annotate(is_out=Exists(out), was_invited=Exists(of_survey)).first()
    return Person(found, found.is_out, found.was_invited) if found else None


def obstacle(recipient: Recipient, person: Person) -> RecipientState | None:
    """What ends it; None where nothing stands against it."""
    return _of_person(recipient, person) or _of_link(recipient, person) or _of_survey(recipient, person)


def _of_person(recipient: Recipient, person: Person) -> RecipientState | None:
    if recipient.mailing.cancelled_at:
        return RecipientState.CANCELLED
    if person.contact.opted_out_at or recipient.has_opted_out or person.is_out:
        return RecipientState.OPTED_OUT
    return RecipientState.BOUNCED_BEFORE if person.contact.bounced_at else None


def _of_link(recipient: Recipient, person: Person) -> RecipientState | None:
    """A link goes to one address only: behind it stands what the person has answered so far."""
    link = recipient.invitation
    is_over = link and (link.is_finished or (link.expires_at and link.expires_at <= timezone.now()))
    is_moved = recipient.mails and recipient.sent_to and recipient.sent_to != person.contact.address_digest
    return RecipientState.CANCELLED if is_over or is_moved else None


def _of_survey(recipient: Recipient, person: Person) -> RecipientState | None:
    survey = recipient.mailing.survey
    if not survey.takes_answers:
        return RecipientState.CLOSED
    if full_quotas(survey, recipient.segments) or _was_turned_away(recipient):
        return RecipientState.QUOTA_FULL  # the page would only turn the person away
    is_again = recipient.mails == 0 and person.was_invited and not recipient.mailing.also_invited_before
    return RecipientState.INVITED_BEFORE if is_again else None


def _was_turned_away(recipient: Recipient) -> bool:
    """Nobody was before a first mail, and only a confidential survey knows."""
    if not recipient.mails or recipient.mailing.survey.privacy != Survey.Privacy.CONFIDENTIAL:
        return False
    return TurnedAway.objects.filter(response__invitation=recipient.invitation_id).exists()
