"""What stands for one response in an address: its key, signed for its survey.

A column of random ids would have to be filled and indexed for every imported row. Nobody can make or guess
such an id, and another survey's opens nothing.
"""

import base64
import re

from django.utils.crypto import constant_time_compare, salted_hmac

from surveys.models import Response, Survey

SALT = "surveys.responses.ids"
SHAPE = re.compile(r"([0-9]{1,18})-([A-Za-z0-9_-]{22})", re.ASCII)


def response_id(survey: Survey, key: int) -> str:
    digest = salted_hmac(SALT, f"{survey.pk}/{key}", algorithm="sha256").digest()[:16]
    return f"{key}-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def key_of(survey: Survey, text: str) -> int | None:
    """The key that an id stands for, whether the response is still there or not. None for a foreign one."""
    match = SHAPE.fullmatch(text)
    if match is None or not constant_time_compare(response_id(survey, int(match[1])), text):
        return None
    return int(match[1])


def finished_response(survey: Survey, text: str) -> Response | None:
    """The survey's finished response of this id. None for a foreign, forged or withdrawn one."""
    key = key_of(survey, text)
    if key is None:
        return None
    finished = survey.responses.filter(state=Response.State.FINISHED)
    return finished.select_related("version", "period").filter(pk=key).first()
