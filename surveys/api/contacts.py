"""The contacts of an organisation, by the API. For those who may edit: they are people's addresses."""

from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveys.api.fields import LANGUAGES, MOST_NAMED, OnlyKnown
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS, Conflict, problems
from surveys.contacts import opting_out, rows, storing
from surveys.contacts.choosing import Choice, chosen
from surveys.contacts.history import invitations_of
from surveys.contacts.matching import match
from surveys.imports.refusals import ImportRefused
from surveys.mailings import bouncing
from surveys.models import Contact
from surveys.models.contact import LONGEST_KEY, LONGEST_NAME
from surveys.models.mailing import RecipientState
from surveys.views.access import May

MOST_AT_ONCE = 1_000


class ContactSerializer(serializers.ModelSerializer[Contact]):
    id = serializers.CharField(source="public_id", read_only=True)
    language = serializers.ChoiceField(LANGUAGES, read_only=True)
    segments = serializers.DictField(child=serializers.CharField(), read_only=True)
    # Days only: by the minute it could be seen in which order people are written to.
    bounced_on = serializers.SerializerMethodField(
        help_text="a mail to this address failed on this day, and none is sent to it; null: none did"
    )
    asked_on = serializers.SerializerMethodField(help_text="last invited to a survey on this day, or null")

    class Meta:
        model = Contact
        fields: tuple[str, ...] = (
            "id",
            "email",
            "key",
            "name",
            "language",
            "segments",
            "opted_out_at",
            "bounced_on",
            "asked_on",
        )
        read_only_fields = fields
        extra_kwargs: ClassVar = {
            "key": {"help_text": "your own key of the person"},
            "opted_out_at": {"help_text": "the person wants no invitations; null: never said so"},
        }

    def get_bounced_on(self, contact: Contact) -> date | None:
        return _day(contact, contact.bounced_at)

    def get_asked_on(self, contact: Contact) -> date | None:
        return _day(contact, contact.asked_at)


def _day(contact: Contact, at: datetime | None) -> date | None:
    return at.astimezone(ZoneInfo(contact.organisation.time_zone)).date() if at else None


class InvitedSerializer(serializers.Serializer[Any]):
    survey = serializers.CharField(source="survey.public_id", help_text="its id")
    survey_name = serializers.CharField(source="survey.name")
    invitation = serializers.CharField(source="mailing.public_id", help_text="of many people: its id")
    send_at = serializers.DateTimeField()
    state = serializers.ChoiceField(RecipientState.choices)
    problem = serializers.CharField(help_text="what a mail server that refused it said")
    opened = serializers.BooleanField(
        allow_null=True,
        help_text="the form was shown, perhaps to a program that reads mails; null, as started and finished, "
        "in an anonymous survey",
    )
    started = serializers.BooleanField(allow_null=True)
    finished = serializers.BooleanField(allow_null=True)
    response = serializers.CharField(
        allow_null=True, help_text="id of the finished answer; null, always in an anonymous survey"
    )


class WholeContactSerializer(ContactSerializer):
    invitations = serializers.SerializerMethodField(help_text="the latest first")

    class Meta(ContactSerializer.Meta):
        fields = (*ContactSerializer.Meta.fields, "invitations")
        read_only_fields = fields

    @extend_schema_field(InvitedSerializer(many=True))
    def get_invitations(self, contact: Contact) -> Any:
        return InvitedSerializer(invitations_of(contact), many=True).data


class NewContactSerializer(OnlyKnown):
    email = serializers.CharField(max_length=320)
    key = serializers.CharField(max_length=LONGEST_KEY, default="", allow_blank=True)
    name = serializers.CharField(max_length=LONGEST_NAME, required=False, allow_blank=True)
    language = serializers.ChoiceField(LANGUAGES, required=False)
    segments = serializers.DictField(
        child=serializers.CharField(max_length=rows.LONGEST_OPTION), default=dict
    )

    def validate_segments(self, segments: dict[str, str]) -> dict[str, str]:
        strange = [code for code in segments if not rows.SEGMENT.fullmatch(code)]
        if strange or len(segments) > rows.MOST_SEGMENTS:
            said = _("at most %d, named by small letters a to z, digits and _")
            raise serializers.ValidationError(said % rows.MOST_SEGMENTS)
        return segments


class ContactsWantedSerializer(OnlyKnown):
    contacts = serializers.ListField(child=NewContactSerializer(), min_length=1, max_length=MOST_AT_ONCE)


