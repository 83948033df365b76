"""The forms of a page of the company's own and of a question on it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.forms.texts import NamedRow, TextsForm
from surveys.questionnaire.parts import OwnPage, OwnQuestion, PartRefused, read_parts

TYPES: dict[str, tuple[Any, Any]] = {
    "single": (gettext_lazy("One choice"), gettext_lazy("One of several answers, for example a region.")),
    "multiple": (gettext_lazy("Several choices"), gettext_lazy("As many of several answers as apply.")),
    "rating": (gettext_lazy("Rating"), gettext_lazy("A scale with two named ends, such as 1 to 5.")),
    "number": (gettext_lazy("Number"), gettext_lazy("A number that is typed, for example of visits.")),
    "date": (gettext_lazy("Date"), gettext_lazy("A day, for example of the last visit.")),
    "short": (gettext_lazy("Short text"), gettext_lazy("One line in the respondent's own words.")),
    "long": (gettext_lazy("Long text"), gettext_lazy("Several lines in the respondent's own words.")),
}
LONGEST_TITLE, LONGEST_QUESTION, LONGEST_OPTION = 200, 2_000, 300
BLANK_OPTIONS = 2


class PageForm(TextsForm):
    def __init__(self, data: Any = None, *, page: OwnPage, languages: Sequence[str]) -> None:
        super().__init__(data, languages=languages)
        hint = gettext_lazy("Without a title the page is headed “About you”.")
        self.add_text("title", gettext_lazy("Title of the page"), page.title, LONGEST_TITLE, hint=hint)


class QuestionForm(TextsForm):
    """One question of a given type; `row` is what the draft keeps of it."""

    required = forms.BooleanField(
        label=gettext_lazy("Must be answered"),
        required=False,
        help_text=gettext_lazy("Better few such questions: whoever does not want to answer leaves."),
    )
    segment = forms.BooleanField(
        label=gettext_lazy("Makes segments"),
        required=False,
        help_text=gettext_lazy("Indices can then be compared between those who chose different answers."),
    )

    def __init__(
        self, data: Any = None, *, type: str, languages: Sequence[str], question: OwnQuestion | None = None
    ) -> None:
        super().__init__(data, languages=languages)
        self.type = type
        before = question or OwnQuestion(code="", type=type, text={})
        hint = gettext_lazy("Write {company} where the company's name is to stand.")
        self.add_text("text", gettext_lazy("Question"), before.text, LONGEST_QUESTION, long=True, hint=hint)
        if type in {"single", "multiple"}:
            options = [(one.code, one.text) for one in before.options]
            blank = BLANK_OPTIONS + (0 if options else 2)
            self.add_rows("option", gettext_lazy("Answer"), options, blank, LONGEST_OPTION)
        if type in {"rating", "number"}:
            self._add_bounds(before)
        if type == "rating":
            self.add_text(
                "low", gettext_lazy("What the lowest point means"), before.low or {}, LONGEST_OPTION
            )
            self.add_text(
                "high", gettext_lazy("What the highest point means"), before.high or {}, LONGEST_OPTION
            )
        self.fields["required"].initial = before.required
        self.fields["segment"].initial = before.segment
        if type != "single":
            del self.fields["segment"]
        self.order_fields([name for name in self.fields if name not in {"required", "segment"}])

    def _add_bounds(self, before: OwnQuestion) -> None:
        is_rating = self.type == "rating"
        labels = (
            (gettext_lazy("Lowest point"), gettext_lazy("Highest point"))
            if is_rating
            else (gettext_lazy("Smallest number"), gettext_lazy("Largest number"))
        )
        usual = (1, 5) if is_rating and before.minimum is None else (before.minimum, before.maximum)
        for name, label, initial in zip(("minimum", "maximum"), labels, usual, strict=True):
            self.fields[name] = forms.IntegerField(
                label=label,
                required=is_rating,
                initial=initial,
                min_value=0 if is_rating else -(10**12),
                max_value=10**12,
                help_text="" if is_rating else _("May stay empty."),
            )

    @property
    def option_rows(self) -> list[NamedRow]:
        return self.rows("option")

    @property
    def flags(self) -> list[forms.BoundField]:
        return [self[name] for name in ("required", "segment") if name in self.fields]

    @property
    def texts_first(self) -> list[forms.BoundField]:
        """What stands before the answers to choose from, or instead of them."""
        later = {"required", "segment"}
        return [field for field in self if field.name not in later and not field.name.startswith("option_")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.text("text"):
            self.add_error(f"text_{self.languages[0]}", _("Write the question in at least one language."))
        if not self.errors:
            self._check()
        return cleaned

    def _check(self) -> None:
        row = self.row()
        options = [
            {**one, "code": one["code"] or f"new{n}"} for n, one in enumerate(row.get("options", []), 1)
        ]
        checked = {**row, "code": "new", **({"options": options} if options else {})}
        try:
            read_parts([{"kind": "page", "code": "new", "questions": [checked]}])
        except PartRefused as refused:
            name = refused.place.rpartition(".")[2].partition("[")[0]
            name = self.rows("option")[0].texts[0].name if name == "options" else name
            self.add_error(name if name in self.fields else None, str(refused))

    def row(self) -> dict[str, Any]:
        """What the draft keeps, without the question's code; a new option's code is empty."""
        given = self.cleaned_data
        row: dict[str, Any] = {"type": self.type, "text": self.text("text"), "required": given["required"]}
        if "segment" in self.fields:
            row["segment"] = given["segment"]
        if self._rows:
            row["options"] = [{"code": code, "text": texts} for code, texts in self.named("option")]
        if "minimum" in self.fields:
            bounds = {"minimum": given["minimum"], "maximum": given["maximum"]}
            row |= {name: value for name, value in bounds.items() if value is not None}
        if self.type == "rating":
            row |= {"low": self.text("low"), "high": self.text("high")}
        return row
