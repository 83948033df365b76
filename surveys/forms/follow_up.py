"""What is done about a response."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from surveys.follow_up.changes import LONGEST_NOTE, may_own
from surveys.models import FollowUp


class AssignForm(forms.Form):
    owner: Any = forms.ModelChoiceField(
        label=_("Who looks after it"), required=False, queryset=None, to_field_name="public_id",
        empty_label=_("nobody"),
    )  # fmt: skip

    def __init__(self, data: Any, follow_up: FollowUp) -> None:
        now = follow_up.owner.public_id if follow_up.owner else ""
        super().__init__(data, initial={"owner": now})
        owner: Any = self.fields["owner"]
        owner.queryset = may_own(follow_up)
        owner.label_from_instance = lambda member: str(member.user)


class NamedForm(forms.Form):
    """`name` keeps the fields of several forms on one page apart."""

    name = ""

    def __init__(self, data: Any, initial: Any = None) -> None:
        super().__init__(data, initial=initial, auto_id=f"{self.name}_%s")


def _text(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3}))


class NoteForm(NamedForm):
    """`key` makes one note of a form that is sent twice."""

    name = "note"
    text = _text(_("Note"))
    key = forms.RegexField(r"\A[A-Za-z0-9_-]{16,64}\Z", widget=forms.HiddenInput)


class CloseForm(NamedForm):
    name = "close"
    text = _text(_("Why it can be closed"))
