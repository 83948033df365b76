"""How a receiver knows that a message is ours, as the open specification Standard Webhooks has it.

Three headers: `webhook-id`, the same at every try of one message; `webhook-timestamp`, in seconds of the
epoch; and `webhook-signature`, "v1," and the base64 HMAC-SHA256 of `id.timestamp.body` under the secret,
whose part after "whsec_" is base64. The libraries of standardwebhooks.com check it.
"""

import base64
import hashlib
import hmac

from django.utils.crypto import salted_hmac

from surveys.models import Webhook
from surveys.models.fields import public_id

SALT = "surveys.outgoing"
PREFIX = "whsec_"


def secret_of(webhook: Webhook) -> str:
    """The webhook's secret. Made from this service's own, so that who reads the database cannot sign."""
    made_of = f"{webhook.public_id}/{webhook.nonce}"
    return PREFIX + base64.b64encode(salted_hmac(SALT, made_of, algorithm="sha256").digest()).decode()


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of one message."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def new_nonce() -> str:
    """What makes another secret."""
    return public_id()
