"""The signed-in person's own language, before that of the browser."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

PUBLIC = ("/s/", "/r/")  # questionnaires, and reports by a link


class PersonalLanguageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Such a page has a language of its own and must not be varied by somebody's session.
        if not request.path.startswith(PUBLIC) and request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language() or "en"
        return self.get_response(request)
