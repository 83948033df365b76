"""The public questionnaire. No cookie, no script needed: the signed key in the form is all there is."""

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from surveys import answering
from surveys.models import Survey, Version
from surveys.questionnaire import Answer, AnswersRefused, Page, pages

RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}


@dataclass
class Visit:
    """One request of a respondent: which version, in which language, on which page."""

    survey: Survey
    version: Version
    language: str
    key_text: str
    number: int = 1

    @property
    def pages(self) -> tuple[Page, ...]:
        return pages(self.version, self.language)

    @property
    def page(self) -> Page:
        return self.pages[self.number - 1]


# The signed key is what a CSRF token would be; without a cookie there is nothing a foreign page could borrow.
# "private" without "no-store": a phone's Back button may then show the page again without asking to resend.
@csrf_exempt
@cache_control(private=True)
@require_http_methods(["GET", "HEAD", "POST"])
def respond(request: HttpRequest, survey: str) -> HttpResponse:
    found = Survey.objects.select_related("organisation").filter(public_id=survey).first()
    version = found.current_version if found else None
    if found is None or version is None:
        raise Http404
    visit = Visit(found, version, _language(request, version), "")
    with translation.override(visit.language):
        return _post(request, visit) if request.method == "POST" else _get(request, visit)


def _language(request: HttpRequest, version: Version) -> str:
    """The language asked for, else the browser's, else the survey's first."""
    asked = request.POST.get("language") or request.GET.get("language")
    preferred = [asked, translation.get_language_from_request(request)]
    return next((code for code in preferred if code in version.languages), version.languages[0])


def _get(request: HttpRequest, visit: Visit) -> HttpResponse:
    if visit.survey.state != Survey.State.OPEN:
        return _notice(request, visit, "closed", 410)
    visit.key_text = answering.new_key(visit.version)
    return _form(request, visit, {})


def _post(request: HttpRequest, visit: Visit) -> HttpResponse:
    try:
        key = answering.read_key(visit.survey, request.POST.get("key", ""))
    except answering.KeyRefused:
        return _notice(request, visit, "expired", 400)
    visit.version, visit.key_text = key.version, request.POST["key"]
    visit.language = _language(request, key.version)
    translation.activate(visit.language)
    if visit.survey.state != Survey.State.OPEN:
        return _notice(request, visit, "closed", 410)
    visit.number = _page_number(request.POST.get("page", ""), len(visit.pages))
    try:
        answers = visit.page.read(request.POST.dict())
        answering.save_page(visit.survey, key, visit.page, answers, visit.language)
    except AnswersRefused as refused:
        return _form(request, visit, {}, refused.problems, status=400)
    except answering.AlreadyFinished:
        return _notice(request, visit, "finished", 409)
    return _go_on(request, visit, key)


def _page_number(raw: str, last: int) -> int:
    number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 1
    return min(max(number, 1), last)


def _go_on(request: HttpRequest, visit: Visit, key: answering.Key) -> HttpResponse:
    """Show where the respondent wants to go; every button has saved the page by now."""
    if "switch" in request.POST:
        if request.POST["switch"] in visit.version.languages:
            visit.language = request.POST["switch"]
            translation.activate(visit.language)
    elif "back" in request.POST:
        visit.number = max(visit.number - 1, 1)
    elif visit.number < len(visit.pages):
        visit.number += 1
    else:
        answering.finish(visit.survey, key)
        return _notice(request, visit, "thanks", 200)
    return _form(request, visit, answering.answers_so_far(key))


def _form(
    request: HttpRequest,
    visit: Visit,
    answers: dict[str, Answer],
    problems: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "visit": visit,
        "page": visit.page,
        "last": len(visit.pages),
        "chosen": {code: str(value) for code, value in answers.items() if value is not None},
        "problems": problems or {},
        **_shared(visit),
    }
    return render(request, "surveys/respond/form.html", context, status=status)


def _notice(request: HttpRequest, visit: Visit, which: str, status: int) -> HttpResponse:
    context = {"which": which, "visit": visit, **_shared(visit)}
    return render(request, "surveys/respond/notice.html", context, status=status)


def _shared(visit: Visit) -> dict[str, object]:
    names = dict(settings.LANGUAGES)
    return {
        "survey": visit.survey,
        "company": visit.version.words(visit.language).get("company", ""),
        "language": visit.language,
        "direction": "rtl" if visit.language.split("-")[0] in RIGHT_TO_LEFT else "ltr",
        "languages": [(code, names.get(code, code)) for code in visit.version.languages],
    }
