"""The personal link of a recipient: the same in the invitation and in every reminder, stored nowhere."""

from surveys.models import Invitation, Recipient
from surveys.responses.invitations import invited_token, token_digest


def link_of(recipient: Recipient, language: str) -> str:
    """Made from the recipient's nonce and the service's secret key; the first time it is also registered."""
    survey, token = recipient.mailing.survey, invited_token(recipient.nonce)
    if recipient.invitation is None:
        invitation, _is_new = Invitation.objects.get_or_create(
            survey=survey, token_digest=token_digest(token)
        )
        Recipient.objects.filter(pk=recipient.pk).update(invitation=invitation)
        recipient.invitation = invitation
    return f"{survey.link}?t={token}&language={language}"
