"""Forms with texts in each language of a survey, and what is wrong with a draft shown beside its field."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from surveys.questionnaire.names import in_language

LAST = 10_000  # the place of a row that was given none


class NamedRow(NamedTuple):
    """One of several things with a name in each language, as the page shows it."""

    code: str
    order: forms.BoundField | None
    texts: list[forms.BoundField]


class TextsForm(forms.Form):
    """`name` in three languages is three fields, `name_en` and so on."""

    def __init__(self, data: Any = None, *, languages: Sequence[str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.languages = list(languages)
        self._rows: dict[str, list[str]] = {}

    def add_text(
        self,
        name: str,
        label: Any,
        texts: Mapping[str, str],
        longest: int,
        *,
        long: bool = False,
        hint: Any = "",
    ) -> None:
        for code in self.languages:
            spoken = in_language(label, code) if len(self.languages) > 1 else label
            attributes: dict[str, Any] = {"lang": code}
            self.fields[f"{name}_{code}"] = forms.CharField(
                label=spoken,
                help_text=hint if code == self.languages[-1] else "",
                max_length=longest,
                required=False,
                initial=texts.get(code, ""),
                widget=forms.Textarea(attributes | {"rows": 2}) if long else forms.TextInput(attributes),
            )

    def text(self, name: str) -> dict[str, str]:
        """The text in each language in which there is one."""
        given = {code: self.cleaned_data.get(f"{name}_{code}", "") for code in self.languages}
        return {code: said.replace("\r\n", "\n") for code, said in given.items() if said}

    def add_rows(
        self, kind: str, label: Any, rows: Iterable[tuple[str, Mapping[str, str]]], blank: int, longest: int
    ) -> None:
        """A line for each thing that has a name, and some empty ones for new things."""
        self._rows[kind] = []
        lines = [*rows, *((f"new{number}", {}) for number in range(1, blank + 1))]
        for number, (code, texts) in enumerate(lines, 1):
            self._rows[kind].append(code)
            self.add_text(f"{kind}_{code}", f"{label} {number}", texts, longest)
            self.fields[f"{kind}_{code}_order"] = forms.IntegerField(
                label=_("Place"),
                required=False,
                min_value=1,
                max_value=LAST,
                initial=number if texts else None,
                widget=forms.NumberInput({"class": "order"}),
            )

    def rows(self, kind: str) -> list[NamedRow]:
        return [
            NamedRow(
                code, self[f"{kind}_{code}_order"], [self[f"{kind}_{code}_{one}"] for one in self.languages]
            )
            for code in self._rows.get(kind, [])
        ]

    def named(self, kind: str) -> list[tuple[str, dict[str, str]]]:
        """What was named, in its order; a line that was emptied is gone. A new thing's code is empty."""
        places = [self.cleaned_data.get(f"{kind}_{code}_order") or LAST for code in self._rows[kind]]
        ordered = sorted(zip(places, self._rows[kind], strict=True), key=lambda one: one[0])
        named = [(code, self.text(f"{kind}_{code}")) for _place, code in ordered]
        return [("" if code.startswith("new") else code, texts) for code, texts in named if texts]


def mark(form: forms.BaseForm, problems: Mapping[str, list[str]]) -> None:
    """Show what keeps the draft from being published beside the fields; once it is sent, its errors count."""
    form.problems = {} if form.is_bound else dict(problems)  # type: ignore[attr-defined]
    for name in form.problems.keys() & form.fields.keys():  # type: ignore[attr-defined]
        field = form.fields[name]
        described = [f"id_{name}_helptext"] if field.help_text else []
        field.widget.attrs |= {
            "aria-invalid": "true",
            "aria-describedby": " ".join([*described, f"id_{name}_problem"]),
        }
