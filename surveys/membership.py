"""Joining an organisation: by an owner's invitation, or as the first owner of a fresh installation."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.models import Member, MemberInvitation, Organisation, User

FIRST_SALT = "surveys.first-organisation"


class LinkRefused(ValueError):
    """The link was used, revoked, has expired or was never given out."""


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(by: Member, email: str, role: str) -> str:
    """Make a link by which `email` may join once; it is shown now and never again.

    Earlier links for the same address stop working, so that no forgotten one outlives the membership.
    """
    token, email = secrets.token_urlsafe(24), email.strip().lower()
    by.organisation.invitations.filter(email=email, used_at=None).delete()
    MemberInvitation.objects.create(
        organisation=by.organisation,
        email=email,
        role=role,
        token_digest=digest_of(token),
        invited_by=by.user,
        expires_at=timezone.now() + timedelta(days=settings.MEMBER_INVITATION_DAYS),
    )
    return f"{settings.PUBLIC_URL}/join/{token}/"


def open_invitation(token: str) -> MemberInvitation:
    """Raises LinkRefused."""
    invitation = (
        MemberInvitation.objects.select_related("organisation")
        .filter(token_digest=digest_of(token), used_at=None, expires_at__gt=timezone.now())
        .first()
    )
    if invitation is None:
        raise LinkRefused
    return invitation


def accept(token: str, user: User) -> Member:
    """Spend the invitation on `user`, known or not saved yet, whose address must be the one that was invited.

    A new account is stored only together with the membership. Raises LinkRefused.
    """
    try:
        return _spend(token, user)
    except IntegrityError as error:  # the address got its account at the same moment
        raise LinkRefused from error


@transaction.atomic
def _spend(token: str, user: User) -> Member:
    invitation = open_invitation(token)
    if user.email != invitation.email:
        raise LinkRefused
    spent = MemberInvitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now())
    if spent != 1:
        raise LinkRefused
    if user.pk is None:
        user.save()
    member, _made = Member.objects.get_or_create(
        organisation=invitation.organisation, user=user, defaults={"role": invitation.role}
    )
    return member


@transaction.atomic
def change_role(member: Member, role: str) -> None:
    """Raises ValidationError where the organisation would be left without an owner."""
    _lock_members(member.organisation_id)
    if role != Member.Role.OWNER:
        _keep_an_owner(member)
        _open_links(member).filter(invited_by=member.user_id).delete()
    Member.objects.filter(pk=member.pk).update(role=role)


@transaction.atomic
def remove(member: Member) -> None:
    """Take the member out, with every open link made by or for them: none may lead back in.

    Raises ValidationError where the organisation would be left without an owner.
    """
    _lock_members(member.organisation_id)
    _keep_an_owner(member)
    _open_links(member).filter(Q(invited_by=member.user_id) | Q(email=member.user.email)).delete()
    member.delete()


def _open_links(member: Member) -> QuerySet[MemberInvitation]:
    return MemberInvitation.objects.filter(organisation=member.organisation_id, used_at=None)


def _lock_members(organisation_id: int) -> None:
    """Let two owners who demote each other at the same moment do it one after the other."""
    Organisation.objects.select_for_update().get(pk=organisation_id)


def _keep_an_owner(member: Member) -> None:
    owners = Member.objects.filter(organisation=member.organisation_id, role=Member.Role.OWNER)
    if list(owners.values_list("pk", flat=True)) == [member.pk]:
        raise ValidationError(
            _("An organisation needs at least one owner. Make somebody else an owner first.")
        )


def first_link() -> str:
    """The link that makes the first organisation; it works only while there is none."""
    return f"{settings.PUBLIC_URL}/first/{signing.dumps('first', salt=FIRST_SALT)}/"


def check_first_link(token: str) -> None:
    """Raises LinkRefused."""
    try:
        signing.loads(token, salt=FIRST_SALT, max_age=settings.MEMBER_INVITATION_DAYS * 86_400)
    except signing.BadSignature as error:
        raise LinkRefused from error
    if Organisation.objects.exists():
        raise LinkRefused


@transaction.atomic
def found_first(organisation: Organisation, owner: User) -> Member:
    """Store the first organisation with its owner's new account.

    Raises LinkRefused where there is an organisation, be it one made at the same moment.
    """
    if connection.vendor == "postgresql":  # SQLite's write transactions are one at a time anyway
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Organisation._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    if Organisation.objects.exists():
        raise LinkRefused
    owner.save()
    return found(organisation, owner)


@transaction.atomic
def found(organisation: Organisation, owner: User) -> Member:
    """Store a new organisation with its first owner."""
    organisation.save()
    return Member.objects.create(organisation=organisation, user=owner, role=Member.Role.OWNER)
