"""Pages for requests that Django itself would refuse with a bare line."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import page_not_found

from surveys.api.problems import unknown_address


class RefusalPages:
    """A page for an address that only takes what a form sends, opened as a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or request.path.startswith("/api/"):
            return response
        page = render(request, "405.html", status=405)
        page.headers["Allow"] = response.headers.get("Allow", "POST")
        return page


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A program that asks for an address which the API does not have is answered as the API answers."""
    if request.path.startswith("/api/"):
        return unknown_address()
    return page_not_found(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is missing or of another session."""
    return render(request, "csrf.html", status=403)
