"""Who looks after a response, what was noted, and when it was closed. All of it is remembered.

Every change holds the follow-up's row; the same change again does nothing, and says so.
"""

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.models import FollowUp, Member, Response, Survey, TextAnswer, User
from surveys.models.accounts import Role
from surveys.models.fields import public_id
from surveys.models.follow_up import NoteKind

LONGEST_NOTE = 2_000
Given = ParamSpec("Given")
Change = Callable[Concatenate[FollowUp, Given], bool]


class ChangeRefused(ValueError):
    """A change that cannot be; the message says what would be right."""


def followed(response: Response, text: TextAnswer | None = None) -> FollowUp:
    """The follow-up of the response, or of one text alone, made if there is none. Raises
    Response.DoesNotExist if it was withdrawn."""
    with transaction.atomic():
        locked = Response.objects.select_for_update(no_key=True).get(pk=response.pk)
        return FollowUp.objects.get_or_create(response=locked, text=text)[0]


def followed_comment(text: TextAnswer) -> FollowUp:
    """The follow-up to which a comment leads: its response's, or in an anonymous survey its own. Raises
    Response.DoesNotExist if it was withdrawn."""
    is_anonymous = text.response.survey.privacy == Survey.Privacy.ANONYMOUS
    return followed(text.response, text if is_anonymous else None)


def may_own(follow_up: FollowUp) -> QuerySet[Member]:
    """Those of the organisation who may open single responses: whoever is to look after one must read it."""
    return members_who_read(follow_up.response.survey.organisation_id)


def members_who_read(organisation_id: int) -> QuerySet[Member]:
    able = Member.objects.filter(organisation=organisation_id, role__in=[Role.OWNER, Role.ANALYST])
    return able.filter(user__is_active=True).select_related("user").order_by("user__name", "user__email")


def _holding(change: Change[Given]) -> Change[Given]:
    """Do it while the row is held, as it is now. Raises FollowUp.DoesNotExist if the response is gone."""

    def held(follow_up: FollowUp, /, *args: Given.args, **kwargs: Given.kwargs) -> bool:
        with transaction.atomic():
            rows = FollowUp.objects.select_for_update(of=("self",)).select_related("response__survey")
            return change(rows.get(pk=follow_up.pk), *args, **kwargs)

    held.__doc__ = change.__doc__
    return held


@_holding
def assign(follow_up: FollowUp, to: Member | None, by: User) -> bool:
    """Give it to a member, or back to nobody. False if it is so already. Raises ChangeRefused."""
    if follow_up.owner_id == (to and to.pk):
        return False
    if follow_up.closed_at:
        raise ChangeRefused(_("It is closed; open it again first."))
    if to and not may_own(follow_up).filter(pk=to.pk).exists():
        raise ChangeRefused(
            _("Choose an owner or analyst of the organisation: others may not read responses.")
        )
    kind = NoteKind.ASSIGNED if to else NoteKind.RELEASED
    _remember(follow_up, kind, by, about=str(to.user) if to else "")
    follow_up.owner = to
    follow_up.save(update_fields=["owner"])
    return True


@_holding
def close(follow_up: FollowUp, reason: str, by: User) -> bool:
    """False if it was closed already: the first reason stands."""
    if follow_up.closed_at:
        return False
    _remember(follow_up, NoteKind.CLOSED, by, text=reason)
    follow_up.closed_at = timezone.now()
    follow_up.save(update_fields=["closed_at"])
    return True


@_holding
def reopen(follow_up: FollowUp, by: User) -> bool:
    """False if it was open."""
    if follow_up.closed_at is None:
        return False
    _remember(follow_up, NoteKind.REOPENED, by)
    follow_up.closed_at = None
    follow_up.save(update_fields=["closed_at"])
    return True


@_holding
def note(follow_up: FollowUp, text: str, by: User, key: str = "") -> bool:
    """Add a note. False if one with this key is there: it was sent twice."""
    try:
        with transaction.atomic():
            _remember(follow_up, NoteKind.NOTE, by, text=text, key=key or public_id())
    except IntegrityError:
        return False
    return True


def _remember(follow_up: FollowUp, kind: NoteKind, by: User, **said: str) -> None:
    follow_up.notes.create(kind=kind, by=by, **said)
