"""Making a token for a program."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from surveys.api.tokens import TOKENS_PER_MEMBER, live_tokens
from surveys.models import ApiToken, Member


class TokenForm(forms.ModelForm):
    days = forms.TypedChoiceField(
        label=_("Works for"),
        coerce=int,
        choices=((30, _("30 days")), (90, _("90 days")), (365, _("one year"))),
        initial=90,
    )

    class Meta:
        model = ApiToken
        fields = ("name", "may")

    def __init__(self, member: Member, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        may = self.fields["may"]
        if isinstance(may, forms.ChoiceField) and not member.may_edit:
            # Otherwise a later, higher role would silently give the token more than it was made for.
            may.choices = [(ApiToken.May.READ.value, ApiToken.May.READ.label)]

    def clean(self) -> dict[str, Any]:
        if live_tokens().filter(member=self.member).count() >= TOKENS_PER_MEMBER:
            raise ValidationError(
                _("You have %d tokens already. Revoke one that is no longer used.") % TOKENS_PER_MEMBER
            )
        return super().clean() or self.cleaned_data
