"""The tokens by which programs act for members."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from surveys.api.tokens import live_tokens, make_token, tokens_seen_by
from surveys.api.tokens import revoke as revoke_token
from surveys.forms.tokens import TokenForm
from surveys.models import Member
from surveys.views.access import for_members

ENDED_SHOWN = 20  # revoked or expired ones


@for_members()
def tokens(request: HttpRequest, member: Member) -> HttpResponse:
    """One's tokens, an owner's view of everybody's, and a new one's secret: shown once, not stored."""
    form, secret = TokenForm(member, request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        secret = make_token(member, **form.cleaned_data)
        form = TokenForm(member)
    seen = tokens_seen_by(member).select_related("member__user").order_by("-pk")
    context = {
        "member": member,
        "form": form,
        "secret": secret,
        "live": seen.filter(pk__in=live_tokens()),
        "ended": seen.exclude(pk__in=live_tokens())[:ENDED_SHOWN],
        "api": settings.PUBLIC_URL + reverse("api-surveys", args=[member.organisation.slug]),
    }
    return render(request, "surveys/tokens.html", context)


@require_POST
@for_members()
def revoke(request: HttpRequest, member: Member, api_token: str) -> HttpResponse:
    token = get_object_or_404(tokens_seen_by(member), public_id=api_token)
    revoke_token(token)
    messages.success(request, _("The token “%s” works no more.") % token.name)
    return redirect("tokens", member.organisation.slug)
