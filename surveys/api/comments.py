"""What customers wrote, by the API: told to each role as the page tells it."""

from typing import Any, ClassVar

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response as Answered

from surveys.api.follow_up import FollowUpSerializer
from surveys.api.organisation import OfOrganisation
from surveys.api.problems import PROBLEMS
from surveys.follow_up.changes import followed_comment
from surveys.follow_up.selectors import follow_up_beside
from surveys.forms.words import WordsForm
from surveys.models import FollowUp, Response, Survey, TextAnswer
from surveys.words import disclosure
from surveys.words.comments import LONGEST_SEARCH, CommentPage, Filter, comment_of, comment_page, order_for
from surveys.words.scores import GROUPS
from surveys.words.time_limit import TookTooLong, limited

MOST_AT_ONCE = 100


class CommentFilterSerializer(serializers.Serializer[Any]):
    search = serializers.CharField(max_length=LONGEST_SEARCH, required=False, help_text="a part of the text")
    question = serializers.CharField(max_length=90, required=False, help_text="an open question's code")
    period = serializers.CharField(max_length=22, required=False, help_text="a period's id")
    segment = serializers.CharField(max_length=90, required=False, help_text="question:option")
    language = serializers.CharField(max_length=10, required=False)
    rating = serializers.CharField(
        max_length=90,
        required=False,
        help_text="the code of the rating whose score is told and chosen by; in an anonymous survey it is "
        "always the first one, and none is chosen",
    )
    group = serializers.ChoiceField(
        list(GROUPS), required=False, help_text="of its scores: detractors, passives and promoters of an NPS"
    )
    after = serializers.CharField(max_length=22, required=False, help_text="the id of the last one you have")
    base = serializers.BooleanField(
        default=False, help_text="also count how many people wrote; takes long in a large survey"
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE, default=MOST_AT_ONCE)


class CommentSerializer(serializers.Serializer[Any]):
    """Whoever may not edit gets the text and its question alone; and whoever may, in an anonymous survey the
    rating's group and the period beside it, and nothing else by which it could be laid beside responses."""

    id = serializers.CharField(source="public_id")
    question = serializers.CharField(source="code")
    text = serializers.CharField()
    rating = serializers.SerializerMethodField(help_text="the code of the rating that the score is of")
    score = serializers.SerializerMethodField(help_text="null in an anonymous survey")
    group = serializers.SerializerMethodField(help_text="of the score: low, middle or high")
    segments = serializers.SerializerMethodField(help_text="question: option; null in an anonymous survey")
    language = serializers.SerializerMethodField(help_text="null in an anonymous survey")
    period = serializers.SerializerMethodField(help_text="a period's id")
    finished_at = serializers.SerializerMethodField(
        help_text="null in an anonymous survey, and where unknown"
    )
    follow_up = serializers.SerializerMethodField(help_text="a follow-up's id; null where there is none")

    @property
    def is_told(self) -> bool:
        return not self.context["texts_only"]

    @property
    def is_told_exactly(self) -> bool:
        return self.is_told and not disclosure.is_anonymous(self.context["survey"])

    @extend_schema_field({"type": ["string", "null"]})
    def get_rating(self, text: TextAnswer) -> str | None:
        rating = self.context["chosen"].rating
        return rating.code if rating and self.is_told else None

    @extend_schema_field({"type": ["integer", "null"]})
    def get_score(self, text: TextAnswer) -> int | None:
        score = text.response.answers.get(self.get_rating(text) or "")
        return score if isinstance(score, int) and self.is_told_exactly else None

    @extend_schema_field({"type": ["string", "null"], "enum": [*GROUPS, None]})
    def get_group(self, text: TextAnswer) -> str | None:
        rating = self.context["chosen"].rating
        return (
            (rating.group_of(text.response.answers.get(rating.code)) or None)
            if self.get_rating(text)
            else None
        )

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": {"type": "string"}})
    def get_segments(self, text: TextAnswer) -> dict[str, str] | None:
        return text.response.segments if self.is_told_exactly else None

    @extend_schema_field({"type": ["string", "null"]})
    def get_language(self, text: TextAnswer) -> str | None:
        return text.response.language if self.is_told_exactly else None

    @extend_schema_field({"type": ["string", "null"]})
    def get_period(self, text: TextAnswer) -> str | None:
        period = text.response.period
        return period.public_id if period and self.is_told else None

    @extend_schema_field({"type": ["string", "null"], "format": "date-time"})
    def get_finished_at(self, text: TextAnswer) -> str | None:
        at = text.response.finished_at
        return at.isoformat() if at and self.is_told_exactly else None

    @extend_schema_field({"type": ["string", "null"]})
    def get_follow_up(self, text: TextAnswer) -> str | None:
        follow_up = follow_up_beside(self.context["survey"], text)
        return follow_up.public_id if follow_up and self.is_told else None


