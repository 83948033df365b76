"""The address of a channel, which nobody can make up, alter or use for another survey.

`/s/<survey>/?c=<token>`: the token names the channel and what is known of everybody who comes from there. It
is signed with a key of this survey alone, and without a time, so that the same address is printed each time.
"""

from django.core import signing

from surveys.models import Channel, Survey

SALT = "surveys.channels"
LONGEST = 2_000  # far beyond any token of ours


def address_of(channel: Channel) -> str:
    return f"{channel.survey.link}?c={token_of(channel)}"


def token_of(channel: Channel) -> str:
    segments = dict(sorted(channel.segments.items()))  # a database may give them in another order
    return _signer(channel.survey).sign_object([channel.public_id, segments])


def channel_behind(survey: Survey, token: str) -> Channel | None:
    """None for a token that is forged, altered or another survey's, and for a channel that is not active.

    Whoever comes with such a one answers without a channel: the open questionnaire takes everybody anyway, so
    that a door shut here would keep out only customers in front of an old poster.
    """
    if len(token) > LONGEST:
        return None
    try:
        public_id, segments = _signer(survey).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = survey.channels.filter(public_id=str(public_id), is_active=True).first()
    return found if found and found.segments == segments else None


def _signer(survey: Survey) -> signing.Signer:
    return signing.Signer(salt=f"{SALT}/{survey.public_id}")
