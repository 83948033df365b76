"""The forms of contacts: a search, a file, and how often one writes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from surveys.forms.imports import UploadForm
from surveys.models import MailRules


class ContactFileForm(UploadForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["file"].help_text = _(
            "One line for each person. The first line names the columns: email, and where you have them key "
            "(your own number of the person), name, language (such as zh-hant). Every other column is a "
            "segment, by which some can be chosen."
        )


class SearchForm(forms.Form):
    q = forms.CharField(
        label=_("Search: address, key or name"), required=False, max_length=254,
        widget=forms.TextInput(attrs={"type": "search"}),
    )  # fmt: skip


class StoreForm(forms.Form):
    leave_out_bad_rows = forms.BooleanField(label=_("Leave out the bad rows"), required=False)


class RulesForm(forms.ModelForm):
    class Meta:
        model = MailRules
        fields = ("rest_days", "per_minute")
