"""How much the API takes and gives at once."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import pagination, parsers
from rest_framework.exceptions import ParseError


class BoundedJSONParser(parsers.JSONParser):
    """JSON whose nesting is bounded; its length is, by DATA_UPLOAD_MAX_MEMORY_SIZE."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error


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
