"""One's own digest: how often it comes, and ending it from the mail itself."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from indices.digests.due import first_digest
from indices.digests.forms import DigestForm
from indices.digests.sending import digest_of
from indices.models import Digest
from surveys import limits
from surveys.models import Member
from surveys.views.access import for_members

KIND = "digest"


@for_members()
def digest(request: HttpRequest, member: Member) -> HttpResponse:
    """Until it is saved the first time, nothing is stored but by the first look for what is due."""
    own = Digest.objects.filter(member=member).first() or first_digest(member, timezone.now())
    form = DigestForm(request.POST if request.method == "POST" else None, instance=own)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("digest", member.organisation.slug)
    return render(request, "indices/digests/settings.html", {"member": member, "form": form, "own": own})


# Without a cookie there is nothing a foreign page could borrow; mail programs post here by themselves.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def no_more(request: HttpRequest, token: str) -> HttpResponse:
    """End the digest. To look at the page changes nothing: programs that read mails follow its links."""
    address = limits.client_address(request)
    if limits.is_over(KIND, token, address):
        return _page(request, None, "indices/sharing/wait.html", 429)
    own = digest_of(token)
    if own is None:
        limits.note(KIND, token, address)
        return _page(request, None, "indices/digests/unknown.html", 404)
    if request.method == "POST":
        Digest.objects.filter(pk=own.pk).update(every=Digest.Every.NEVER)
        own.every = Digest.Every.NEVER
    return _page(request, own, "indices/digests/off.html", 200)


def _page(request: HttpRequest, own: Digest | None, template: str, status: int) -> HttpResponse:
    asked = request.GET.get("language")
    spoken = own.member.user.language if own else translation.get_language_from_request(request)
    language = asked if asked in dict(settings.LANGUAGES) else spoken
    context = {"own": own, "base": "indices/public.html", "languages_offered": settings.LANGUAGES}
    with translation.override(language):
        response = render(request, template, context, status=status)
    response.headers["Content-Language"] = language
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
