"""The public questionnaire. No cookie, no script needed: the signed key in the form is all there is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from surveys.channels import embedding
from surveys.channels.addresses import channel_behind
from surveys.models import Channel, Survey, Version
from surveys.questionnaire.conditions import Answer
from surveys.questionnaire.pages import Page, pages
from surveys.questionnaire.questions import AnswersRefused, Choice
from surveys.questionnaire.steps import steps_at
from surveys.quotas.places import QuotaFull, full_quotas
from surveys.responses import answering, invitations, keys, one_click
from surveys.responses.known import known_beforehand, known_by
from surveys.selectors import newest_version
from surveys.views.asked import asked_on

# What is said instead of a page, and its status. A link that never was is not found; one that was is gone.
NOTICES = {
    "thanks": 200,
    "expired": 400,
    "early": 403,
    "full": 403,
    "unknown": 404,
    "finished": 409,
    "closed": 410,
    "used": 410,
    "expired_link": 410,
}


class Stopped(Exception):
    """There is no page to show, only a notice."""

    def __init__(self, notice: str) -> None:
        super().__init__(notice)
        self.notice = notice


@dataclass
class Visit:
    """A respondent's request: of which version, in which language, with what was answered before."""

    survey: Survey
    version: Version
    language: str
    key_text: str = ""
    key: keys.Key | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)  # of what is stored
    is_begun: bool = False
    is_embedded: bool = False
    chosen: one_click.Chosen | None = None
    channel: Channel | None = None  # whose address was opened just now

    @property
    def all_pages(self) -> tuple[Page, ...]:
        return pages(self.version.content, self.language)

    def shown_with(self, answers: Mapping[str, Answer]) -> list[Page]:
        return answering.shown_pages(self.version, self.language, {**self.answers, **answers})

    def page(self, code: str) -> Page:
        """The page of this code, or the next one shown if it is hidden; the first for a strange code."""
        order = {page.code: place for place, page in enumerate(self.all_pages)}
        shown = self.shown_with({})
        return next((page for page in shown if order[page.code] >= order.get(code, 0)), shown[-1])

    def reached(self, page: Page) -> list[Page]:
        """The pages shown up to this one."""
        shown = self.shown_with({})
        return shown[: [one.code for one in shown].index(page.code) + 1]

    @property
    def consent(self) -> str:
        """What must still be agreed to."""
        return "" if self.is_begun else self.version.content.saying("consent", self.language)

    @property
    def is_named(self) -> bool:
        """Whether who reads the answers is told whose they are."""
        key, is_confidential = self.key, self.survey.privacy == Survey.Privacy.CONFIDENTIAL
        return is_confidential and bool(key and key.invitation and invitations.is_named(key.invitation))

    def keep(self, answers: Mapping[str, Answer]) -> None:
        self.answers, self.is_begun = {**self.answers, **answers}, True


# The signed key is what a CSRF token would be; without a cookie there is nothing a foreign page could borrow.
# "private" without "no-store": a phone's Back button may then show the page again without asking to resend.
@csrf_exempt
@cache_control(private=True)
@require_http_methods(["GET", "HEAD", "POST"])
def respond(request: HttpRequest, survey: str) -> HttpResponse:
    visit = _visit(request, survey)
    with translation.override(visit.language):
        try:
            response = _post(request, visit) if request.method == "POST" else _get(request, visit)
        except Stopped as stopped:
            response = _notice(request, visit, stopped.notice)
    response.headers["Content-Language"] = visit.language
    response.headers["Referrer-Policy"] = "no-referrer"  # a personal link's token stands in the address
    if visit.is_embedded:
        return embedding.let_frame(request, response, visit.survey)
    return response


@csrf_exempt
@require_POST
def save(request: HttpRequest, survey: str) -> HttpResponse:
    """Keep answers as they are given, one by one; the form's script calls this."""
    visit = _visit(request, survey)
    with translation.override(visit.language):
        try:
            _save_some(request, visit)
        except Stopped as stopped:
            return JsonResponse({"state": stopped.notice}, status=NOTICES[stopped.notice])
        except answering.AlreadyFinished:
            return JsonResponse({"state": "finished"}, status=NOTICES["finished"])
        except answering.ConsentMissing:
            return JsonResponse({"state": "consent"}, status=403)
        except QuotaFull:
            return JsonResponse({"state": "full"})  # the answer is kept; the next page says what it means
        except AnswersRefused as refused:
            return JsonResponse({"state": "refused", "problems": refused.problems}, status=400)
    return JsonResponse({"state": "saved"})


# -- arriving


def _visit(request: HttpRequest, public_id: str) -> Visit:
    version = newest_version(public_id)
    if version is None:
        raise Http404
    language, is_embedded = _language(request, version), embedding.is_embedded(request, version.survey)
    return Visit(version.survey, version, language, is_embedded=is_embedded)


