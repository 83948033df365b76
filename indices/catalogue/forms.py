"""The forms by which an organisation brings an instrument of its own: a file, or a model with its texts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring.errors import ModelError
from scoring.instrument import Instrument
from scoring.instrument.file import InstrumentError, builtin
from scoring.instrument.reader import HIGHEST, LOWEST
from scoring.instrument.values import CODE, LONGEST_TEXT
from scoring.structural.model import StructuralModel
from surveys.catalogue import own_instrument, read_instrument
from surveys.drafts.instrument_drafts import InstrumentDraft, ScaleDraft, placeholders_in, questionnaire_model
from surveys.models import Organisation
from surveys.questionnaire.parts import OWN

LARGEST_FILE = 1_000_000  # bytes
LONGEST_MODEL = 20_000  # characters
MOST_SCALES = 12
LANGUAGES: dict[str, str] = dict(settings.LANGUAGES)
WORDS = ("company", "category")  # that a survey fills in
CODE_AREA = {"spellcheck": "false", "autocapitalize": "off", "class": "code-area"}


class InstrumentFileForm(forms.Form):
    """An instrument file, uploaded or pasted. `instrument` is what a sound one says.

    A new text of an instrument that is there already is taken only once `replace` names it.
    """

    file = forms.FileField(
        label=gettext_lazy("Instrument file (TOML)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".toml,.txt,text/plain"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Or paste its text"),
        required=False,
        widget=forms.Textarea(attrs={**CODE_AREA, "rows": 18}),
    )

    def __init__(self, data: Any, files: Any, *, organisation: Organisation) -> None:
        super().__init__(data, files)
        self.organisation = organisation
        self.instrument: Instrument | None = None
        self.replaces: Instrument | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        file, pasted = cleaned.get("file"), cleaned.get("text", "")
        field = "file" if file else "text"
        if self.errors:
            return cleaned
        if not file and not pasted:
            self.add_error("file", _("Choose a file, or paste its text."))
            return cleaned
        try:
            text = _decoded(file) if file else pasted
        except forms.ValidationError as error:
            self.add_error("file", error)
            return cleaned
        cleaned["text"] = text.replace("\r\n", "\n")
        self._keep(cleaned["text"])
        self._read(cleaned["text"], file.name if file else _("the pasted text"), field)
        return cleaned

    def _keep(self, text: str) -> None:
        """Show the file's text where it can be mended: a browser does not send the same file twice."""
        self.data = {**dict(self.data.items()), "text": text}

    def _read(self, text: str, source: str, field: str) -> None:
        try:
            instrument = read_instrument(self.organisation, text, source)
        except InstrumentError as error:
            self.add_error(field, f"{error.key}: {error.problem}")
            return
        there = own_instrument(self.organisation, instrument.id)
        if there and there.text != text and self.data.get("replace") != instrument.id:
            self.replaces = instrument
            self.add_error(field, _("There is already an instrument “%s” of yours.") % instrument.id)
        self.instrument = instrument


