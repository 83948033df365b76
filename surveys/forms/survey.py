"""The settings of a survey: its languages, the company's own words, who may know who answered, and when."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from surveys import years
from surveys.catalogue import catalogue
from surveys.drafts.outline import name_of, readers_language, said
from surveys.models import Period, Survey
from surveys.questionnaire.names import LANGUAGES, SAYINGS, WORDS, in_language

LONGEST_WORD, LONGEST_TEXT = 80, 2_000


class Moment(forms.DateTimeInput):
    """A day and time as browsers ask for it, in the organisation's time zone."""

    def __init__(self) -> None:
        super().__init__({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")


class SurveyForm(forms.ModelForm):
    """What may be set without looking at the questions; a new survey also chooses its instruments here."""

    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"), choices=settings.LANGUAGES, widget=forms.CheckboxSelectMultiple
    )
    instruments = forms.MultipleChoiceField(
        label=gettext_lazy("What it measures"), required=False, widget=forms.CheckboxSelectMultiple
    )

    onward = forms.URLField(
        label=gettext_lazy("Where to go afterwards"),
        help_text=gettext_lazy("A link on the thank-you page, for example to your own site."),
        max_length=500,
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"])],
    )

    class Meta:
        model = Survey
        fields = (
            "name",
            "languages",
            "privacy",
            "onward",
            "opens_at",
            "closes_at",
            "period_kind",
            "refresh",
            "refresh_after",
            "headline",
            "rolling",
            "close_after_days",
            "least_base_show",
            "least_base_release",
        )
        widgets: ClassVar = {"opens_at": Moment(), "closes_at": Moment()}

    EXAMPLES: ClassVar[dict[str, Any]] = {
        "category": gettext_lazy("e.g. mobile phone service"),
        "consent": gettext_lazy("If given, nobody sees a question before agreeing to it."),
        "thanks": gettext_lazy("Shown at the end, below the thanks."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = catalogue(self.instance.organisation)
        for code in LANGUAGES:
            self._add_texts(code)
        self._fit_times()
        self._offer_instruments()
        self._freeze_what_was_published()

    def _add_texts(self, code: str) -> None:
        """The words that fill the questions, and what the survey says itself, in one language."""
        for name, label in WORDS.items():
            initial = self.instance.words.get(name, {}).get(code, "")
            self.fields[f"{name}_{code}"] = self._text(name, label, code, initial, LONGEST_WORD)
        for name, label in SAYINGS.items():
            initial = getattr(self.instance, name).get(code, "")
            field = self._text(name, label, code, initial, LONGEST_TEXT)
            field.widget = forms.Textarea({"lang": code, "rows": 3, "maxlength": LONGEST_TEXT})
            self.fields[f"{name}_{code}"] = field

    def _text(self, name: str, label: Any, code: str, initial: str, longest: int) -> forms.CharField:
        return forms.CharField(
            label=in_language(label, code),
            help_text=self.EXAMPLES.get(name, ""),
            max_length=longest,
            required=False,
            initial=initial,
            widget=forms.TextInput({"lang": code}),
        )

    def _fit_times(self) -> None:
        zone = _("In the organisation's time zone, %s.") % timezone.get_current_timezone_name()
        self.fields["opens_at"].help_text = _("Empty: as soon as it is published.")
        self.fields["closes_at"].help_text = _("Empty: when you close it.") + f" {zone}"

    def _offer_instruments(self) -> None:
        """An existing survey's instruments are changed where its questions are."""
        if self.instance.pk:
            del self.fields["instruments"]
            return
        field = self.fields["instruments"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  declared above
        field.choices = [(code, name_of(listed.instrument)) for code, listed in self.known.items()]

    def _freeze_what_was_published(self) -> None:
        """Privacy and kind of period: by the first publishing. The estimator: by the first release."""
        if self.instance.pk and self.instance.versions.exists():
            for name in ("privacy", "period_kind"):
                self.fields[name].disabled = True
        if self.instance.pk and self.instance.is_released:
            self.fields["headline"].disabled = True
            self.fields["headline"].help_text = _("Fixed since figures were released.")

    def language_fields(self) -> list[tuple[str, str, bool, list[forms.BoundField]]]:
        """For each language its code, its name, whether it is open, and its fields.

        Folded are the words that are there, but the reader's; those of languages not chosen are hidden by the
        style sheet, so that choosing one shows them.
        """
        there = self.initial.get("languages") or [] if self.instance.pk else []
        groups = []
        for code, name in LANGUAGES.items():
            fields = [self[f"{field}_{code}"] for field in (*WORDS, *SAYINGS)]
            is_open = code not in there or code == readers_language(self.instance) or self._is_wrong(fields)
            groups.append((code, name, is_open, fields))
        return groups

    def _is_wrong(self, fields: list[forms.BoundField]) -> bool:
        problems: dict[str, list[str]] = getattr(self, "problems", {})
        return any(field.errors or field.name in problems for field in fields)

    @property
    def is_more_wrong(self) -> bool:
        """Something has to be put right in what a new survey folds away."""
        return self._is_wrong([*self.times, *self.respondents, *self.indices])

    @property
    def needed(self) -> set[str]:
        """The names of the fields that must be filled in, of each language that is chosen."""
        chosen = {"instruments": self["instruments"].value() or []} if "instruments" in self.fields else {}
        words = [f"{name}_{code}" for name in self._words_needed(chosen) for code in LANGUAGES]
        return {*words, *(name for name in ("name", "languages") if self.fields[name].required)}

    @property
    def summaries(self) -> dict[str, str]:
        """What each instrument measures, in the reader's language."""
        language = get_language() or "en"
        return {code: said(listed.instrument.summary, language) for code, listed in self.known.items()}

    @property
    def times(self) -> list[forms.BoundField]:
        return [self[name] for name in ("opens_at", "closes_at", "period_kind", "close_after_days")]

    @property
    def respondents(self) -> list[forms.BoundField]:
        return [self["onward"]]

    @property
    def indices(self) -> list[forms.BoundField]:
        names = "refresh", "refresh_after", "headline", "rolling", "least_base_show", "least_base_release"
        return [self[name] for name in names]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for code in cleaned.get("languages", []):
            for name in self._words_needed(cleaned):
                if not cleaned.get(f"{name}_{code}"):
                    self.add_error(f"{name}_{code}", _("Fill this in; the questions use it."))
        for name in ("opens_at", "closes_at"):
            if (at := cleaned.get(name)) and (problem := years.problem_of(at)):
                self.add_error(name, problem)
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and opens >= closes:
            self.add_error("closes_at", _("The survey must open before it closes."))
        return cleaned

    def _words_needed(self, cleaned: dict[str, Any]) -> list[str]:
        """The company's name heads every page; the rest where an instrument asks with it."""
        used = cleaned.get("instruments", self.instance.instrument_ids)
        listed = [self.known[one].instrument for one in used if one in self.known]
        asked = {word for instrument in listed for word in instrument.placeholders}
        return [name for name in WORDS if name == "company" or name in asked]

    def save(self, commit: bool = True) -> Survey:
        """Store what this form sets, and nothing else: somebody may be changing the questions."""
        survey: Survey = self.instance
        given = self.cleaned_data
        languages = given["languages"]
        survey.words = {
            name: {code: given[f"{name}_{code}"] for code in languages if given[f"{name}_{code}"]}
            for name in WORDS
        }
        for name in SAYINGS:
            texts = {code: given[f"{name}_{code}"].replace("\r\n", "\n") for code in languages}
            setattr(survey, name, {code: text for code, text in texts.items() if text})
        if survey.pk:
            survey.save(update_fields=[*self.Meta.fields, "words", *SAYINGS])
            return survey
        survey.parts = [{"kind": "instrument", "instrument": one} for one in given["instruments"]]
        made: Survey = super().save(commit)
        return made


class WaveForm(forms.ModelForm):
    class Meta:
        model = Period
        fields = ("name", "first_day", "last_day")
        widgets: ClassVar = {
            "first_day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "last_day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
