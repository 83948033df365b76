"""What is known of a survey's population, by the API."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveys import weighting
from surveys.api.fields import OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.models import Survey

BOUNDS = {"least": weighting.LEAST, "largest": weighting.LARGEST}
EXAMPLE = {
    "unit": "percent",
    "margins": {"region": {"north": 60, "south": 40}},
    "trim": BOUNDS,
}
NUMBER = {"type": "number"}
NUMBERS = {"type": "object", "additionalProperties": NUMBER}


@extend_schema_field({"type": "object", "additionalProperties": NUMBERS})
class Margins(serializers.JSONField):
    """Read as a whole by `surveys.weighting`, which names the option at fault."""


@extend_schema_field(
    {
        "type": ["object", "null"],
        "properties": {"least": NUMBER, "largest": NUMBER},
        "required": ["least", "largest"],
        "additionalProperties": False,
    }
)
class Bounds(serializers.JSONField):
    """Of a weight, in multiples of the mean."""


class WeightingSerializer(OnlyKnown):
    unit = serializers.ChoiceField(
        weighting.UNITS,
        default="percent",
        help_text="percent: the numbers of each question sum to 100; count: to whatever was counted",
    )
    margins = Margins(
        default=dict,
        help_text="for segment questions, the number of every option: {question: {option: number}}; empty "
        "where answers are not weighted",
    )
    trim = Bounds(
        default=BOUNDS,
        allow_null=True,
        help_text="the least and the largest weight, in multiples of the mean; null for no bounds",
    )


class Weighting(OfOrganisation[Survey]):
    """By what the survey's answers are weighted."""

    serializer_class = WeightingSerializer

    def get_object(self) -> Survey:
        """What is changed by PUT, for who asks what the address takes."""
        return self.survey

    @extend_schema(responses={200: WeightingSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(_shown(self.survey.weighting))

    @extend_schema(
        responses={200: WeightingSerializer} | PROBLEMS,
        examples=[OpenApiExample("By region", EXAMPLE, request_only=True)],
    )
    def put(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """State the population's shares of the options of segment questions; no margins turn weighting off.

        Periods that are not released are computed again; a released figure stays until its answers change.
        """
        asked = WeightingSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            stored = weighting.change(self.survey, asked.validated_data)
        except weighting.WeightingRefused as refused:
            raise serializers.ValidationError(
                {field: [problem] for field, problem in refused.problems.items()}
            ) from None
        return Response(_shown(stored))


def _shown(stored: dict[str, Any]) -> dict[str, Any]:
    return stored or {"unit": "percent", "margins": {}, "trim": BOUNDS}
