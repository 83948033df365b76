"""The questionnaire in a company's own page: which pages may show it in a frame, and what they paste.

Nothing of this service may be framed but a questionnaire under `?embed=1`, and that by the origins that an
editor named: nobody signs in on it, so that no click in a foreign frame can do what a member may.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from surveys.channels.addresses import token_of
from surveys.models import Channel, Survey

MOST_ORIGINS = 20
LONGEST = 260
LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
HOST = re.compile(rf"(?:{LABEL}\.)+(?!\d+\Z){LABEL}")  # no wildcard, and no number: a name that is registered
SCRIPT = "surveys/embed.js"


class OriginRefused(ValueError):
    """What is no origin of a page that may show the questionnaire; the message names it."""


def origins_of(written: Sequence[str]) -> list[str]:
    """The origins that were written, once each. Raises OriginRefused."""
    found = list(dict.fromkeys(_origin(one) for one in written))
    if len(found) > MOST_ORIGINS:
        raise OriginRefused(_("There may be at most %d.") % MOST_ORIGINS)
    return found


def _origin(written: str) -> str:
    """As a browser writes it. Nothing that could end a header's source list passes."""
    refused = OriginRefused(_("“%s” is no origin such as https://www.example.com") % written[:80])
    if len(written) > LONGEST or not re.fullmatch(r"[\x21-\x7e]+", written):
        raise refused
    try:
        parts = urlsplit(written.lower())
        port = parts.port
    except ValueError:
        raise refused from None
    host = parts.netloc.partition(":")[0]
    is_whole = f"https://{parts.netloc}" == written.lower().removesuffix("/")
    if parts.scheme != "https" or not is_whole or not HOST.fullmatch(host) or port == 0:
        raise refused
    return f"https://{host}" + (f":{port}" if port not in {None, 443} else "")


def is_embedded(request: HttpRequest, survey: Survey) -> bool:
    return request.GET.get("embed") == "1" and bool(survey.frame_origins)


def let_frame(request: HttpRequest, response: HttpResponse, survey: Survey) -> HttpResponse:
    """The response, which the survey's origins may show in a frame."""
    response.xframe_options_exempt = True  # read by Django's middleware
    framed = csp_replace({"frame-ancestors": survey.frame_origins})(lambda _request: response)
    return framed(request)  # type: ignore[return-value]


def snippet(channel: Channel) -> str:
    """The HTML to paste. Without the script, which a strict page may refuse, it is a frame of a fixed height.

    The script's address has no digest in it: what was pasted lasts longer than one release.
    """
    return format_html(
        '<iframe src="{}?embed=1&c={}" title="{}" width="100%" height="720" frameborder="0" loading="lazy">'
        "</iframe>\n"
        '<script src="{}{}{}" async></script>',
        channel.survey.link,
        token_of(channel),
        _title(channel.survey),
        settings.PUBLIC_URL,
        settings.STATIC_URL,
        SCRIPT,
    )


def _title(survey: Survey) -> str:
    """What a screen reader calls the frame."""
    version = survey.current_version
    company = version.words(version.languages[0]).get("company") if version else ""
    return company or survey.name
