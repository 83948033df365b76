"""Whom an organisation may invite by e-mail, and who does not want to be."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.models.accounts import Organisation, User
from surveys.models.fields import only_choices, public_id
from surveys.models.response import ImportState

LONGEST_KEY = 100
LONGEST_NAME = 120
MOST_MAILS_PER_MINUTE = 100_000


class Contact(models.Model):
    """One person. `email` is normalised (see `surveys.contacts.addresses`), `key` is what the company itself
    calls the person, `segments` are properties by which some are chosen.

    `asked_at` is when the person was last invited to a survey, by the recipient `asked_by`. `bounced_at` is
    when a mail to the address was refused for good or came back.
    """

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="contacts")
    email = models.EmailField(_("e-mail address"), max_length=254)
    address_digest = models.CharField(max_length=22)
    key = models.CharField(_("own key"), max_length=LONGEST_KEY, blank=True, default="")
    name = models.CharField(_("name"), max_length=LONGEST_NAME, blank=True, default="")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    segments = models.JSONField(default=dict)
    opted_out_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    asked_by = models.CharField(max_length=22, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), "organisation", name="contact_email_once"),
            models.UniqueConstraint(
                Lower("key"), "organisation", condition=~models.Q(key=""), name="contact_key_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "address_digest"], name="contact_digest")]

    def __str__(self) -> str:
        return self.email


class OptOut(models.Model):
    """An address to which the organisation sends no invitation any more. It stays when the contact is erased,
    so that it is respected when the address comes again; it is a keyed digest that tells no address."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="opt_outs")
    address_digest = models.CharField(max_length=22)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "address_digest"], name="opt_out_once")
        ]

    def __str__(self) -> str:
        return self.address_digest


class ContactImport(models.Model):
    """A file of contacts: first a draft that is looked at, then stored once; its content goes then.

    `mapping` is what an editor said of the columns (see `surveys.contacts.mapping`); empty: nothing yet.
    """

    State = ImportState

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="contact_imports")
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.DRAFT)
    filename = models.CharField(max_length=255)
    encoding = models.CharField(max_length=10)
    content = models.BinaryField(null=True)
    mapping = models.JSONField(default=dict)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [only_choices("state", ImportState, "contact_import_state")]

    def __str__(self) -> str:
        return self.filename


class MailRules(models.Model):
    """How often an organisation writes. `lease_until` and `claim` belong to the worker that sends for it:
    only one does at a time, so that the rate holds."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="mail_rules")
    rest_days = models.PositiveSmallIntegerField(
        _("days between two surveys for the same person"), default=0, validators=[MaxValueValidator(730)],
        help_text=_(
            "Who was invited to any survey of the organisation is not invited to another one for so many "
            "days; 0: no such rule."
        ),
    )  # fmt: skip
    per_minute = models.PositiveIntegerField(
        _("mails sent in a minute, at most"), default=60,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MAILS_PER_MINUTE)],
        help_text=_("Your mail provider may take no more. Invitations and reminders count."),
    )  # fmt: skip
    lease_until = models.DateTimeField(null=True, editable=False)
    claim = models.CharField(max_length=22, blank=True, default="", editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(per_minute__gte=1), name="mail_rules_per_minute")
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.per_minute}"
