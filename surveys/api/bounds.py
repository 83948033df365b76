"""How much the API takes and gives at once."""

import math
from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework import pagination, parsers
from rest_framework.exceptions import ParseError, ValidationError

from surveys.questionnaire.questions import UNSTORABLE

DEEPEST = 50  # far more than anything that is asked for
TOO_DEEP = "The body is nested too deeply."


class BoundedJSONParser(parsers.JSONParser):
    """JSON that a database can keep; its nesting is bounded.

    Its length is bounded by DATA_UPLOAD_MAX_MEMORY_SIZE.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            content = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(TOO_DEEP) from error
        if not _is_flat(content):
            raise ParseError(TOO_DEEP)
        if (place := next(_unstorable(content), None)) is not None:
            raise ValidationError({place: ["holds a character or a number that cannot be kept"]})
        return content


def _is_flat(content: Any) -> bool:
    """Level by level: however deep it is, this needs no stack."""
    level = [content]
    for _depth in range(DEEPEST):
        inner = [
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list))
        ]
        level = [value for values in inner for value in values]
        if not level:
            return True
    return False


def _unstorable(content: Any) -> Iterator[str]:
    """Where there is a NUL, half a character or an infinite number: `parts[0].title.en`."""
    waiting = [("", content)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            if any(UNSTORABLE.search(name) for name in value):
                yield place
            waiting += [(f"{place}.{name}".lstrip("."), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{place}[{number}]", inner) for number, inner in enumerate(value)]
        elif isinstance(value, str):
            if UNSTORABLE.search(value):
                yield place
        elif isinstance(value, float) and not math.isfinite(value):
            yield place


class Pages(pagination.LimitOffsetPagination):
    """`limit` and `offset`, in pages of bounded length."""

    max_limit = 100

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):  # OpenAPI 3.1 knows no "nullable"
            page["properties"][name].pop("nullable")
            page["properties"][name]["type"] = ["string", "null"]
        page["required"] = ["count", "next", "previous", "results"]
        return page
