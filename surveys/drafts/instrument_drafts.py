"""An instrument file made from a model in lavaan syntax and the texts that a questionnaire needs besides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from scoring.errors import ModelError
from scoring.instrument.parts import PLACEHOLDER, Text
from scoring.instrument.values import CODE
from scoring.structural import lavaan_syntax
from scoring.structural.model import Construct, Path, StructuralModel
from surveys.drafts.toml_text import toml


@dataclass(frozen=True)
class ScaleDraft:
    """A closed scale with the names of its ends."""

    minimum: int
    maximum: int
    low: Text
    high: Text
    reverse: bool = False

    @property
    def document(self) -> dict[str, Any]:
        ends = {"minimum": self.minimum, "maximum": self.maximum, "low": self.low, "high": self.high}
        return {**ends, **({"reverse": True} if self.reverse else {})}


@dataclass(frozen=True)
class InstrumentDraft:
    """Everything that an instrument of a structural model says. Texts are by construct, item and scale code;
    `item_scales` names the scale of each item."""

    id: str
    languages: tuple[str, ...]
    model: StructuralModel
    name: Text
    summary: Text
    published_by: str
    year: int
    reference: str
    headline: tuple[str, ...]
    scales: Mapping[str, ScaleDraft]
    construct_names: Mapping[str, Text]
    intros: Mapping[str, Text]
    item_texts: Mapping[str, Text]
    item_scales: Mapping[str, str]

    @property
    def toml(self) -> str:
        """The draft as an instrument file; whether it is a sound one is for its reader to say."""
        paths = {
            name: [path.target for path in self.model.paths if path.source == name]
            for name in self.model.names
        }
        return toml(
            {
                "id": self.id,
                "kind": "structural",
                "languages": list(self.languages),
                "placeholders": self._placeholders(),
                "headline": list(self.headline),
                "name": self.name,
                "summary": self.summary,
                "source": {
                    "published_by": self.published_by,
                    "year": self.year,
                    "reference": self.reference,
                },
                "scales": {code: scale.document for code, scale in self.scales.items()},
                "constructs": [self._construct(one) for one in self.model.constructs],
                "items": [
                    {"id": code, "scale": self.item_scales[code], "text": self.item_texts[code]}
                    for code in self.model.items
                ],
                "paths": [{"from": source, "to": targets} for source, targets in paths.items() if targets],
            }
        )

    def _construct(self, one: Construct) -> dict[str, Any]:
        return {
            "id": one.name,
            "items": list(one.items),
            "name": self.construct_names[one.name],
            "intro": self.intros[one.name],
        }

    def _placeholders(self) -> list[str]:
        texts = [*self.construct_names.values(), *self.intros.values(), *self.item_texts.values()]
        texts += [end for scale in self.scales.values() for end in (scale.low, scale.high)]
        return placeholders_in(said for text in (self.name, self.summary, *texts) for said in text.values())


def placeholders_in(texts: Iterable[str]) -> list[str]:
    """The names of the placeholders that occur in the texts, each once."""
    return sorted({name for said in texts for name in PLACEHOLDER.findall(said)})


def questionnaire_model(text: str) -> StructuralModel:
    """The model in lavaan syntax as a questionnaire can carry it: constructs and paths, names as item codes.

    Raises ModelError saying, with line and column where it has them, what cannot stand in it.
    """
    model = lavaan_syntax.parse(text)
    _refuse_what_nobody_is_asked(model)
    return StructuralModel(
        tuple(Construct(_code(one.name), tuple(map(_code, one.items))) for one in model.constructs),
        tuple(Path(_code(path.source), _code(path.target)) for path in model.paths),
    )


def _refuse_what_nobody_is_asked(model: StructuralModel) -> None:
    for one in sorted(model.restrictions, key=lambda restriction: (restriction.line, restriction.column)):
        raise ModelError(
            _(
                "line %(line)d, column %(column)d: “%(text)s” fixes or labels a parameter. "
                "An instrument says what is asked and what leads to what; leave it out."
            )
            % {"line": one.line, "column": one.column, "text": one.text}
        )
    for a, b in model.residual_covariances:
        raise ModelError(
            _(
                "“%(a)s ~~ %(b)s” lets the two covary beside the paths. "
                "An instrument has only constructs and paths; leave it out."
            )
            % {"a": a, "b": b}
        )
    if not model.paths:
        raise ModelError(_("The model has no path; it needs at least one, such as loyalty ~ satisfaction."))


def _code(name: str) -> str:
    """The permanent code of an item or construct: its name in small letters."""
    code = name.lower().replace(".", "_")
    if not CODE.fullmatch(code):
        raise ModelError(
            _(
                "“%s” cannot be the code of an item or construct: a code is made of the letters a to z, "
                "digits and _, begins with a letter and has at most 40 characters. What respondents read "
                "comes in the next step."
            )
            % name
        )
    return code
