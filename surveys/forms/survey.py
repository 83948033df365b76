"""The draft of a survey: which instrument, in the company's own words."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from scoring.instrument_file import builtin
from surveys.models import Period, Survey

LANGUAGES: dict[str, str] = dict(settings.LANGUAGES)


class SurveyForm(forms.ModelForm):
    """Name, instrument, languages and, for each language, the words that fill the questions."""

    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"), choices=settings.LANGUAGES, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Survey
        fields = (
            "name",
            "instrument_id",
            "languages",
            "privacy",
            "period_kind",
            "refresh",
            "refresh_after",
            "headline",
        )

    WORDS: ClassVar[dict[str, Any]] = {
        "company": gettext_lazy("The company's name"),
        "category": gettext_lazy("What it provides"),
    }
    EXAMPLES: ClassVar[dict[str, Any]] = {
        "company": "",
        "category": gettext_lazy("e.g. mobile phone service"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self.fields["instrument_id"] = forms.ChoiceField(
            label=_("Instrument"),
            choices=[(key, made.name.get(language, made.name["en"])) for key, made in builtin().items()],
        )
        words = [self._add_word(name, code) for name in self.WORDS for code in LANGUAGES]
        self.order_fields(["name", "instrument_id", "languages", *words])
        self._freeze_what_was_published()

    def _add_word(self, name: str, code: str) -> str:
        """A field for one placeholder in one language; the field's name."""
        self.fields[f"{name}_{code}"] = forms.CharField(
            label=f"{self.WORDS[name]} ({LANGUAGES[code]})",
            help_text=self.EXAMPLES[name],
            max_length=80,
            required=False,
            initial=self.instance.words.get(name, {}).get(code, ""),
            widget=forms.TextInput(attrs={"lang": code}),
        )
        return f"{name}_{code}"

    def _freeze_what_was_published(self) -> None:
        """Privacy, instrument and kind of period are fixed at the first publishing."""
        if self.instance.pk and self.instance.versions.exists():
            for name in ("privacy", "instrument_id", "period_kind"):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for code in cleaned.get("languages", []):
            for name in self.WORDS:
                if not cleaned.get(f"{name}_{code}"):
                    self.add_error(f"{name}_{code}", _("Fill this in; the questions use it."))
        return cleaned

    def save(self, commit: bool = True) -> Survey:
        self.instance.words = {
            name: {code: self.cleaned_data[f"{name}_{code}"] for code in self.cleaned_data["languages"]}
            for name in self.WORDS
        }
        survey: Survey = super().save(commit)
        return survey


class WaveForm(forms.ModelForm):
    class Meta:
        model = Period
        fields = ("name", "first_day", "last_day")
        widgets: ClassVar = {
            "first_day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "last_day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