class CommentPageSerializer(serializers.Serializer[Any]):
    base = serializers.IntegerField(
        allow_null=True,
        help_text="how many people wrote comments under the filter, whatever is searched for; null where it "
        "was not asked for and nothing depends on it, and in an anonymous survey where they are few",
    )
    reason = serializers.CharField(help_text="why comments are withheld from the caller's role; else empty")
    after = serializers.CharField(allow_null=True, help_text="for the next page; null on the last")
    results = CommentSerializer(many=True)


class Comments(OfOrganisation[TextAnswer]):
    serializer_class = CommentSerializer
    pagination_class = None

    @extend_schema(
        operation_id="organisations_surveys_comments_list",
        parameters=[CommentFilterSerializer],
        responses={200: CommentPageSerializer} | PROBLEMS,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """What was written in answer to open questions, by those who finished and are counted.

        To whoever may not edit, comments are told only where enough people wrote some, without anything of
        who wrote them, and narrowed by the period alone. In an anonymous survey a segment or a language is
        chosen without another filter, and only where enough people wrote some. `reason` says so where none
        are told.
        """
        survey, texts_only = self.survey, not self.may_edit
        asked = CommentFilterSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        after, limit, wants_base = given.pop("after", ""), given.pop("limit"), given.pop("base")
        chosen = _filter(survey, given)
        page: CommentPage | None = CommentPage([], False)
        try:
            with limited():
                told = disclosure.told(survey, chosen, self.may_edit)
                base = told.base
                if not told.reason:
                    page = comment_page(survey, chosen, order_for(survey, texts_only), after, limit)
                    if wants_base and self.may_edit:
                        base = disclosure.base_for_editors(survey, chosen)
        except TookTooLong as refused:
            raise serializers.ValidationError(str(refused)) from refused
        if page is None:
            raise serializers.ValidationError({"after": [_("There is no such comment (any more).")]})
        context = {"texts_only": texts_only, "chosen": chosen, "survey": survey}
        results = CommentSerializer(page.rows, many=True, context=context).data
        last = page.rows[-1].public_id if page.has_more else None
        return Answered({"base": base, "reason": told.reason, "after": last, "results": results})


def _filter(survey: Survey, given: dict[str, Any]) -> Filter:
    form = WordsForm(given, survey, survey.languages[0])
    if not form.is_valid():
        raise serializers.ValidationError(
            {name: [str(one) for one in problems] for name, problems in form.errors.items()}
        )
    if "rating" in given and disclosure.is_anonymous(survey):
        raise serializers.ValidationError({"rating": [_("The survey is anonymous: none can be chosen.")]})
    if strange := [name for name in given if name not in form.fields]:
        raise serializers.ValidationError({name: [_("The survey has none.")] for name in strange})
    return form.chosen()


class CommentFollowUp(OfOrganisation[FollowUp]):
    serializer_class = FollowUpSerializer
    needs: ClassVar = {"POST": "edit"}

    @extend_schema(request=None, responses={200: FollowUpSerializer} | PROBLEMS)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Answered:
        """Begin to follow up the comment's response, or find its follow-up: there is one for each response,
        and in an anonymous survey one for each comment, which leads to no other."""
        text = comment_of(self.survey, self.kwargs["comment"])
        if text is None:
            raise Http404
        try:
            return Answered(FollowUpSerializer(followed_comment(text)).data)
        except Response.DoesNotExist as gone:  # withdrawn meanwhile
            raise Http404 from gone
