"""The page on which a respondent takes answers back. Whoever has the code may: there is no account."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from surveys import limits
from surveys.responses import withdrawing

KIND = "withdrawal"
STATUSES = {"": 200, "erased": 200, "not_found": 404, "wait": 429}


# Without a cookie there is nothing that a foreign page could borrow; it would have to know the code.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    language = _language(request)
    with translation.override(language):
        code = request.POST.get("code", "").strip() if request.method == "POST" else ""
        outcome = _erase(request, code) if request.method == "POST" else ""
        context = {
            "outcome": outcome,
            "code": code,
            "language": language,
            "is_rtl": translation.get_language_info(language)["bidi"],
        }
        response = render(request, "surveys/respond/withdraw.html", context, status=STATUSES[outcome])
    response.headers["Content-Language"] = language
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _language(request: HttpRequest) -> str:
    asked = request.POST.get("language") or request.GET.get("language")
    return asked if asked in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def _erase(request: HttpRequest, code: str) -> str:
    """What became of it. Only failures count towards the limit."""
    address = limits.client_address(request)
    if limits.is_over(KIND, code, address):
        return "wait"
    if withdrawing.withdraw(code):
        return "erased"
    limits.note(KIND, code, address)
    return "not_found"
