"""The public questionnaire for programs: what is asked now, and handing in a respondent's answers.

Nobody signs in. What a form's signed key is to the pages, the key that the program chose is here: whatever is
sent again under it makes no second response.
"""

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from surveys.api.fields import MOST_NAMED, ChosenKey, OnlyKnown
from surveys.api.problems import Conflict, Gone, problems
from surveys.channels.addresses import LONGEST, channel_behind
from surveys.models import Invitation, Survey, Version
from surveys.questionnaire.conditions import HIDDEN, OPERATORS, Answer
from surveys.questionnaire.pages import Page, pages
from surveys.questionnaire.questions import AnswersRefused, Question
from surveys.quotas.places import QuotaFull
from surveys.responses import answering, keys
from surveys.responses.invitations import LinkRefused, opened
from surveys.selectors import newest_version

KINDS = ("scale", "single", "multiple", "number", "date", "short", "long", "points")
STATES = ("early", "open", "closed")


# -- what is asked


class ConditionSerializer(serializers.Serializer[Any]):
    question = serializers.CharField(help_text="an earlier question's code")
    operator = serializers.ChoiceField(OPERATORS)
    values = serializers.ListField(child=serializers.JSONField())


class ChoiceSerializer(serializers.Serializer[Any]):
    value = serializers.JSONField(help_text="what to send: a number on a scale, else a code")
    label = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes fields away


class QuestionSerializer(serializers.Serializer[Question]):
    code = serializers.CharField()
    kind = serializers.ChoiceField(KINDS, help_text="points: its share of the 100 points of its page")
    text = serializers.CharField()
    choices = serializers.SerializerMethodField()
    low = serializers.CharField(help_text="what the lowest point is called; empty where it has no name")
    high = serializers.CharField()
    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    dont_know = serializers.BooleanField(help_text='whether "dk" is an answer')
    required = serializers.BooleanField()  # type: ignore[assignment]
    show_if = ConditionSerializer(many=True, help_text="all must hold, or it is not asked")

    @extend_schema_field(ChoiceSerializer(many=True))
    def get_choices(self, question: Question) -> list[dict[str, int | str]]:
        is_number = question.kind == "scale"
        return [
            {"value": int(choice.value) if is_number else choice.value, "label": choice.label}
            for choice in question.choices
        ]


class PageSerializer(serializers.Serializer[Page]):
    code = serializers.CharField()
    title = serializers.CharField()
    show_if = ConditionSerializer(many=True, help_text="all must hold, or the whole page is not asked")
    questions = QuestionSerializer(many=True)


class QuestionnaireSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(STATES, help_text="answers are taken while it is open")
    privacy = serializers.ChoiceField(
        Survey.Privacy.choices,
        help_text="of a confidential survey tell who answers by a personal link that the company sees whose "
        "answers they are",
    )
    opens_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    language = serializers.CharField(help_text="of the texts here")
    languages = serializers.ListField(child=serializers.CharField())
    consent = serializers.CharField(help_text="what must be agreed to; empty where nothing must")
    thanks = serializers.CharField(help_text="what to say after the last page; may be empty")
    onward = serializers.CharField(help_text="where to lead from there; may be empty")
    pages = PageSerializer(many=True, help_text="empty unless open")


class LanguageSerializer(serializers.Serializer[Any]):
    language = serializers.CharField(max_length=10, required=False, help_text="the survey's first by default")