def _language(request: HttpRequest, version: Version, before: str = "") -> str:
    """The language asked for, else that of earlier answers, the browser's, the survey's first."""
    asked = request.POST.get("language") or request.GET.get("language")
    preferred = [asked, before, translation.get_language_from_request(request)]
    return next((code for code in preferred if code in version.languages), version.languages[0])


def _speak(visit: Visit, language: str) -> None:
    visit.language = language
    translation.activate(language)


def _check_open(survey: Survey) -> None:
    if survey.state == Survey.State.OPEN and survey.is_early:
        raise Stopped("early")
    if not survey.takes_answers:
        raise Stopped("closed")


def _check_room(survey: Survey, segments: Mapping[str, str]) -> None:
    """Nobody is asked whose answers would not be taken in the end."""
    if full_quotas(survey, segments):
        raise Stopped("full")


def _take_up(request: HttpRequest, visit: Visit, key_text: str) -> keys.Key:
    """Go on with the submission that the key names, in the version it was begun with."""
    try:
        key = keys.read_key(visit.survey, key_text, visit.version)
    except keys.KeyRefused:
        raise Stopped("expired") from None
    visit.version, visit.key, visit.key_text = key.version, key, key_text
    if response := answering.begun(key):
        if answering.was_finished_elsewhere(response, key):
            raise Stopped("finished")
        visit.keep(answering.given(response))
        visit.segments = response.segments
    _speak(visit, _language(request, key.version, response.language if response else ""))
    return key


# -- looking


def _get(request: HttpRequest, visit: Visit) -> HttpResponse:
    _check_open(visit.survey)
    if "t" in request.GET:
        return _resume(request, visit, request.GET["t"])
    visit.channel = channel_behind(visit.survey, request.GET["c"]) if "c" in request.GET else None
    _check_room(visit.survey, known_beforehand(visit.version, visit.channel))
    visit.key_text = keys.new_key(visit.version, visit.channel)
    return _begin(request, visit, visit.page(""))


