"""What customers wrote, and the step from a comment to its follow-up."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from surveys.follow_up.changes import followed_comment
from surveys.follow_up.selectors import follow_up_beside
from surveys.forms.words import WordsForm
from surveys.models import FollowUp, Member, Response, Survey, TextAnswer
from surveys.views.access import for_members, get_survey
from surveys.words import disclosure
from surveys.words.comments import comment_of, comment_page, order_for
from surveys.words.keywords import MOST_TEXTS, keywords
from surveys.words.scores import Rating

LANGUAGES = dict(settings.LANGUAGES)


@dataclass(frozen=True)
class Comment:
    """What stands beside a comment for those who read single responses; for others only its question."""

    text: TextAnswer
    question: str
    rating: Rating | None
    labels: dict[str, str]

    @property
    def response(self) -> Response:
        return self.text.response

    @property
    def score(self) -> str:
        return self.rating.said(self.response.answers.get(self.rating.code)) if self.rating else ""

    @property
    def group(self) -> str:
        return self.rating.group_of(self.response.answers.get(self.rating.code)) if self.rating else ""

    @property
    def is_anonymous(self) -> bool:
        return self.response.survey.privacy == Survey.Privacy.ANONYMOUS

    @property
    def segments(self) -> list[str]:
        own = self.response.segments.items()
        return [self.labels.get(f"{code}:{option}", option) for code, option in own]

    @property
    def language_name(self) -> str:
        return LANGUAGES.get(self.response.language, self.response.language)

    @property
    def follow_up(self) -> FollowUp | None:
        return follow_up_beside(self.response.survey, self.text)


@for_members()
def words(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    form = WordsForm(request.GET, found, get_language() or "en")
    if not form.is_valid():
        raise Http404
    chosen, texts_only = form.chosen(), not member.may_edit
    told = (disclosure.told_to_viewers if texts_only else disclosure.told_to_all)(found, chosen)
    asked = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    context: dict[str, Any] = {
        "member": member,
        "survey": found,
        "form": form,
        "told": told,
        "asked": asked,
        "query": urlencode(asked),
        "without_search": urlencode({name: value for name, value in asked.items() if name != "search"}),
        "is_first": not request.GET.get("after"),
        "texts_only": texts_only,
        "is_anonymous": found.privacy == Survey.Privacy.ANONYMOUS,
        "most_texts": MOST_TEXTS,
    }
    if not told.reason:
        order = order_for(found, texts_only)
        page = comment_page(found, chosen, order, request.GET.get("after", ""))
        if page is None:  # the comment it should go on from is gone
            return redirect(f"{request.path}?{urlencode(asked)}")
        least = member.organisation.least_group if texts_only else 0
        context |= {
            "comments": [comment(found, form, one, chosen.rating) for one in page.rows],
            "has_more": page.has_more,
            "number": chosen.of(found).count(),
            "keywords": keywords(order.rows(chosen.of(found)), least),
            "rating": chosen.rating,
        }
    return render(request, "surveys/words/words.html", context)


def comment(survey: Survey, form: WordsForm, text: TextAnswer, rating: Rating | None) -> Comment:
    text.response.survey = survey
    return Comment(text, form.questions.get(text.code, text.code), rating, form.segments)


@require_POST
@for_members(may="edit")
def comment_follow_up(request: HttpRequest, member: Member, survey: str, comment: str) -> HttpResponse:
    """Begin to follow up a comment, or go on with it."""
    found = get_survey(member, survey)
    text = comment_of(found, comment)
    if text is None:
        raise Http404
    try:
        follow_up = followed_comment(text)
    except Response.DoesNotExist as gone:
        raise Http404 from gone
    return redirect("follow-up", member.organisation.slug, found.public_id, follow_up.public_id)
