"""How the API refuses: one shape for every error, in the form of RFC 9457, naming the fields at fault."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, JsonResponse
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler


class TooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "Something else was stored before."


class Gone(exceptions.APIException):
    status_code = HTTPStatus.GONE
    default_detail = "No longer there."


class FieldProblemSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="empty where the request as a whole is at fault")
    problem = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    status = serializers.IntegerField()
    problems = FieldProblemSerializer(many=True)


MEDIA_TYPE = "application/problem+json"


def problems(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """How an address may refuse, for the API's description."""
    return {(status, MEDIA_TYPE): ProblemSerializer for status in statuses}


PROBLEMS = problems(400, 401, 403, 404)  # of any address of an organisation


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error that a view raised; None for one that is a bug."""
    if isinstance(error, Http404):  # its text names our tables
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge()
    response = exception_handler(error, context)
    if response is not None:
        response.data = _body(response.status_code, response.data)
        response.content_type = MEDIA_TYPE
    return response


def unknown_address() -> JsonResponse:
    """The same as where a view finds nothing."""
    body = _body(HTTPStatus.NOT_FOUND, {"detail": exceptions.NotFound().detail})
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    answer = JsonResponse(body, status=404, content_type=MEDIA_TYPE, json_dumps_params=compact)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _body(status: int, data: Any) -> dict[str, Any]:
    return {
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "problems": [{"field": field, "problem": text} for field, text in _problems(data)],
    }


def _problems(data: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Each field with what is wrong with it, `outer.inner` where fields are nested."""
    if isinstance(data, dict):
        for name, inner in data.items():
            whole = name in {"detail", "non_field_errors"}
            yield from _problems(inner, field if whole else f"{field}.{name}".lstrip("."))
    elif isinstance(data, list):
        for inner in data:
            yield from _problems(inner, field)
    else:
        yield field, str(data)
