"""The forms of contacts: a search, a file, what its columns are, and how often one writes."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from surveys.contacts import mapping, rows
from surveys.contacts.addresses import LONGEST_ADDRESS
from surveys.contacts.choosing import Choice
from surveys.contacts.mapping import Meaning, Plan
from surveys.contacts.matching import match
from surveys.contacts.rows import LONGEST_OPTION, SEGMENT
from surveys.contacts.storing import store_one
from surveys.forms.imports import UploadForm
from surveys.imports.reading import Table
from surveys.imports.refusals import ImportRefused
from surveys.models import Contact, MailRules, Organisation
from surveys.models.contact import LONGEST_KEY, LONGEST_NAME

MEANINGS = [
    (mapping.LEFT_OUT, gettext_lazy("– leave out –")),
    (mapping.EMAIL, gettext_lazy("E-mail address")),
    (mapping.KEY, gettext_lazy("Own key")),
    (mapping.NAME, pgettext_lazy("of a person", "Name")),
    (mapping.LANGUAGE, gettext_lazy("Language")),
    (mapping.SEGMENT, pgettext_lazy("of contacts", "Segment")),
]


class ContactFileForm(UploadForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["file"].help_text = _(
            "One line for each person. The first line names the columns: the e-mail address, and where you "
            "have them your own number of the person, the name, the language, and what some are to be chosen "
            "by, such as the region. Next you say which column is what."
        )


class OneContactForm(forms.Form):
    """One person by hand, by the rules of a file's rows: what is left empty stays as it is known."""

    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=LONGEST_ADDRESS,
        widget=forms.TextInput(attrs={"type": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"), required=False, max_length=LONGEST_NAME
    )
    key = forms.CharField(
        label=gettext_lazy("Own key"), required=False, max_length=LONGEST_KEY,
        help_text=gettext_lazy(
            "Your own number of the person. By it the person is known even when the address changes."
        ),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False,
        choices=[("", gettext_lazy("as known; English for a new contact")), *settings.LANGUAGES],
    )  # fmt: skip

    def stored(self, organisation: Organisation) -> tuple[Contact, bool] | None:
        """The contact, and whether it is a new one; None, with the errors told, where it was refused."""
        try:
            row = rows.read(0, self.cleaned_data, {})
        except rows.CellsWrong as wrong:
            for name, reason in wrong.problems:
                self.add_error(name, reason)
            return None
        found = match(organisation, [row]).problems
        for _row, name, reason in found:
            self.add_error(name, reason)
        if found:
            return None
        try:
            return store_one(organisation, row)
        except ImportRefused:
            self.add_error(None, _("The contacts were changed meanwhile. Please send it again."))
            return None


class MappedColumn(NamedTuple):
    title: str
    values: Sequence[str]
    meaning: forms.BoundField
    code: forms.BoundField


class MappingForm(forms.Form):
    """For every column what it is, and the code it has if it is a segment."""

    leave_out_bad_rows = forms.BooleanField(label=gettext_lazy("Leave out the bad rows"), required=False)

    def __init__(self, data: Any, *, table: Table, plan: Plan, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.table = table
        proposed = mapping.codes(table.header)
        for place, meaning in enumerate(plan.meanings):
            title = mapping.title_of(table.header, place)
            self.fields[f"is-{place}"] = forms.ChoiceField(
                label=title, choices=MEANINGS, required=False, initial=meaning.kind
            )
            self.fields[f"code-{place}"] = forms.CharField(
                label=_("Code of the segment: %s") % title,
                required=False,
                initial=meaning.code or proposed[place],
                widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
            )
        self.fields["leave_out_bad_rows"].initial = plan.leave_out_bad_rows

    def clean(self) -> None:
        if not self.errors:
            self.refuse(mapping.mistakes(self.plan(), self.table.header))

    def refuse(self, mistakes: Sequence[tuple[int | None, str]]) -> None:
        for place, reason in mistakes:
            self.add_error(None if place is None else f"is-{place}", reason)

    def plan(self) -> Plan:
        said = self.cleaned_data
        meanings = (self._meaning(said, place) for place in range(len(self.table.header)))
        return Plan(tuple(meanings), said["leave_out_bad_rows"])

    def _meaning(self, said: dict[str, Any], place: int) -> Meaning:
        kind = said[f"is-{place}"]
        return Meaning(kind, said[f"code-{place}"] if kind == mapping.SEGMENT else "")

    def columns(self) -> list[MappedColumn]:
        return [
            MappedColumn(
                mapping.title_of(self.table.header, place),
                column.first_values,
                self[f"is-{place}"],
                self[f"code-{place}"],
            )
            for place, column in enumerate(mapping.columns_of(self.table))
        ]


class SearchForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Search: address, key or name"), required=False, max_length=254,
        widget=forms.TextInput(attrs={"type": "search"}),
    )  # fmt: skip
    segment = forms.RegexField(
        SEGMENT.pattern + r"\Z", label=pgettext_lazy("of contacts", "Segment"), required=False, max_length=40,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "list": "segments"}),
    )  # fmt: skip
    option = forms.CharField(
        label=gettext_lazy("has the value"), required=False, max_length=LONGEST_OPTION,
        widget=forms.TextInput(attrs={"list": "options"}),
    )  # fmt: skip
    opted = forms.ChoiceField(
        label=gettext_lazy("Opted out or not"), required=False,
        choices=[
            ("", gettext_lazy("all")),
            ("in", gettext_lazy("not opted out")),
            ("out", gettext_lazy("opted out")),
        ],
    )  # fmt: skip

    def clean(self) -> None:
        said = self.cleaned_data
        if not self.errors and bool(said["segment"]) != bool(said["option"]):
            self.add_error("option", _("Give both, a segment and its value, or neither."))

    def choice(self) -> Choice:
        """Of what cannot be nothing is chosen: everybody is listed, and the field says why."""
        if not self.is_valid():
            return Choice()
        said = self.cleaned_data
        out = {"in": False, "out": True}.get(said["opted"])
        return Choice(said["q"], said["segment"], said["option"], out)

    @property
    def asked(self) -> str:
        """The choice, as it stands in the address of another page of the list."""
        given = ((name, self.data.get(name, "")) for name in self.fields)
        return urlencode({name: value for name, value in given if value})


class RulesForm(forms.ModelForm):
    class Meta:
        model = MailRules
        fields = ("rest_days", "per_minute")
