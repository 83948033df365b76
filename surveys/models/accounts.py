"""Who may do what: users, organisations and their members."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models.fields import check_time_zone, only_choices, public_id


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who signs in. What they may see is decided by membership, never by the user itself."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("full name"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email


# Bounds of a setting that protects respondents: official statistics start at 3, staff surveys at 5 to 10.
LEAST_GROUP, LARGEST_LEAST_GROUP = 5, 1_000


class Organisation(models.Model):
    """`least_group` is about privacy and holds for every figure; a survey's `least_base_show` is about how
    sure an index is. The stricter one decides."""

    slug = models.SlugField(
        _("short name in addresses"),
        max_length=40,
        unique=True,
        help_text=_("Small letters, digits and hyphens, such as acme-telecom."),
    )
    name = models.CharField(_("name of the organisation"), max_length=120)
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="UTC", validators=[check_time_zone],
        help_text=_("Periods begin and end at midnight here."),
    )  # fmt: skip
    least_group = models.PositiveSmallIntegerField(
        _("fewest respondents whose figures are shown"), default=10,
        validators=[MinValueValidator(LEAST_GROUP), MaxValueValidator(LARGEST_LEAST_GROUP)],
        help_text=_(
            "Figures of a smaller group are hidden everywhere, and those that it could be told from by "
            "subtraction; 5 to 1000."
        ),
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(least_group__gte=LEAST_GROUP, least_group__lte=LARGEST_LEAST_GROUP),
                name="organisation_least_group",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ANALYST = "analyst", _("Analyst")
    VIEWER = "viewer", _("Viewer")


class Member(models.Model):
    """A user's place in an organisation: owners also manage members, analysts surveys; viewers read."""

    Role = Role

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "user"], name="member_once"),
            only_choices("role", Role, "member_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @property
    def may_edit(self) -> bool:
        return self.role in {Role.OWNER, Role.ANALYST}

    @property
    def may_manage(self) -> bool:
        return self.role == Role.OWNER


class MemberInvitation(models.Model):
    """A link by which one person joins an organisation once. Only the token's digest is kept."""

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.VIEWER)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [only_choices("role", Role, "member_invitation_role")]

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"


class Attempt(models.Model):
    """A failed sign-in or a reset asked for: limited in number, kept for minutes, as digests."""

    class Kind(models.TextChoices):
        SIGN_IN = "sign-in"
        RESET = "reset"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    account_digest = models.CharField(max_length=64, db_index=True)
    address_digest = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"
