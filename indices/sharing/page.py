"""The report that a link opens: read only, without a cookie, and without a way to anything else."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from indices.models import ShareLink
from indices.report.views import report_template
from indices.sharing.links import link_of, note_view
from indices.sharing.told import choice_of, context_of
from surveys import limits

KIND = "share"
FRAME = "indices/public.html"


@cache_control(private=True, no_store=True)
@require_safe
def shared_report(request: HttpRequest, token: str) -> HttpResponse:
    """Whatever else the address asks for, only its language is heeded."""
    address = limits.client_address(request)
    if limits.is_over(KIND, token, address):
        return _finished(request, _language(request), "indices/sharing/wait.html", {}, 429)
    link = link_of(token)
    if link is None:
        limits.note(KIND, token, address)
        return _finished(request, _language(request), "indices/sharing/gone.html", {}, 404)
    if request.method == "GET":
        note_view(link)
    return _shown(request, link)


def _shown(request: HttpRequest, link: ShareLink) -> HttpResponse:
    language = _language(request, link.language)
    with translation.override(language), timezone.override(link.survey.organisation.time_zone):
        choice = choice_of(link)
        context = context_of(choice, link) if choice else {}
        context |= {"survey": link.survey, "link": link}
        is_there = choice is not None and "report" in context
        template = report_template(choice.use) if choice and is_there else "indices/sharing/nothing.html"
        return _finished(request, language, template, context)


def _language(request: HttpRequest, own: str = "") -> str:
    """The one asked for; else the link's own, or the browser's."""
    asked = request.GET.get("language")
    if asked in dict(settings.LANGUAGES):
        return asked
    return own or translation.get_language_from_request(request)


def _finished(
    request: HttpRequest, language: str, template: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    shown = {**context, "base": FRAME, "languages_offered": settings.LANGUAGES}
    with translation.override(language):
        response = render(request, template, shown, status=status)
    response.headers["Content-Language"] = language
    response.headers["Referrer-Policy"] = "no-referrer"  # the secret stands in the address
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
