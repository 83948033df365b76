"""What a notice about one of our mails changes. The same notice again changes nothing."""

from enum import Enum

from django.db import transaction
from django.utils import timezone

from surveys.contacts.opting_out import Asked, opt_out
from surveys.mailings.notices import Kind, Notice
from surveys.models import Contact, Recipient, Survey


class Outcome(Enum):
    BOUNCED = "bounced"
    DELAYED = "delayed"
    COMPLAINT = "complaints"
    AUTOMATIC = "automatic answers"
    KNOWN = "known before"
    UNKNOWN = "unknown"


def record(notice: Notice) -> Outcome:
    """What the notice was; `UNKNOWN` if it is about no mail of ours."""
    if notice.kind == Kind.AUTOMATIC:
        return Outcome.AUTOMATIC
    recipients = Recipient.objects.select_related("mailing__survey__organisation")
    recipient = recipients.filter(public_id=notice.recipient).first() if notice.recipient else None
    if recipient is None or not recipient.mails:
        return Outcome.UNKNOWN
    if notice.kind == Kind.BOUNCED:
        return Outcome.BOUNCED if _bounced(recipient, notice) else Outcome.KNOWN
    if notice.kind == Kind.DELAYED:
        return Outcome.DELAYED if _delayed(recipient, notice) else Outcome.KNOWN
    if notice.kind == Kind.COMPLAINT:
        return Outcome.COMPLAINT if _complained(recipient) else Outcome.KNOWN
    return Outcome.UNKNOWN


@transaction.atomic
def _bounced(recipient: Recipient, notice: Notice) -> bool:
    """No reminder follows, and no other mailing writes to the address. In an anonymous survey nothing is told
    once somebody was reminded: that a reminder came back says who had not handed in."""
    sent = Recipient.objects.filter(pk=recipient.pk, state=Recipient.State.SENT)
    if recipient.mails > 1 and recipient.mailing.survey.privacy == Survey.Privacy.ANONYMOUS:
        return sent.filter(due_at__isnull=False).update(due_at=None, claim="") == 1
    is_new = sent.update(state=Recipient.State.BOUNCED, due_at=None, claim="", problem=notice.said)
    if is_new and notice.blames_address and recipient.sent_to:
        mark(recipient)
    return bool(is_new)


def mark(recipient: Recipient) -> None:
    """The contact's address does not work, if it still is the one that was written to."""
    same = Contact.objects.filter(pk=recipient.contact_id or 0, address_digest=recipient.sent_to)
    same.filter(bounced_at=None).update(bounced_at=timezone.now())


def unmark(contact: Contact) -> None:
    """An editor says that the address works."""
    Contact.objects.filter(pk=contact.pk).update(bounced_at=None)


def _delayed(recipient: Recipient, notice: Notice) -> bool:
    """It is noted, and waited for."""
    sent = Recipient.objects.filter(pk=recipient.pk, state=Recipient.State.SENT)
    return sent.exclude(problem=notice.said).update(problem=notice.said) == 1


@transaction.atomic
def _complained(recipient: Recipient) -> bool:
    """Who calls our mail abuse gets no other one."""
    if not recipient.sent_to or recipient.has_opted_out:
        return False
    organisation = recipient.mailing.survey.organisation
    opt_out(Asked(organisation, recipient.sent_to, recipient.public_id))
    return True
