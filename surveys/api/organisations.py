"""The API's view of an organisation's own settings: every member reads them, owners change them."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveys.api.fields import OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.models import Organisation


class OrganisationSerializer(OnlyKnown, serializers.ModelSerializer[Organisation]):
    slug = serializers.CharField(read_only=True)

    class Meta:
        model = Organisation
        fields = ("slug", "name", "time_zone", "least_group")

    def update(self, organisation: Organisation, given: dict[str, Any]) -> Organisation:
        """Only what was sent is written."""
        for name, value in given.items():
            setattr(organisation, name, value)
        if given:
            organisation.save(update_fields=list(given))
        return organisation


class OrganisationDetail(OfOrganisation[Organisation]):
    """The organisation's settings. A token never changes them, whatever its member's role."""

    needs: ClassVar = {"PATCH": "manage"}
    serializer_class = OrganisationSerializer

    @extend_schema(responses={200: OrganisationSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(OrganisationSerializer(self.member.organisation).data)

    @extend_schema(request=OrganisationSerializer, responses={200: OrganisationSerializer} | PROBLEMS)
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is named; a change of `least_group` holds at once for every figure, old ones too."""
        asked = OrganisationSerializer(self.member.organisation, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        asked.save()
        return Response(asked.data)