class ContactsStoredSerializer(serializers.Serializer[Any]):
    new = serializers.IntegerField(read_only=True)
    changed = serializers.IntegerField(read_only=True, help_text="contacts that were known")


class ContactFilterSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(required=False, max_length=320, help_text="just this address")
    key = serializers.CharField(required=False, max_length=LONGEST_KEY, help_text="just this key")
    segment = serializers.RegexField(
        rf"\A{rows.SEGMENT.pattern}\Z", required=False, help_text="with `option`: who has this value in it"
    )
    option = serializers.CharField(required=False, max_length=rows.LONGEST_OPTION)
    has_opted_out = serializers.BooleanField(required=False, allow_null=True, default=None)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if ("segment" in asked) != ("option" in asked):
            said = _("Give both, a segment and its value, or neither.")
            raise serializers.ValidationError({"option": [said]})
        return asked


class OfContacts(OfOrganisation[Contact]):
    needs: ClassVar[dict[str, May]] = {"GET": "edit"}
    serializer_class = ContactSerializer

    def get_queryset(self) -> QuerySet[Contact]:
        return (
            Contact.objects.filter(organisation=self.member.organisation)
            .select_related("organisation")
            .order_by("email")
        )


class Contacts(OfContacts, generics.ListAPIView[Contact]):
    @extend_schema(
        parameters=[ContactFilterSerializer], responses={200: ContactSerializer(many=True)} | PROBLEMS
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Whom the organisation may invite by e-mail."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Contact]:
        asked = ContactFilterSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        own = self.member.organisation
        found = chosen(
            own, Choice("", given.get("segment", ""), given.get("option", ""), given["has_opted_out"])
        )
        for name in ("email", "key"):
            if name in given:
                found = found.filter(**{f"{name}__iexact": given[name]})
        return found

    @extend_schema(
        request=ContactsWantedSerializer,
        responses={200: ContactsStoredSerializer} | PROBLEMS | problems(409),
        examples=[
            OpenApiExample(
                "One person",
                {"contacts": [{"email": "ann@example.org", "key": "K-17", "language": "en",
                               "segments": {"region": "north"}}]},
                request_only=True,
            )
        ],
    )  # fmt: skip
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Store contacts, all or none. Who is known, by key or else by address, is changed, not added."""
        asked = ContactsWantedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        read = [_row(place, one) for place, one in enumerate(asked.validated_data["contacts"])]
        found = match(self.member.organisation, read).problems
        if found:
            named = {f"contacts.{row.line}.{name}": [why] for row, name, why in found[:MOST_NAMED]}
            raise serializers.ValidationError(named)
        try:
            stored = storing.store(self.member.organisation, read)
        except ImportRefused as refused:
            raise Conflict(str(refused)) from refused
        return Response(ContactsStoredSerializer(stored).data)


def _row(place: int, given: dict[str, Any]) -> rows.Row:
    texts: dict[str, str] = {
        name: given[name] for name in ("email", "key", "name", "language") if name in given
    }
    try:
        return rows.read(place, texts, given["segments"])
    except rows.CellsWrong as wrong:
        named = {f"contacts.{place}.{name}": [why] for name, why in wrong.problems}
        raise serializers.ValidationError(named) from wrong


class ContactDetail(OfContacts):
    def found(self) -> Contact:
        return get_object_or_404(self.get_queryset(), public_id=self.kwargs["contact"])

    @extend_schema(responses={200: WholeContactSerializer} | PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One person whom the organisation may invite, with what the person was invited to."""
        return Response(WholeContactSerializer(self.found()).data)

    @extend_schema(responses={204: None} | PROBLEMS)
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Erase the contact. An opt-out is kept as a digest that tells no address."""
        storing.erase(self.found())
        return Response(status=204)


class ContactBounce(OfContacts):
    @extend_schema(responses={204: None} | PROBLEMS)
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say that the address works after all: the contact may be invited again."""
        bouncing.unmark(get_object_or_404(self.get_queryset(), public_id=self.kwargs["contact"]))
        return Response(status=204)


class ContactOptOut(OfContacts):
    @extend_schema(request=None, responses={200: ContactSerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Opt the person out, who asked for it otherwise than by the link in a mail. Doing it twice does
        nothing more; only the person can undo it, by that link."""
        found = get_object_or_404(self.get_queryset(), public_id=self.kwargs["contact"])
        opting_out.opt_out_for(found)
        found.refresh_from_db()
        return Response(ContactSerializer(found).data)
