"""The page behind the way out of every invitation. There is no account: whoever has the mail may."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from surveys.contacts import opting_out


# Without a cookie there is nothing a foreign page could borrow; mail programs post here by themselves.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest, token: str) -> HttpResponse:
    """Opt out, or in again. To look at the page changes nothing: programs that read mails follow its links.
    What they post by themselves opts out."""
    asked, is_back = opting_out.asked_by(token), request.POST.get("do") == "in"
    if asked and request.method == "POST":
        (opting_out.opt_in if is_back else opting_out.opt_out)(asked)
    is_out = asked and opting_out.is_out(asked)
    wanted = request.POST.get("language") or request.GET.get("language")
    is_known = wanted in dict(settings.LANGUAGES)
    language = wanted if wanted and is_known else translation.get_language_from_request(request)
    context = {
        "asked": asked,
        "is_out": is_out,
        "is_in_again": asked and is_back and not is_out,
        "company": asked.organisation.name if asked else "",
        "language": language,
        "is_rtl": translation.get_language_info(language)["bidi"],
    }
    with translation.override(language):
        page = render(request, "surveys/contacts/opt_out.html", context, status=200 if asked else 404)
    page.headers["Content-Language"] = language
    page.headers["Referrer-Policy"] = "no-referrer"
    return page