class Public(APIView):
    """An address that names a published survey and asks nobody who they are."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def version(self) -> Version:
        """The version that is asked now; a draft and no survey at all are the same 404."""
        version = newest_version(self.kwargs["survey"])
        if version is None:
            raise Http404
        return version


class Questionnaire(Public):
    @extend_schema(
        parameters=[LanguageSerializer], responses={200: QuestionnaireSerializer} | problems(400, 404)
    )
    def get(self, request: Request, survey: str) -> Response:
        """What the survey asks now, page by page in its order, in one language."""
        version, asked = self.version(), LanguageSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        language, state = _language(version, asked.validated_data.get("language")), _state(version.survey)
        shown = {
            "id": version.survey.public_id,
            "state": state,
            "privacy": version.survey.privacy,
            "opens_at": version.survey.opens_at,
            "closes_at": version.survey.closes_at,
            "version": version.number,
            "language": language,
            "languages": version.languages,
            "consent": version.content.saying("consent", language),
            "thanks": version.content.saying("thanks", language),
            "onward": version.content.onward,
            "pages": pages(version.content, language) if state == "open" else [],
        }
        return Response(QuestionnaireSerializer(shown).data)


def _state(survey: Survey) -> str:
    if survey.takes_answers:
        return "open"
    return "early" if survey.is_early and survey.state == Survey.State.OPEN else "closed"


def _language(version: Version, asked: str | None) -> str:
    if asked is not None and asked not in version.languages:
        problem = _("must be one of: %s") % ", ".join(version.languages)
        raise serializers.ValidationError({"language": [problem]})
    return asked or version.languages[0]


# -- handing in


class AnswersSerializer(OnlyKnown):
    key = ChosenKey(help_text="chosen at random for each respondent; whoever sends again sends the same")
    language = serializers.CharField(max_length=10, required=False, help_text="the survey's first by default")
    consent = serializers.BooleanField(default=False, help_text="needed where the questionnaire has one")
    t = serializers.CharField(
        max_length=100, required=False, help_text="what stands after ?t= in a personal link"
    )
    c = serializers.CharField(
        max_length=LONGEST,
        required=False,
        help_text="what stands after ?c= in a channel's address; one that is not known is passed over",
    )
    answers = serializers.DictField(
        help_text='by code: a number on a scale, an option\'s code or a list of them, a text, a day, "dk"; '
        "null or left out where it was skipped"
    )


class HandedInSerializer(serializers.Serializer[Any]):
    state = serializers.CharField(help_text="finished")
    withdrawal_code = serializers.CharField(help_text="with which the respondent takes the answers back")


HANDED_IN: dict[str, Any] = {
    "key": "3q2-7wAbcd_EFgh1JKlm",
    "language": "en",
    "consent": True,
    "answers": {"ecsi.image1": 8, "ecsi.image2": "dk", "own.region": "north"},
}


class HandIn(Public):
    @extend_schema(
        request=AnswersSerializer,
        responses={200: HandedInSerializer, 201: HandedInSerializer} | problems(400, 403, 404, 409, 410, 413),
        examples=[OpenApiExample("A respondent's answers", HANDED_IN, request_only=True)],
    )
    def post(self, request: Request, survey: str) -> Response:
        """Hand in all answers of one respondent at once.

        201 the first time. 200 with the same body when the same answers come again under the same key,
        however often and whenever; 409 when other answers do. 403 before the survey opens or without the
        consent it asks for, 410 once it is closed or the personal link was used. Refused answers are all
        named (`answers.ecsi.image1`), and nothing is stored.

        403 that names `quota` when a quota of people like this respondent is full: what was answered is then
        kept as unfinished and counts nowhere. Sent again under the same key it is taken if there is room by
        then.
        """
        version, body = self.version(), AnswersSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        token = sent.get("t")
        key = (
            keys.chosen_key(version, sent["key"])
            if token is None
            else keys.link_key(version, token, sent["key"])
        )
        language = _language(key.version, sent.get("language"))
        with translation.override(language):
            key = key._replace(invitation=_admitted(version.survey, key, token))
            if token is None and "c" in sent:
                channel = channel_behind(version.survey, sent["c"])
                key = key._replace(channel=channel.pk if channel else None)
            is_new = _handed_in(version.survey, key, language, sent)
        code = keys.withdrawal_code(key)
        return Response({"state": "finished", "withdrawal_code": code}, status=201 if is_new else 200)


def _admitted(survey: Survey, key: keys.Key, token: str | None) -> Invitation | None:
    """The personal link's invitation, if there is one. What was handed in before may be sent again."""
    try:
        _refuse_unless_open(survey)
        return None if token is None else opened(survey, token)
    except LinkRefused as refused:
        refusal: exceptions.APIException = Gone({"t": _link_problem(refused.why)})
    except exceptions.APIException as refused_now:
        refusal = refused_now
    if answering.is_finished(survey, key):
        return None
    raise refusal


def _refuse_unless_open(survey: Survey) -> None:
    state = _state(survey)
    if state == "early":
        raise exceptions.PermissionDenied(_("The survey is not open yet."))
    if state == "closed":
        raise Gone(_("The survey is closed."))


def _link_problem(why: str) -> str:
    return {
        "unknown": _("The personal link is not known here."),
        "used": _("The personal link has been used."),
        "expired_link": _("The personal link has expired."),
    }[why]


def _handed_in(survey: Survey, key: keys.Key, language: str, sent: Mapping[str, Any]) -> bool:
    """Whether this call finished the response, and not an earlier one."""
    asked = pages(key.version.content, language)
    agreed = sent["consent"] and bool(key.version.content.saying("consent", language))
    try:
        return answering.hand_in(survey, key, _accepted(asked, sent["answers"]), language, agreed)
    except AnswersRefused as refused:
        raise serializers.ValidationError({"answers": refused.problems}) from None
    except answering.ConsentMissing:
        problem = _("Please agree first; without it no answer is stored.")
        raise exceptions.PermissionDenied({"consent": problem}) from None
    except QuotaFull:
        problem = _("From people like this one there are enough answers already.")
        raise exceptions.PermissionDenied({"quota": problem}) from None
    except answering.AlreadyFinished:
        if "t" in sent:
            raise Gone({"t": _link_problem("used")}) from None
        raise Conflict({"key": _("Other answers were handed in under this key.")}) from None


def _accepted(asked: tuple[Page, ...], values: Mapping[str, Any]) -> dict[str, Answer]:
    """The answers that were sent, page by page as they would be asked. Raises AnswersRefused.

    It stops at the first page that is refused: what the next ones ask may depend on it.
    """
    known = {question.code for page in asked for question in page.questions}
    if unknown := [code for code in values if code not in known]:
        raise AnswersRefused(dict.fromkeys(unknown[:MOST_NAMED], _("This questionnaire does not ask this.")))
    answers: dict[str, Answer] = {}
    hidden: dict[str, Answer] = {}
    for page in asked:
        visible = page.visible(answers | hidden)
        left_out = {q.code for q in page.questions} - {q.code for q in visible.questions}
        if wrong := [code for code in left_out if values.get(code) is not None]:
            raise AnswersRefused(dict.fromkeys(wrong, _("After these answers this is not asked.")))
        answers |= visible.accept(values)
        hidden |= dict.fromkeys(left_out, HIDDEN)
    return answers
