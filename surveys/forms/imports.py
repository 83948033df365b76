"""The forms of an import: the file with its encoding, then what its columns are."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from scoring.instrument import fill
from surveys.imports.plan import LONGEST_WAVE, Plan, items_by_code
from surveys.imports.reading import ENCODINGS, Table
from surveys.imports.refusals import shown
from surveys.models import Survey, Version


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("One line for each respondent; the first line names the columns."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"),
        choices=list(ENCODINGS.items()),
        help_text=gettext_lazy(
            "If you do not know it, leave UTF-8: what does not fit is told before storing."
        ),
    )

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(
                _("The file has %(size)d bytes; at most %(most)d are taken. Split it into several files."),
                params={"size": file.size, "most": settings.IMPORT_MAX_BYTES},
            )
        return file


class PlanForm(forms.Form):
    """One choice of column for every item and segment question; a column that is not chosen is ignored."""

    date = forms.ChoiceField(
        label=gettext_lazy("Column with the date"),
        required=False,
        help_text=gettext_lazy(
            "A day (2026-03-31) or a date-time (2026-03-31T14:05+08:00). "
            "Without an offset it is in the organisation's time zone."
        ),
    )
    wave = forms.CharField(
        label=gettext_lazy("Or, for answers without dates, the name of their wave"),
        required=False,
        max_length=LONGEST_WAVE,
    )
    language = forms.ChoiceField(label=gettext_lazy("Column with the language"), required=False)
    missing_codes = forms.CharField(
        label=gettext_lazy("Codes for “no answer”"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("For example -99; several with commas. An empty cell is always “skipped”."),
    )
    leave_out_bad_rows = forms.BooleanField(
        label=gettext_lazy("Leave the bad rows out and store the good ones"), required=False
    )

    def __init__(
        self, data: Any, *, table: Table, plan: Plan, survey: Survey, version: Version, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.version, self.header = version, table.header
        # Chosen by number: a browser may change line breaks and spaces within a name that it sends back.
        self.places = [("", _("– not in the file –"))]
        self.places += [(str(place), shown(name)) for place, name in enumerate(table.header) if name]
        for field, column in (("date", plan.date), ("language", plan.language)):
            self._offer_columns(field, column)
        for field, (label, column) in self._mapped(plan).items():
            self.fields[field] = forms.ChoiceField(label=label, required=False)
            self._offer_columns(field, column)
        self.fields["wave"].initial = plan.wave
        self.fields["missing_codes"].initial = ", ".join(plan.missing_codes)
        self.fields["leave_out_bad_rows"].initial = plan.leave_out_bad_rows
        self._fit_periods(survey)

    def _mapped(self, plan: Plan) -> dict[str, tuple[str, str]]:
        items = {
            f"item-{code}": (item.code, plan.columns.get(code, ""))
            for code, item in items_by_code(self.version).items()
        }
        segments = {
            f"segment-{question.code}": (question.code, plan.segments.get(question.code, ""))
            for question in self.version.content.segments
        }
        return {**items, **segments}

    def _offer_columns(self, name: str, column: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  every mapped field is one
        field.choices = self.places
        field.initial = str(self.header.index(column)) if column in self.header and column else ""

    def _fit_periods(self, survey: Survey) -> None:
        if survey.period_kind != Survey.PeriodKind.WAVES:
            del self.fields["wave"]
            return
        names = ", ".join(survey.periods.order_by("pk").values_list("name", flat=True))
        known = _("There are already: %s") % names if names else ""
        self.fields["wave"].help_text = " ".join([_("A new name makes a new wave."), known]).strip()

    def item_rows(self) -> list[tuple[forms.BoundField, str]]:
        """Each item's field with the question as it is asked in the reader's language."""
        language = get_language() or "en"
        language = language if language in self.version.languages else self.version.languages[0]
        words = self.version.words(language)
        return [
            (self[f"item-{code}"], fill(item.text[language], words))
            for code, item in items_by_code(self.version).items()
        ]

    def segment_fields(self) -> list[forms.BoundField]:
        return [self[f"segment-{question.code}"] for question in self.version.content.segments]

    def period_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("date", "wave") if name in self.fields]

    def other_fields(self) -> list[forms.BoundField]:
        return [self["language"], self["missing_codes"], self["leave_out_bad_rows"]]

    def plan(self) -> Plan:
        """The plan that a valid form stands for."""
        given = self.cleaned_data
        codes = [part.strip() for part in given["missing_codes"].replace("，", ",").split(",")]
        return Plan(
            columns=self._chosen("item-"),
            segments=self._chosen("segment-"),
            date=self._name(given["date"]),
            wave=given.get("wave", ""),
            language=self._name(given["language"]),
            missing_codes=tuple(code for code in codes if code),
            leave_out_bad_rows=given["leave_out_bad_rows"],
        )

    def _chosen(self, prefix: str) -> dict[str, str]:
        fields = (name for name in self.fields if name.startswith(prefix) and self.cleaned_data[name])
        return {name.removeprefix(prefix): self._name(self.cleaned_data[name]) for name in fields}

    def _name(self, place: str) -> str:
        return self.header[int(place)] if place else ""

    def refuse(self, field: str, problem: str) -> None:
        self.add_error(field if field in self.fields else None, problem)
