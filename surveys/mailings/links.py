"""The personal link of a recipient: the same in the invitation and in every reminder, stored nowhere.

It is made from the recipient's nonce and the service's secret key.
"""

from collections.abc import Sequence

from django.db import transaction

from surveys.models import Invitation, Recipient
from surveys.responses.invitations import invited_token, token_digest


@transaction.atomic
def register(recipients: Sequence[Recipient]) -> None:
    """Have the links of these open something, from their first mail on. Doing it twice does nothing more.

    Each is read again and held: a contact that was erased meanwhile leaves nothing of it here.
    """
    own = Recipient.objects.filter(pk__in=[one.pk for one in recipients]).order_by("pk")
    now = {one.pk: one for one in own.select_for_update(no_key=True)}
    for one in recipients:
        fresh = now.get(one.pk)
        one.nonce, one.segments = (fresh.nonce, fresh.segments) if fresh else ("", {})
    new = {token_digest(invited_token(one.nonce)): one for one in recipients if _lacks_link(one)}
    if not new:
        return
    Invitation.objects.bulk_create(
        (
            Invitation(survey=one.mailing.survey, token_digest=digest, segments=one.segments)
            for digest, one in new.items()
        ),
        ignore_conflicts=True,
    )
    made = Invitation.objects.in_bulk(list(new), field_name="token_digest")
    for digest, one in new.items():
        one.invitation = made[digest]
    Recipient.objects.bulk_update(new.values(), ["invitation"])


def _lacks_link(recipient: Recipient) -> bool:
    """Without a nonce it was handed in, or the contact erased, at this very moment."""
    return recipient.invitation is None and bool(recipient.nonce)


def link_of(recipient: Recipient, language: str) -> str:
    return f"{recipient.mailing.survey.link}?t={invited_token(recipient.nonce)}&language={language}"
