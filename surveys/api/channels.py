"""Channels of a survey, and which pages may show it in a frame, by the API. For those who may edit."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response as Answered

from surveys.api.fields import OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.channels import codes, embedding, keeping
from surveys.channels.addresses import address_of
from surveys.models import Channel, Survey


class ChannelSerializer(OnlyKnown):
    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(max_length=120)
    segments = serializers.DictField(
        child=serializers.CharField(max_length=90),
        default=dict,
        help_text="what is known of everybody who comes from there: {question: option} of the published "
        "segment questions. It counts where the question was not answered",
    )
    is_active = serializers.BooleanField(
        read_only=True,
        help_text="whether answers by its address count here; else the address takes them without the "
        "channel",
    )
    created_at = serializers.DateTimeField(read_only=True)
    address = serializers.SerializerMethodField()
    started = serializers.IntegerField(read_only=True, help_text="answers, finished or not")
    finished = serializers.IntegerField(read_only=True)

    def get_address(self, channel: Channel) -> str:
        return address_of(channel)


class ChannelWithCodeSerializer(ChannelSerializer):
    qr_svg = serializers.SerializerMethodField(help_text="the address as a QR code, an SVG document")
    snippet = serializers.SerializerMethodField(help_text="HTML for a page of one's own: see frame origins")

    def get_qr_svg(self, channel: Channel) -> str:
        return codes.svg(address_of(channel)).decode()

    def get_snippet(self, channel: Channel) -> str:
        return embedding.snippet(channel)


class ChannelChangeSerializer(OnlyKnown):
    name = serializers.CharField(max_length=120, required=False)
    is_active = serializers.BooleanField(required=False)


class OfChannels(OfOrganisation[Channel]):
    needs: ClassVar = {"GET": "edit"}
    serializer_class: Any = ChannelSerializer

    def get_queryset(self) -> QuerySet[Channel]:
        return keeping.with_counts(self.survey).select_related("survey")

    def found(self, public_id: str) -> Channel:
        return get_object_or_404(self.get_queryset(), public_id=public_id)


class Channels(OfChannels, generics.ListAPIView[Channel]):
    @extend_schema(responses={200: ChannelSerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """The survey's channels in order of their names, with how many answers came from each."""
        return self.list(request, *args, **kwargs)

    @extend_schema(
        responses={201: ChannelWithCodeSerializer} | PROBLEMS,
        examples=[OpenApiExample("A shop", {"name": "Counter, Main Street"}, request_only=True)],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Make a channel: a signed address of its own for the open questionnaire."""
        asked = ChannelSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            made = keeping.make(self.survey, **asked.validated_data)
        except keeping.ChannelRefused as refused:
            raise _problem(refused.problems) from None
        return Answered(ChannelWithCodeSerializer(self.found(made.public_id)).data, status=201)


class ChannelDetail(OfChannels):
    serializer_class = ChannelWithCodeSerializer

    @extend_schema(responses={200: ChannelWithCodeSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """One channel, with its code."""
        return Answered(ChannelWithCodeSerializer(self.found(self.kwargs["channel"])).data)

    @extend_schema(request=ChannelChangeSerializer, responses={200: ChannelWithCodeSerializer} | PROBLEMS)
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Rename a channel, or let it count no more or again. The address of one that is not active takes
        answers still, without the channel."""
        own, asked = self.found(self.kwargs["channel"]), ChannelChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            keeping.change(own, **asked.validated_data)
        except keeping.ChannelRefused as refused:
            raise _problem(refused.problems) from None
        return Answered(ChannelWithCodeSerializer(own).data)


def _problem(problems: Mapping[str, str]) -> serializers.ValidationError:
    return serializers.ValidationError({field: [problem] for field, problem in problems.items()})


class FrameOriginsSerializer(OnlyKnown):
    origins = serializers.ListField(
        child=serializers.CharField(max_length=embedding.LONGEST),
        max_length=embedding.MOST_ORIGINS,
        help_text="such as https://www.example.com, without a path; none: no page may frame it",
    )

    def validate_origins(self, written: list[str]) -> list[str]:
        try:
            return embedding.origins_of(written)
        except embedding.OriginRefused as refused:
            raise serializers.ValidationError(str(refused)) from None


class FrameOrigins(OfOrganisation[Survey]):
    needs: ClassVar = {"GET": "edit"}
    serializer_class = FrameOriginsSerializer

    def get_object(self) -> Survey:
        """Asked for by OPTIONS."""
        return self.survey

    @extend_schema(responses={200: FrameOriginsSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Whose pages may show the questionnaire in a frame."""
        return Answered({"origins": self.survey.frame_origins})

    @extend_schema(responses={200: FrameOriginsSerializer} | PROBLEMS)
    def put(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Name the origins whose pages may show the questionnaire (under `?embed=1`) in a frame."""
        asked = FrameOriginsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        self.survey.frame_origins = asked.validated_data["origins"]
        self.survey.save(update_fields=["frame_origins"])
        return Answered({"origins": self.survey.frame_origins})
