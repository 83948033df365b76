"""Who calls the API: a program with a token, beside the people who are signed in."""

from http import HTTPStatus

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from surveys.api.tokens import note_use, token_of
from surveys.models import ApiToken, User


class TokenRefused(APIException):
    """One answer to every token that does not work, so that none tells what another was."""

    status_code = HTTPStatus.UNAUTHORIZED
    default_detail = "The token does not work: it is unknown, was revoked or has expired."
    auth_header = 'Bearer error="invalid_token"'


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer bt_…`. Where it is sent it alone decides, whatever cookie comes with it."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token_of(secret.strip())
        if token is None:
            raise TokenRefused
        note_use(token)
        return token.member.user, token
