"""Who may see a page: every manager's page starts from the caller's own membership."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache

from surveys.models import Member, Survey
from surveys.selectors import surveys_of

May = Literal["read", "edit", "manage"]
View = Callable[..., HttpResponseBase]


def for_members(may: May = "read") -> Callable[[View], View]:
    """Call the view with the caller's membership of the organisation in the address.

    A foreign organisation and one that does not exist give the same 404; a role too low gives 403.
    """

    def decorate(view: View) -> View:
        @login_required
        @never_cache
        @wraps(view)
        def inner(request: HttpRequest, organisation: str, **kwargs: Any) -> HttpResponseBase:
            member = membership(request, organisation)
            if not allowed(member, may):
                raise PermissionDenied
            # Not activate(): the thread's next request may be another organisation's.
            with timezone.override(member.organisation.time_zone):
                return view(request, member, **kwargs)

        return inner

    return decorate


def membership(request: HttpRequest, organisation: str) -> Member:
    members = Member.objects.select_related("organisation", "user")
    return get_object_or_404(members, organisation__slug=organisation, user_id=request.user.pk)


def allowed(member: Member, may: May) -> bool:
    return {"read": True, "edit": member.may_edit, "manage": member.may_manage}[may]


def get_survey(member: Member, public_id: str) -> Survey:
    return get_object_or_404(surveys_of(member), public_id=public_id)
