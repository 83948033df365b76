"""The API's view of the instruments an organisation may use, and taking in one of its own."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from scoring.instrument import Construct
from scoring.instrument.file import LONGEST_FILE, InstrumentError
from surveys.api.fields import OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.catalogue import Listed, add_instrument, catalogue
from surveys.models import OwnInstrument

FILE = "toml"  # the field of the body, and the name by which the reader's mistakes call the file


class TextsShown(serializers.DictField):
    """A text for each language."""

    child = serializers.CharField()


class InstrumentSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="instrument.id")
    kind = serializers.CharField(source="instrument.kind")
    name = TextsShown(source="instrument.name")
    summary = TextsShown(source="instrument.summary")
    published_by = serializers.CharField(source="instrument.source.published_by")
    year = serializers.IntegerField(source="instrument.source.year")
    reference = serializers.CharField(source="instrument.source.reference")
    languages = serializers.ListField(source="instrument.languages", child=serializers.CharField())
    placeholders = serializers.ListField(
        source="instrument.placeholders",
        child=serializers.CharField(),
        help_text="what the words of a survey fill",
    )
    is_own = serializers.BooleanField(help_text="brought by the organisation, not built in")


class ScaleSerializer(serializers.Serializer[Any]):
    minimum = serializers.IntegerField()
    maximum = serializers.IntegerField()
    step = serializers.IntegerField()
    reverse = serializers.BooleanField(help_text="whether high answers are bad")
    low = TextsShown(help_text="what the lowest point is called")
    high = TextsShown()
    labels = serializers.ListField(
        child=TextsShown(), help_text="of every point; empty where only ends have one"
    )


class RoutingSerializer(serializers.Serializer[Any]):
    item = serializers.CharField()
    at_least = serializers.IntegerField(allow_null=True)
    at_most = serializers.IntegerField(allow_null=True)


class ItemSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    kind = serializers.CharField(help_text="scale, points (a share of 100 on its page) or open")
    text = TextsShown()
    scale = ScaleSerializer(allow_null=True)
    dont_know = serializers.BooleanField()
    optional = serializers.BooleanField(help_text="whether a survey may leave it out")
    show_if = RoutingSerializer(allow_null=True)


class SectionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    title = TextsShown()
    items = ItemSerializer(many=True)


class ConstructSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = TextsShown()
    items = serializers.SerializerMethodField(help_text="the codes of its items")

    def get_items(self, construct: Construct) -> list[str]:
        return [item.code for item in construct.items]


class WholeInstrumentSerializer(InstrumentSerializer):
    headline = serializers.ListField(source="instrument.headline", child=serializers.CharField())
    constructs = ConstructSerializer(source="instrument.constructs", many=True)
    paths = serializers.ListField(
        source="instrument.paths",
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2),
        help_text="pairs: from, to",
    )
    sections = SectionSerializer(source="instrument.sections", many=True)
    toml = serializers.CharField(source="text", help_text="the file")


class InstrumentFileSerializer(OnlyKnown):
    toml = serializers.CharField(max_length=LONGEST_FILE, trim_whitespace=False)


class InstrumentList(OfOrganisation[OwnInstrument], generics.ListAPIView[OwnInstrument]):
    """The instruments that the organisation's surveys may use: built in, and its own."""

    serializer_class = InstrumentSerializer

    @extend_schema(responses={200: InstrumentSerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginator.paginate_queryset(self._listed(), request, self)  # type: ignore[union-attr]
        return self.get_paginated_response(InstrumentSerializer(page, many=True).data)

    @extend_schema(request=InstrumentFileSerializer, responses={201: WholeInstrumentSerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Bring an instrument file, or a new text of one's own; what was published keeps the old one."""
        organisation, asked = self.member.organisation, InstrumentFileSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            made = add_instrument(organisation, asked.validated_data[FILE], FILE, self.member.user)
        except InstrumentError as error:
            raise serializers.ValidationError({f"{FILE}.{error.key}": [error.problem]}) from None
        return Response(WholeInstrumentSerializer(catalogue(organisation)[made.id]).data, status=201)

    def _listed(self) -> list[Listed]:
        return list(catalogue(self.member.organisation).values())


@extend_schema_view(get=extend_schema(responses={200: WholeInstrumentSerializer} | PROBLEMS))
class InstrumentDetail(OfOrganisation[OwnInstrument]):
    """An instrument with its questions, scales, constructs and paths, and the file it was read from."""

    serializer_class = WholeInstrumentSerializer

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        listed = catalogue(self.member.organisation).get(self.kwargs["instrument"])
        if listed is None:
            raise Http404
        return Response(WholeInstrumentSerializer(listed).data)