def _decoded(file: "UploadedFile[Any]") -> str:
    """The text of an uploaded file. Raises ValidationError."""
    if (file.size or 0) > LARGEST_FILE:
        raise forms.ValidationError(
            _("The file has %(size)d bytes; at most %(most)d are taken."),
            params={"size": file.size, "most": LARGEST_FILE},
        )
    content: bytes = file.read()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise forms.ValidationError(_("The file is UTF-16 text. Save it as UTF-8 and send it again."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise forms.ValidationError(
            _("Line %(line)d is not UTF-8 text. Save the file as UTF-8 and send it again."),
            params={"line": line},
        ) from None


@dataclass(frozen=True)
class Outline:
    """The first step's result: which texts the second has to ask for."""

    id: str
    name: str
    languages: tuple[str, ...]
    scales: int
    model: StructuralModel


class OutlineForm(forms.Form):
    """The first step: the model, and what it is called."""

    id = forms.RegexField(
        rf"^{CODE.pattern}\Z",
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy(
            "Small letters, digits and _, for example bank_index. It stands before every item's code in "
            "exports and never changes."
        ),
        error_messages={
            "invalid": gettext_lazy(
                "Use the letters a to z in small, digits and _; begin with a letter; at most 40 characters."
            )
        },
        widget=forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages of the questions"),
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("English is always one of them."),
    )
    scales = forms.IntegerField(
        label=gettext_lazy("How many different answer scales?"),
        min_value=1,
        max_value=MOST_SCALES,
        initial=1,
        help_text=gettext_lazy("1 if all items are answered on the same scale with the same named ends."),
    )
    model = forms.CharField(
        label=gettext_lazy("Model in lavaan syntax"),
        max_length=LONGEST_MODEL,
        widget=forms.Textarea(attrs={**CODE_AREA, "rows": 12}),
        help_text=gettext_lazy(
            "“=~” is measured by, “~” is driven by, # begins a comment. An observed variable in a path "
            "becomes a construct of one item."
        ),
    )

    def __init__(self, data: Any, *, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.organisation = organisation

    def clean_id(self) -> str:
        code: str = self.cleaned_data["id"]
        if code in builtin() or code == OWN or own_instrument(self.organisation, code):
            raise forms.ValidationError(_("“%s” is taken; choose another code.") % code)
        return code

    def clean_languages(self) -> list[str]:
        chosen = self.cleaned_data["languages"]
        return [code for code in LANGUAGES if code in chosen or code == "en"]

    def clean_model(self) -> StructuralModel:
        try:
            return questionnaire_model(self.cleaned_data["model"])
        except ModelError as error:
            raise forms.ValidationError(str(error)) from None

    def outline(self) -> Outline:
        given = self.cleaned_data
        return Outline(given["id"], given["name"], tuple(given["languages"]), given["scales"], given["model"])


Row = list[forms.BoundField]


class TextsForm(forms.Form):
    """The second step: what respondents read. Fields are named by the keys of the file that is made."""

    def __init__(self, data: Any, *, outline: Outline, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.outline = outline
        self._add_about(organisation)
        for scale in self.scale_codes:
            self._add_scale(scale)
        for construct in outline.model.constructs:
            self._add_texts(f"constructs.{construct.name}.name", _("Name"))
            self._add_texts(f"constructs.{construct.name}.intro", _("Title of its page"))
            for item in construct.items:
                self._add_texts(f"items.{item}.text", _("Question"))
                if outline.scales > 1:
                    choices = [(code, code.removeprefix("scale")) for code in self.scale_codes]
                    field = forms.ChoiceField(label=_("Answered on scale"), choices=choices)
                    self.fields[f"items.{item}.scale"] = field

    @property
    def scale_codes(self) -> list[str]:
        return [f"scale{number}" for number in range(1, self.outline.scales + 1)]

    # -- fields

    def _add_about(self, organisation: Organisation) -> None:
        model = self.outline.model
        self._add_texts("name", _("Name"), initial=self.outline.name)
        self._add_texts("summary", _("What it measures, in a sentence"))
        self.fields["headline"] = forms.MultipleChoiceField(
            label=_("Indices that a report opens with"),
            choices=[(name, name) for name in model.names],
            initial=[name for name in ("satisfaction", "loyalty") if name in model.names],
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["source.published_by"] = forms.CharField(
            label=_("Who published it"), max_length=200, initial=organisation.name
        )
        self.fields["source.year"] = forms.IntegerField(
            label=_("Year"), min_value=1900, max_value=2200, initial=timezone.localdate().year
        )
        self.fields["source.reference"] = forms.CharField(
            label=_("Reference"),
            max_length=LONGEST_TEXT,
            help_text=_("Where the scale was published, or who in your company made it."),
        )

    def _add_scale(self, code: str) -> None:
        key = f"scales.{code}"
        for end, initial in (("minimum", 1), ("maximum", 10)):
            label = _("Lowest point") if end == "minimum" else _("Highest point")
            self.fields[f"{key}.{end}"] = forms.IntegerField(
                label=label, initial=initial, min_value=LOWEST, max_value=HIGHEST
            )
        self._add_texts(f"{key}.low", _("Name of the lowest point"))
        self._add_texts(f"{key}.high", _("Name of the highest point"))
        self.fields[f"{key}.reverse"] = forms.BooleanField(
            label=_("High answers are bad ones"), required=False
        )

    def _add_texts(self, key: str, label: str, initial: str = "") -> None:
        """A field for every language."""
        for code in self.outline.languages:
            several = len(self.outline.languages) > 1
            self.fields[f"{key}.{code}"] = forms.CharField(
                label=f"{label} ({LANGUAGES[code]})" if several else label,
                max_length=LONGEST_TEXT,
                initial=initial,
                widget=forms.TextInput(attrs={"lang": code}),
            )

    # -- as the page shows them, row by row: a text in all its languages stands in one row

    def about_rows(self) -> list[Row]:
        return [*self._rows("name", "summary"), [self["headline"], *self._starting("source")]]

    def scale_groups(self) -> list[tuple[str, list[Row]]]:
        several = self.outline.scales > 1
        groups = []
        for code in self.scale_codes:
            key = f"scales.{code}"
            title = _("Scale %s") % code.removeprefix("scale") if several else _("The scale of all items")
            ends = [self[f"{key}.{name}"] for name in ("minimum", "maximum", "reverse")]
            groups.append((title, [ends, *self._rows(f"{key}.low", f"{key}.high")]))
        return groups

    def construct_groups(self) -> list[tuple[str, list[Row], list[tuple[str, Row]]]]:
        """Every construct with the rows of its texts, and its items with a row for each."""
        return [
            (
                one.name,
                self._rows(f"constructs.{one.name}.name", f"constructs.{one.name}.intro"),
                [(item, self._starting(f"items.{item}")) for item in one.items],
            )
            for one in self.outline.model.constructs
        ]

    def _rows(self, *keys: str) -> list[Row]:
        return [self._starting(key) for key in keys]

    def _starting(self, key: str) -> Row:
        return [self[name] for name in self.fields if name.startswith(f"{key}.")]

    # -- what was filled in

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, value in list(cleaned.items()):
            unknown = [one for one in placeholders_in([value]) if one not in WORDS] if _is_text(value) else []
            if unknown:
                self.add_error(name, _("{%s} is not known here; {company} and {category} are.") % unknown[0])
        return cleaned

    def draft(self) -> InstrumentDraft:
        """The instrument that a valid form describes."""
        given, outline = self.cleaned_data, self.outline
        constructs, items = outline.model.names, outline.model.items
        return InstrumentDraft(
            id=outline.id,
            languages=outline.languages,
            model=outline.model,
            name=self._text("name"),
            summary=self._text("summary"),
            published_by=given["source.published_by"],
            year=given["source.year"],
            reference=given["source.reference"],
            headline=tuple(given["headline"]),
            scales={code: self._scale(f"scales.{code}") for code in self.scale_codes},
            construct_names=self._texts("constructs.{}.name", constructs),
            intros=self._texts("constructs.{}.intro", constructs),
            item_texts=self._texts("items.{}.text", items),
            item_scales={code: given.get(f"items.{code}.scale", "scale1") for code in items},
        )

    def _scale(self, key: str) -> ScaleDraft:
        given = self.cleaned_data
        return ScaleDraft(
            given[f"{key}.minimum"],
            given[f"{key}.maximum"],
            self._text(f"{key}.low"),
            self._text(f"{key}.high"),
            given[f"{key}.reverse"],
        )

    def _text(self, key: str) -> dict[str, str]:
        return {code: self.cleaned_data[f"{key}.{code}"] for code in self.outline.languages}

    def _texts(self, key: str, codes: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        return {code: self._text(key.format(code)) for code in codes}

    def refuse(self, error: InstrumentError) -> None:
        """Say what is wrong with the file that was made, beside the field that it comes from."""
        if error.key in self.fields:
            self.add_error(error.key, error.problem)
        else:
            self.add_error(None, f"{error.key}: {error.problem}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
