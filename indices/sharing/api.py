"""Links to a report, made and taken back by a program."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.fields import get_error_detail
from rest_framework.request import Request
from rest_framework.response import Response

from indices.models import ShareLink
from indices.sharing.links import LONGEST_DAYS, live_links, make_link, revoke
from indices.sharing.offered import Offered
from indices.sharing.views import share_link_of
from surveys.api.fields import LANGUAGES, OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.models import Survey
from surveys.views.access import May


class ShareLinkSerializer(serializers.ModelSerializer[ShareLink]):
    id = serializers.CharField(source="public_id", read_only=True)
    period = serializers.CharField(
        source="period.public_id", read_only=True, default=None, allow_null=True,
        help_text="a period's id; null: always the newest",
    )  # fmt: skip
    measure = serializers.CharField(read_only=True, help_text="an instrument's id")
    language = serializers.CharField(read_only=True)
    is_live = serializers.BooleanField(read_only=True, help_text="the link opens the report now")

    class Meta:
        model = ShareLink
        fields: tuple[str, ...] = (
            "id",
            "name",
            "measure",
            "period",
            "segment",
            "window",
            "released_only",
            "show_words",
            "language",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
            "views",
            "is_live",
        )
        read_only_fields: tuple[str, ...] = fields


class MadeShareLinkSerializer(ShareLinkSerializer):
    url = serializers.URLField(read_only=True, help_text="shown this once and stored nowhere")

    class Meta(ShareLinkSerializer.Meta):
        fields = (*ShareLinkSerializer.Meta.fields, "url")
        read_only_fields = fields


class ShareLinkWantedSerializer(OnlyKnown):
    name = serializers.CharField(max_length=80)
    measure = serializers.CharField(
        max_length=40, required=False, help_text="an instrument's id; without it, the report's first"
    )
    period = serializers.CharField(
        max_length=22, default=None, allow_null=True, help_text="a period's id; null: always the newest"
    )
    segment = serializers.CharField(
        max_length=90, default="", allow_blank=True, help_text="question:option; empty for everybody"
    )
    window = serializers.IntegerField(
        default=1, help_text="of how many periods, the one shown the last, the answers are pooled"
    )
    released_only = serializers.BooleanField(default=True)
    show_words = serializers.BooleanField(default=False, help_text="whether answers to open questions show")
    language = serializers.ChoiceField(LANGUAGES, default="en")
    days = serializers.IntegerField(
        min_value=1, max_value=LONGEST_DAYS, default=30, help_text="for how long the link works"
    )

    def validate(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """What the survey's report does not have cannot be shared."""
        offered: Offered = self.context["offered"]
        wanted.setdefault("measure", next(iter(offered.keys), ""))
        problems = {
            "measure": wanted["measure"] not in offered.keys,
            "segment": wanted["measure"] in offered.keys
            and not offered.has(wanted["measure"], wanted["segment"]),
            "window": wanted["window"] not in dict(offered.windows),
            "period": wanted["period"] is not None and offered.period(wanted["period"]) is None,
        }
        if found := [name for name, is_wrong in problems.items() if is_wrong]:
            raise serializers.ValidationError({one: ["The survey's report has none such."] for one in found})
        return wanted | {"period": offered.period(wanted["period"] or "")}


class ShareLinkList(OfOrganisation[ShareLink], generics.ListAPIView[ShareLink]):
    needs: ClassVar[dict[str, May]] = {"GET": "edit"}
    serializer_class = ShareLinkSerializer

    def get_queryset(self) -> QuerySet[ShareLink]:
        return _links(self.survey).order_by("-pk")

    @extend_schema(responses={200: ShareLinkSerializer(many=True)} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The links to the survey's report, newest first, without what opens them."""
        return self.list(request, *args, **kwargs)

    @extend_schema(request=ShareLinkWantedSerializer, responses={201: MadeShareLinkSerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a link by which one report is read without signing in. Asking twice makes two."""
        asked = ShareLinkWantedSerializer(data=request.data, context={"offered": Offered(self.survey)})
        asked.is_valid(raise_exception=True)
        try:
            link, url = make_link(self.survey, self.member.user, **asked.validated_data)
        except ValidationError as refused:
            raise serializers.ValidationError(get_error_detail(refused)) from None
        shown = MadeShareLinkSerializer(_links(self.survey).get(pk=link.pk)).data
        return Response({**shown, "url": url}, status=201)


class ShareLinkRevoke(OfOrganisation[ShareLink], generics.GenericAPIView[ShareLink]):
    serializer_class = ShareLinkSerializer

    @extend_schema(request=None, responses={200: ShareLinkSerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let a link open nothing any more. Twice does no harm."""
        link = share_link_of(self.survey, self.kwargs["share_link"])
        revoke(link)
        return Response(ShareLinkSerializer(_links(self.survey).get(pk=link.pk)).data)


def _links(survey: Survey) -> QuerySet[ShareLink]:
    """The survey's, each with whether it is live."""
    is_live = Exists(live_links().filter(pk=OuterRef("pk")))
    return survey.share_links.select_related("period").annotate(is_live=is_live)
