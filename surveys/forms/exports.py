"""What is taken along, and how."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from surveys.exports.wanted import Wanted, languages_of
from surveys.models import Export, Survey


class ExportForm(forms.Form):
    kind = forms.ChoiceField(label=_("File"), choices=Export.Kind.choices)
    language = forms.ChoiceField(label=_("Language of the labels"))
    with_labels = forms.BooleanField(
        label=_("Labels in CSV and Excel"),
        required=False,
        help_text=_(
            "Questions beside the codes in the first row, and the names of options instead of their codes. "
            "An SPSS file always has its labels."
        ),
    )

    def __init__(self, data: Any, survey: Survey, reader: str) -> None:
        """`reader` is the language of who asks."""
        offered = languages_of(survey)
        initial = reader if reader in offered else next(iter(offered), "")
        super().__init__(data, initial={"language": initial})
        language: Any = self.fields["language"]
        language.choices = list(offered.items())

    def wanted(self) -> Wanted:
        return Wanted(**self.cleaned_data).tidy
