"""The forms by which an instrument enters a survey and is fitted to it."""

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from scoring.errors import ModelError
from scoring.instrument import Feature, Instrument, InstrumentError, fill
from surveys.drafts.outline import said
from surveys.forms.texts import NamedRow, TextsForm
from surveys.models import Survey
from surveys.questionnaire.parts import InstrumentPart

LONGEST_FEATURE = 200
BLANK_FEATURES = 2


class InstrumentForm(TextsForm):
    """Which optional items are left out, how many stand on a page and, for Kano, the company's features."""

    drop = forms.MultipleChoiceField(
        label=gettext_lazy("Leave out"), required=False, widget=forms.CheckboxSelectMultiple
    )
    per_page = forms.IntegerField(
        label=gettext_lazy("Questions on a page, at most"),
        required=False,
        min_value=1,
        max_value=50,
        help_text=gettext_lazy("Empty: as the instrument groups them."),
    )

    def __init__(
        self, data: Any = None, *, survey: Survey, instrument: Instrument, part: InstrumentPart
    ) -> None:
        super().__init__(data, languages=survey.languages)
        self.instrument = instrument
        self._offer_optional(survey, part)
        self.fields["per_page"].initial = part.per_page or None
        if instrument.takes_features:
            features = [(one.code, one.name) for one in part.features]
            blank = BLANK_FEATURES + (0 if features else 2)
            self.add_rows("feature", gettext_lazy("Feature"), features, blank, LONGEST_FEATURE)

    def _offer_optional(self, survey: Survey, part: InstrumentPart) -> None:
        language = get_language() or "en"
        words = {name: said(texts, language) for name, texts in survey.words.items()}
        words = {name: word for name, word in words.items() if word}
        optional = [
            (item.code, fill(said(item.text, language), words))
            for item in self.instrument.asked
            if item.optional
        ]
        field = self.fields["drop"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  declared above
        field.choices = optional
        field.initial = list(part.drop)
        if not optional:
            del self.fields["drop"]

    @property
    def feature_rows(self) -> list[NamedRow]:
        return self.rows("feature")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self._check_drop()
        if self.instrument.takes_features and not self.errors and not self.features():
            first = self.rows("feature")[0].texts[0].name
            self.add_error(first, _("Name at least one feature."))
        return cleaned

    def _check_drop(self) -> None:
        features = [
            Feature(row["code"] or f"new{n}", row["name"]) for n, row in enumerate(self.features(), 1)
        ]
        try:
            self.instrument.adapted(self.dropped(), features)
        except (InstrumentError, ModelError) as error:
            field = "drop" if "drop" in self.fields and "features" not in str(error) else None
            self.add_error(field, getattr(error, "problem", str(error)))

    def dropped(self) -> list[str]:
        return list(self.cleaned_data.get("drop", []))

    def per(self) -> int:
        return self.cleaned_data["per_page"] or 0

    def features(self) -> list[dict[str, Any]]:
        """The features as the draft keeps them; a new one's code is empty."""
        if not self.instrument.takes_features:
            return []
        return [{"code": code, "name": name} for code, name in self.named("feature")]
