"""Links by which one report is read without an account."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models import Period, Survey, User
from surveys.models.fields import public_id


class ShareLink(models.Model):
    """Leave to read one report: of a measure, a segment and a window, in one period or always the newest.

    Only the secret's digest is kept. `views` counts how often the report was shown; nothing is kept of who
    looked. `released_only`: figures are shown once they are released, and no others.
    """

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="share_links")
    name = models.CharField(_("name"), max_length=80, help_text=_("Whom or what the link is for."))
    # The secret is 256 random bits: there is no guessing it, so a plain digest hides it well enough.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    measure = models.CharField(max_length=40)  # an instrument's id
    segment = models.CharField(max_length=90, blank=True, default="")
    window = models.PositiveSmallIntegerField(default=1)
    period = models.ForeignKey(Period, models.CASCADE, null=True, related_name="+")  # none: always the newest
    released_only = models.BooleanField(_("released figures only"), default=True)
    show_words = models.BooleanField(_("show what respondents wrote"), default=False)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    views = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(window__gte=1), name="share_link_window"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()
