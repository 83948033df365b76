"""Personal links made by the API."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveys.api.fields import ChosenKey, Moment, OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.models import Invitation
from surveys.responses.invitations import MOST_AT_ONCE, make_links


class LinksWantedSerializer(OnlyKnown):
    count = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE)
    expires_at = Moment(default=None, allow_null=True)
    key = ChosenKey(
        default="", help_text="chosen at random; the same body sent again gives the same links, made once"
    )

    def validate_expires_at(self, at: Any) -> Any:
        if at is not None and at <= timezone.now():
            raise serializers.ValidationError(_("must lie in the future"))
        return at


class LinksSerializer(serializers.Serializer[Any]):
    links = serializers.ListField(child=serializers.URLField(), read_only=True)


class Links(OfOrganisation[Invitation]):
    serializer_class = LinksWantedSerializer

    @extend_schema(request=LinksWantedSerializer, responses={201: LinksSerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make personal links, each good for one questionnaire. They are shown this once and not kept."""
        survey, asked = self.survey, LinksWantedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        links = make_links(survey, wanted["count"], wanted["expires_at"], order=wanted["key"])
        return Response({"links": links}, status=201)
