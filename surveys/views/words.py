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
from surveys.words.comments import MOST_COUNTED, comment_of, comment_page, counted, order_for
from surveys.words.keywords import MOST_TEXTS, keywords
from surveys.words.scores import GROUPS, Rating
from surveys.words.time_limit import TookTooLong, limited

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
        """Exactly, or in an anonymous survey its group."""
        if self.is_anonymous:
            return str(GROUPS.get(self.group, ""))
        return self.rating.said(self.response.answers.get(self.rating.code)) if self.rating else ""

    @property
    def group(self) -> str:
        return self.rating.group_of(self.response.answers.get(self.rating.code)) if self.rating else ""

    @property
    def is_anonymous(self) -> bool:
        return disclosure.is_anonymous(self.response.survey)

    @property
    def segments(self) -> list[str]:
        if self.is_anonymous:
            return []
        own = self.response.segments.items()
        return [self.labels.get(f"{code}:{option}", option) for code, option in own]

    @property
    def language_name(self) -> str:
        return "" if self.is_anonymous else LANGUAGES.get(self.response.language, self.response.language)

    @property
    def follow_up(self) -> FollowUp | None:
        return follow_up_beside(self.response.survey, self.text)


@for_members()
def words(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    form = WordsForm(request.GET, found, get_language() or "en")
    if not form.is_valid():
        raise Http404
    asked = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    try:
        with limited():
            read = _read(found, form, member.may_edit, request.GET.get("after", ""))
    except TookTooLong as refused:
        read = {"told": disclosure.Told(None, str(refused))}
    if read is None:  # the comment it should go on from is gone
        return redirect(f"{request.path}?{urlencode(asked)}")
    context: dict[str, Any] = {
        "member": member,
        "survey": found,
        "fields": form.shown(member.may_edit),
        "asked": asked,
        "query": urlencode(asked),
        "without_search": urlencode({name: value for name, value in asked.items() if name != "search"}),
        "is_first": not request.GET.get("after"),
        "texts_only": not member.may_edit,
        "is_anonymous": disclosure.is_anonymous(found),
        "most_texts": MOST_TEXTS,
        "most_counted": MOST_COUNTED,
    }
    return render(request, "surveys/words/words.html", context | read)


def _read(survey: Survey, form: WordsForm, may_edit: bool, after: str) -> dict[str, Any] | None:
    """The comments and what is counted of them, or why not; None if there is no comment `after`. Words are
    counted of the first page only: on the others they would be the same."""
    chosen = form.chosen()
    told = disclosure.told(survey, chosen, may_edit)
    if told.reason:
        return {"told": told}
    order = order_for(survey, texts_only=not may_edit)
    page = comment_page(survey, chosen, order, after, keys=0 if after else MOST_TEXTS + 1)
    if page is None:
        return None
    is_guarded = not may_edit or disclosure.is_anonymous(survey)
    counts = counted(chosen.of(survey))
    # How many people wrote a few texts would tell which of them are of the same person.
    people = counts.people if not is_guarded else None if chosen.search else told.base
    return {
        "told": told,
        "comments": [comment(survey, form, one, chosen.rating) for one in page.rows],
        "has_more": page.has_more,
        "counts": counts,
        "people": people,
        "keywords": None if after else keywords(page.keys, *_least(survey, is_guarded)),
        "rating": chosen.rating,
    }


def _least(survey: Survey, is_guarded: bool) -> tuple[int, int]:
    """How many people must have used a word, and written the texts, for words to be told."""
    return (survey.organisation.least_group, disclosure.least_commenting(survey)) if is_guarded else (0, 0)


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