def _resume(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """A personal link goes on where it was left, on whatever device."""
    try:
        invitation = invitations.opened(visit.survey, token)
    except invitations.LinkRefused as refused:
        raise Stopped(refused.why) from None
    key = _take_up(request, visit, keys.invited_key(visit.version, invitation, token))
    known = visit.segments if visit.is_begun else known_beforehand(visit.version, None, invitation)
    _check_room(visit.survey, known)
    if request.method == "GET":
        invitations.mark_opened(invitation)
    return _begin(request, visit, visit.page(answering.furthest_page(key)))


def _begin(request: HttpRequest, visit: Visit, page: Page) -> HttpResponse:
    """The page to go on with, or that of a rating which the address chose: it is marked and not stored."""
    visit.chosen = one_click.chosen(visit.reached(page), request.GET)
    if visit.chosen is None:
        return _form(request, visit, page)
    visit.answers = {**visit.answers, visit.chosen.question.code: visit.chosen.score}
    return _form(request, visit, visit.chosen.page)


# -- answering


def _save_some(request: HttpRequest, visit: Visit) -> None:
    key = _take_up(request, visit, request.POST.get("key", ""))
    _check_open(visit.survey)
    if "chosen" in request.POST and one_click.is_too_quick(key):
        raise AnswersRefused({"page": _("It came so soon that it might have been a program.")})
    page = visit.page(request.POST.get("page", ""))
    if page.code != request.POST.get("page"):
        raise AnswersRefused({"page": _("This page is no longer part of the questionnaire.")})
    answering.save(visit.survey, key, page.read_some(request.POST), visit.language, _agreed(request))


def _post(request: HttpRequest, visit: Visit) -> HttpResponse:
    key = _take_up(request, visit, request.POST.get("key", ""))
    _check_open(visit.survey)
    if request.POST.get("switch") in visit.version.languages:
        _speak(visit, request.POST["switch"])
    page = visit.page(request.POST.get("page", ""))
    if page.code != request.POST.get("page"):  # an answer given elsewhere hides it: nothing here counts
        return _form(request, visit, page)
    if "chosen" in request.POST and one_click.is_too_quick(key):
        return _form(request, visit, page, {}, is_too_quick=True)
    try:
        return _go_on(request, visit, key, page)
    except AnswersRefused as refused:
        return _form(request, visit, page, _all_problems(request, page, refused), status=400)
    except answering.ConsentMissing:
        return _without_consent(request, visit, page)
    except answering.AlreadyFinished:
        raise Stopped("finished") from None
    except QuotaFull:
        visit.keep({})
        raise Stopped("full") from None


def _agreed(request: HttpRequest) -> bool:
    return request.POST.get("consent") == "1"


def _all_problems(request: HttpRequest, page: Page, refused: AnswersRefused) -> dict[str, str]:
    """What is wrong and what is left out are said at once, not one after the other."""
    if {"switch", "back"} & request.POST.keys():
        return refused.problems
    typed = {q.code: request.POST.get(q.code, "").strip() or None for q in page.questions}
    return page.lacking(typed) | refused.problems


def _without_consent(request: HttpRequest, visit: Visit, page: Page) -> HttpResponse:
    """Nothing was stored. A change of language is no refusal: the text may be read in it first."""
    if "switch" in request.POST:
        return _form(request, visit, page, {})
    problem = _("Please agree first; without it no answer is stored.")
    return _form(request, visit, page, {"consent": problem}, status=403)


def _go_on(request: HttpRequest, visit: Visit, key: keys.Key, page: Page) -> HttpResponse:
    """Save the page, whichever button was pressed, and show where the respondent wants to go.

    Going back or to another language asks for nothing that is required: it may be answered on return.
    """
    stays, back = "switch" in request.POST, "back" in request.POST
    answers = page.read_some(request.POST) if stays or back else page.read(request.POST)
    shown = visit.shown_with(answers)
    place = [one.code for one in shown].index(page.code)
    if not stays and not back and place + 1 == len(shown):
        return _hand_in(request, visit, key, answers)
    to = shown[place if stays else max(place - 1, 0) if back else place + 1]
    answering.save(visit.survey, key, answers, visit.language, _agreed(request), to.code, visit.is_begun)
    visit.keep(answers)
    return _form(request, visit, to)


def _hand_in(
    request: HttpRequest, visit: Visit, key: keys.Key, answers: Mapping[str, Answer]
) -> HttpResponse:
    """Finish, unless something is lacking on an earlier page: one left out, or changed answer by answer."""
    for page in visit.shown_with(answers):
        problems = page.lacking({**visit.answers, **answers})
        if problems:
            answering.save(visit.survey, key, answers, visit.language, _agreed(request))
            visit.keep(answers)
            return _form(request, visit, page, problems, status=400, typed=False)
    answering.hand_in(visit.survey, key, answers, visit.language, _agreed(request), visit.is_begun)
    raise Stopped("thanks")


# -- showing


def _form(
    request: HttpRequest,
    visit: Visit,
    page: Page,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
    typed: bool = True,
    is_too_quick: bool = False,
) -> HttpResponse:
    """A page; with `problems` (even none) as it was typed, since it could not be stored."""
    known = _known(visit)
    given = {**{code: choice.value for code, choice in known.items()}, **visit.answers}
    if problems is not None and typed:
        given = {question.code: request.POST.getlist(question.code) for question in page.questions}
    steps = steps_at(page, visit.all_pages, visit.answers)
    context = {
        "visit": visit,
        "page": page,
        "asked": asked_on(page, given, problems or {}),
        "steps": steps,
        "known": [choice.label for choice in known.values()] if steps.number == 1 else [],
        "problems": problems or {},
        "agreed": _agreed(request),
        "is_too_quick": is_too_quick,
        "has_required": any(q.required for one in visit.all_pages for q in one.questions),
        **_shared(visit),
    }
    return render(request, "surveys/respond/form.html", context, status=status)


def _known(visit: Visit) -> dict[str, Choice]:
    """What the link answers for who has it, by the codes of the questions."""
    link: Any = visit.channel
    if visit.key:
        link = visit.key.invitation or visit.survey.channels.filter(pk=visit.key.channel or 0).first()
    known = known_by(link.segments, visit.version) if link else {}
    asked = (question for page in visit.all_pages for question in page.questions if question.is_segment)
    return {
        one.code: choice
        for one in asked
        for choice in one.choices
        if choice.value == known.get(one.code.partition(".")[2])
    }


def _notice(request: HttpRequest, visit: Visit, notice: str) -> HttpResponse:
    content = visit.version.content
    context: dict[str, Any] = {"notice": notice, "visit": visit, **_shared(visit)}
    if notice == "thanks" and visit.key:
        context |= {
            "code": keys.withdrawal_code(visit.key),
            "thanks": content.saying("thanks", visit.language),
            "onward": content.onward,
        }
    return render(request, "surveys/respond/notice.html", context, status=NOTICES[notice])


def _shared(visit: Visit) -> dict[str, object]:
    return {
        "survey": visit.survey,
        "company": visit.version.words(visit.language).get("company", ""),
        "language": visit.language,
        "is_rtl": translation.get_language_info(visit.language)["bidi"],
        "languages": [
            (code, translation.get_language_info(code)["name_local"]) for code in visit.version.languages
        ],
    }
