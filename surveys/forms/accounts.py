"""Signing in, joining, and one's own settings."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
)
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from surveys import limits
from surveys.models import Attempt, MemberInvitation, Organisation, User
from surveys.models.accounts import Role
from surveys.tasks import send_password_reset

PASSWORD_LENGTH = 128  # characters; a longer one only costs time to digest


class SignInForm(AuthenticationForm):
    error_messages = {  # noqa: RUF012  as the parent class has it
        "invalid_login": _("E-mail address and password do not belong together."),
        "inactive": _("E-mail address and password do not belong together."),
    }

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("E-mail address")

    def clean(self) -> dict[str, Any]:
        email = str(self.cleaned_data.get("username", ""))
        address = limits.client_address(self.request) if self.request else ""
        if limits.is_over(Attempt.Kind.SIGN_IN, email, address):
            raise ValidationError(_("Too many failed attempts. Try again in a quarter of an hour."))
        if len(str(self.cleaned_data.get("password", ""))) > PASSWORD_LENGTH:
            raise self.get_invalid_login_error()
        try:
            return super().clean()
        except ValidationError:
            limits.note(Attempt.Kind.SIGN_IN, email, address)
            raise


class ResetForm(PasswordResetForm):
    """Asks for a reset link. Whether the address is known shows neither in the answer nor in its time."""

    def ask(self, request: HttpRequest) -> None:
        email, address = self.cleaned_data["email"], limits.client_address(request)
        if limits.is_over(Attempt.Kind.RESET, email, address):
            return
        limits.note(Attempt.Kind.RESET, email, address)
        transaction.on_commit(lambda: send_password_reset.delay(email))


class LimitedPasswordMixin(forms.Form):
    """A password longer than sign-in takes cannot be set either."""

    def clean_new_password1(self) -> str:
        password = str(self.cleaned_data["new_password1"])
        if len(password) > PASSWORD_LENGTH:
            raise ValidationError(_("At most %d characters.") % PASSWORD_LENGTH)
        return password


class ResetPasswordForm(LimitedPasswordMixin, SetPasswordForm):
    pass


class ChangePasswordForm(LimitedPasswordMixin, PasswordChangeForm):
    pass


class NewPasswordMixin(forms.Form):
    """The password of an account that `owner` describes and `new_user` makes."""

    password = forms.CharField(
        label=_("Password"),
        max_length=PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )

    def owner(self) -> User:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "password" in cleaned:
            try:
                password_validation.validate_password(cleaned["password"], self.owner())
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned

    def new_user(self) -> User:
        """The account, not saved yet."""
        user = self.owner()
        user.set_password(self.cleaned_data["password"])
        return user


class JoinForm(NewPasswordMixin, forms.ModelForm):
    """A new member's own account; the address is the one that was invited, given by `instance`."""

    class Meta:
        model = User
        fields = ("name", "language")

    def owner(self) -> User:
        user: User = self.instance
        return user


class FirstForm(NewPasswordMixin, forms.ModelForm):
    """The first organisation and its owner."""

    email = forms.EmailField(label=_("Your e-mail address"))
    field_order = ("email", "password", "name", "slug", "time_zone")

    class Meta:
        model = Organisation
        fields = ("name", "slug", "time_zone")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError(_("This address has an account already."))
        return email

    def owner(self) -> User:
        return User(email=self.cleaned_data.get("email", ""))


class InviteForm(forms.ModelForm):
    class Meta:
        model = MemberInvitation
        fields = ("email", "role")


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class AccountForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("name", "language")


class OrganisationForm(forms.ModelForm):
    class Meta:
        model = Organisation
        fields = ("name", "time_zone", "least_group")
