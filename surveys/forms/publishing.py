"""The form that publishes a draft: for each reworded instrument its author says what that means."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.questionnaire.content import Content
from surveys.series import Continuation

SAME, OTHER = "same", "other"


class PublishForm(forms.Form):
    """`digest` is that of the draft that was shown: what was changed since is not published unseen."""

    digest = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, content: Content, continuations: Sequence[Continuation]) -> None:
        super().__init__(data)
        self.content, self.continuations = content, continuations
        self.fields["digest"].initial = content.digest
        for one in continuations:
            if one.kind == "reworded":
                said = _("With those of %s: the new wording still measures the same; answers are pooled.")
                choices = [
                    (SAME, said % one.earlier),
                    (OTHER, _("Not with them: it measures something else now, and a new series begins.")),
                ]
                self.fields[f"keeps_{one.instrument.id}"] = forms.ChoiceField(
                    label=gettext_lazy("With which answers may the new ones be pooled?"),
                    choices=choices,
                    widget=forms.RadioSelect,
                    error_messages={
                        "required": _("The wording changed: say whether it still measures the same.")
                    },
                )

    def asked(self) -> list[tuple[Continuation, forms.BoundField | None]]:
        """Each instrument, with the field that asks about its wording where there is one."""
        return [
            (one, self[f"keeps_{one.instrument.id}"] if one.kind == "reworded" else None)
            for one in self.continuations
        ]

    def clean_digest(self) -> str:
        digest: str = self.cleaned_data["digest"]
        if digest and digest != self.content.digest:
            self.data = {**self.data.dict(), "digest": self.content.digest}  # type: ignore[attr-defined]
            raise forms.ValidationError(
                _("The draft was changed meanwhile; here it is as it is now. Look again, then publish.")
            )
        return digest

    def keeps(self) -> dict[str, bool]:
        """For each reworded instrument whether it still measures the same."""
        return {
            one.instrument.id: self.cleaned_data[f"keeps_{one.instrument.id}"] == SAME
            for one in self.continuations
            if one.kind == "reworded"
        }
