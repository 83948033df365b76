"""Tokens: by which a program acts for a member."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models.accounts import Member
from surveys.models.fields import only_choices, public_id


class TokenMay(models.TextChoices):
    READ = "read", _("Read")
    EDIT = "edit", _("Read and change")


class ApiToken(models.Model):
    """A program's leave to act for a member in one organisation; only the secret's digest is kept.

    It goes with the membership: whoever leaves and comes back starts without tokens.
    """

    May = TokenMay

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    member = models.ForeignKey(Member, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80, help_text=_("What the token is for: a program's name."))
    # The secret is 256 random bits: there is no guessing it, so a plain digest hides it well enough.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    may = models.CharField(
        _("may"), max_length=4, choices=TokenMay.choices, default=TokenMay.READ,
        help_text=_("Never more than your own role, at the time it is used."),
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [only_choices("may", TokenMay, "api_token_may")]

    def __str__(self) -> str:
        return self.name
