"""Making a link to a report."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from indices.models import ShareLink
from indices.sharing.offered import Offered

WORKS_FOR = (
    (7, gettext_lazy("7 days")),
    (30, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days")),
    (365, gettext_lazy("one year")),
)


class ShareForm(forms.ModelForm):
    """What is offered is what the survey's report has; `days` is for how long the link works."""

    measure = forms.ChoiceField(label=gettext_lazy("Instrument"))
    period = forms.ChoiceField(label=gettext_lazy("Period"), required=False)
    segment = forms.ChoiceField(
        label=gettext_lazy("Segment"),
        required=False,
        help_text=gettext_lazy(
            "A report of all respondents shows the segments beside each other, too; that of one segment "
            "shows nothing of the others."
        ),
    )
    window = forms.TypedChoiceField(label=gettext_lazy("Answers of"), coerce=int)
    days = forms.TypedChoiceField(label=gettext_lazy("Works for"), coerce=int, choices=WORKS_FOR, initial=30)
    field_order = (
        "name", "measure", "period", "segment", "window", "language", "days", "released_only", "show_words",
    )  # fmt: skip

    class Meta:
        model = ShareLink
        fields = ("name", "language", "released_only", "show_words")
        help_texts = {  # noqa: RUF012  as Django has it
            "show_words": gettext_lazy(
                "Answers to open questions may name people; they are hidden unless chosen."
            ),
        }

    def __init__(self, offered: Offered, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered
        self._offer("measure", offered.measures)
        periods = [(one.public_id, one.name) for one in reversed(offered.periods)]
        self._offer("period", [("", _("Always the newest")), *periods])
        self._offer("segment", offered.segments)
        self._offer("window", offered.windows)
        self.fields["language"].initial = get_language()

    def _offer(self, name: str, choices: list[Any]) -> None:
        """One choice is none: it is not asked."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  as declared above
        field.choices = choices
        field.initial = choices[0][0] if choices else None
        if not _is_among(self.initial.get(name), choices):
            self.initial.pop(name, None)
        if len(choices) == 1:
            field.widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if any(self[name].is_hidden for name in self.errors):  # whose mistakes show nowhere else
            self.add_error(None, _("The report has no such figures any more; choose again."))
        if "measure" in cleaned and not self.offered.has(cleaned["measure"], cleaned.get("segment", "")):
            raise ValidationError({"segment": _("This instrument has no such segment.")})
        if "period" in cleaned:
            cleaned["period"] = self.offered.period(cleaned["period"])
        return cleaned

    @property
    def chosen(self) -> ShareLink | None:
        """The link that the form would make as it stands; None where the report has no such figures."""
        of = {name: self[name].value() for name in ("measure", "period", "segment", "window")}
        choices = {name: getattr(self.fields[name], "choices", []) for name in of}
        if not all(_is_among(of[name] or "", choices[name]) for name in of):
            return None
        if not self.offered.has(of["measure"], of["segment"] or ""):
            return None
        return ShareLink(
            survey=self.offered.survey,
            measure=of["measure"],
            period=self.offered.period(of["period"] or ""),
            segment=of["segment"] or "",
            window=int(of["window"]),
            released_only=bool(self["released_only"].value()),
        )

    @property
    def wanted(self) -> dict[str, Any]:
        """What a link is made of."""
        names = ("name", "measure", "segment", "window", "period", "language", "released_only", "show_words")
        return {name: self.cleaned_data[name] for name in (*names, "days")}


def _is_among(value: Any, choices: Iterable[Any]) -> bool:
    return str(value) in {str(one) for one, _label in choices}
