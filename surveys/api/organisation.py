"""What every API address of an organisation rests on: who calls, for which organisation, with which right."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework import generics
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request

from surveys.models import ApiToken, Member, Survey
from surveys.selectors import surveys_of
from surveys.views.access import May, allowed

Item = TypeVar("Item", bound=Model)


class MayCall(BasePermission):
    """What the method needs must be within the member's role as it is now, and within the token."""

    def has_permission(self, request: Request, view: Any) -> bool:
        needed: May = view.right_needed(request.method)
        member: Member = view.member
        if isinstance(request.auth, ApiToken) and needed not in {"read", request.auth.may}:
            self.message = "This token does not allow it."
            return False
        return allowed(member, needed)


class OfOrganisation(generics.GenericAPIView[Item]):
    """An address that names an organisation the caller belongs to; any other is a 404.

    To read needs any role, every other method one that may edit; `needs` says where it is otherwise.
    """

    permission_classes = (IsAuthenticated, MayCall)
    needs: ClassVar[Mapping[str, May]] = {}

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def right_needed(self, method: str) -> May:
        named = "GET" if method == "HEAD" else method  # HEAD is answered by get()
        return self.needs.get(named, "read" if named in SAFE_METHODS else "edit")

    @cached_property
    def member(self) -> Member:
        """The caller's membership. A token reaches its own organisation and no other of the same person."""
        slug, token = self.kwargs["organisation"], self.request.auth
        if isinstance(token, ApiToken):
            if token.member.organisation.slug != slug:
                raise Http404
            return token.member
        members = Member.objects.select_related("organisation", "user")
        return get_object_or_404(members, organisation__slug=slug, user_id=self.request.user.pk)

    @property
    def may_edit(self) -> bool:
        """Within the member's role as it is now, and within the token."""
        token = self.request.auth
        is_within = not isinstance(token, ApiToken) or token.may == ApiToken.May.EDIT
        return is_within and allowed(self.member, "edit")

    @cached_property
    def survey(self) -> Survey:
        return get_object_or_404(surveys_of(self.member), public_id=self.kwargs["survey"])
