"""The questionnaire in a company's own page: which pages may show it in a frame, and what they paste.

Nothing of this service may be framed but a questionnaire under `?embed=1`, and that by the origins that an
editor named: nobody signs in on it, so that no click in a foreign frame can do what a member may.
"""

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from surveys.channels.addresses import token_of
from surveys.imports.refusals import shown
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
    try:
        parts = urlsplit(written.lower())
    except ValueError:  # brackets that hold no address
        raise _refused(written, _("must name a host by its full name, such as www.example.com")) from None
    host = parts.netloc.partition(":")[0]
    is_whole = f"https://{parts.netloc}" == written.lower().removesuffix("/")
    wrong = {
        _("must have at most %d characters") % LONGEST: len(written) > LONGEST,
        _("must be in plain letters: a domain of another script as it stands in the DNS (xn--…)"): (
            not re.fullmatch(r"[\x21-\x7e]+", written)
        ),
        _("must begin with https://"): not written.lower().startswith("https://"),
        _("must stand alone, without commas or semicolons"): bool(re.search("[,;]", written)),
        _("must be without a name and password before the host"): "@" in parts.netloc,
        _("must name each host in full, without *"): "*" in host,
        _("must be without a path: only https:// and the host"): not is_whole,
        _("must name a host by its full name, such as www.example.com"): not HOST.fullmatch(host),
        _("must have a port from 1 to 65535, or none"): _port_of(parts) == 0,
    }
    if problem := next((one for one, holds in wrong.items() if holds), None):
        raise _refused(written, problem)
    port = _port_of(parts)
    return f"https://{host}" + (f":{port}" if port not in {None, 443} else "")


def _port_of(parts: SplitResult) -> int | None:
    """0 for what is no port."""
    try:
        return parts.port
    except ValueError:
        return 0


def _refused(written: str, problem: str) -> OriginRefused:
    return OriginRefused(f"{shown(written)}: {problem}")


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
