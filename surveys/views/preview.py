"""The draft as respondents would see it. Test answers travel in the form's key and are stored nowhere."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from surveys.drafts.outline import legible, readers_language
from surveys.models import Member, Survey, Version
from surveys.questionnaire.pages import Page
from surveys.questionnaire.questions import AnswersRefused
from surveys.responses import one_click
from surveys.views import respond
from surveys.views.access import for_members, get_survey

SALT = "surveys.preview"
NO_CODE = "-".join(["·····"] * 4)


class Trial(respond.Visit):
    """An author's walk through the draft. The templates ask `is_preview` where they must not store."""

    is_preview = True

    @property
    def leave(self) -> str:
        return reverse("questions", args=[self.survey.organisation.slug, self.survey.public_id])

    def read_key(self, text: str) -> bool:
        """Take up the test answers, if the key is sound and of this survey."""
        try:
            survey, answers, begun = signing.loads(text, salt=SALT)
        except (signing.BadSignature, ValueError, TypeError):
            return False
        if survey != self.survey.public_id:
            return False
        self.answers, self.is_begun = answers, begun
        return True

    def write_key(self) -> None:
        kept = [self.survey.public_id, dict(self.answers), self.is_begun]
        self.key_text = signing.dumps(kept, salt=SALT, compress=True)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def preview(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    content = legible(found)
    version = Version(survey=found, number=0, snapshot=content.snapshot, digest=content.digest)
    visit = Trial(found, version, _language(request, found))
    goes_on = visit.read_key(request.POST.get("key", ""))
    if not visit.shown_with({}):
        messages.error(request, _("There is nothing to preview yet: the draft asks nothing."))
        return redirect("questions", member.organisation.slug, found.public_id)
    with translation.override(visit.language):
        response = _post(request, visit) if goes_on else _begin(request, visit)
    response.headers["Content-Language"] = visit.language
    return response


def _language(request: HttpRequest, survey: Survey) -> str:
    asked = (request.POST.get("switch"), request.POST.get("language"), request.GET.get("language"))
    return next((code for code in asked if code and code in survey.languages), readers_language(survey))


def _begin(request: HttpRequest, visit: Trial) -> HttpResponse:
    """The first page, or that of a rating which the address of a test mail chose."""
    page = visit.page("")
    visit.chosen = one_click.chosen(visit.reached(page), request.GET)
    if visit.chosen:
        page = visit.chosen.page
        visit.answers = {**visit.answers, visit.chosen.question.code: visit.chosen.score}
    return _show(request, visit, page)


def _post(request: HttpRequest, visit: Trial) -> HttpResponse:
    page = visit.page(request.POST.get("page", ""))
    if page.code != request.POST.get("page"):
        return _show(request, visit, page)
    try:
        return _go_on(request, visit, page)
    except AnswersRefused as refused:
        return _show(request, visit, page, refused.problems, status=400)


def _go_on(request: HttpRequest, visit: Trial, page: Page) -> HttpResponse:
    """As in the public form: back and another language ask for nothing that is required."""
    stays, back = "switch" in request.POST, "back" in request.POST
    answers = page.read_some(request.POST) if stays or back else page.read(request.POST)
    if visit.consent and request.POST.get("consent") != "1":
        asked = {} if stays else {"consent": _("Please agree first; without it no answer is stored.")}
        return _show(request, visit, page, asked, status=403 if asked else 200)
    shown = visit.shown_with(answers)
    place = [one.code for one in shown].index(page.code)
    visit.keep(answers)
    if not stays and not back and place + 1 == len(shown):
        return _end(request, visit)
    return _show(request, visit, shown[place if stays else max(place - 1, 0) if back else place + 1])


def _end(request: HttpRequest, visit: Trial) -> HttpResponse:
    """The thanks, unless something is required on a page that was left out."""
    for page in visit.shown_with({}):
        if problems := page.lacking(visit.answers):
            return _show(request, visit, page, problems, status=400, typed=False)
    content = visit.version.content
    context = {
        "notice": "thanks",
        "visit": visit,
        "code": NO_CODE,
        "thanks": content.saying("thanks", visit.language),
        "onward": content.onward,
        **respond._shared(visit),
    }
    return render(request, "surveys/respond/notice.html", context)


def _show(
    request: HttpRequest, visit: Trial, page: Page, problems: Mapping[str, str] | None = None, **more: Any
) -> HttpResponse:
    """The public form's own page, so that the preview cannot differ from it."""
    visit.write_key()
    return respond._form(request, visit, page, problems, **more)
