"""An instrument as a whole: its questions, its model, its measurement key, and how a company adapts it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from scoring.errors import ModelError
from scoring.instrument.parts import (
    FEATURE_CODE,
    Answer,
    Column,
    Construct,
    Derived,
    Feature,
    FeatureForm,
    InstrumentError,
    Item,
    MeasuredItem,
    Section,
    Source,
    Text,
    feature_name,
)
from scoring.scale import Scale
from scoring.structural.model import Construct as ModelConstruct
from scoring.structural.model import Path as ModelPath
from scoring.structural.model import StructuralModel

MAX_ITEMS = 200
Kept = TypeVar("Kept", bound=Item)


@dataclass(frozen=True)
class Instrument:
    """A published scale, ready to be asked and to be scored.

    `sections` is everything asked, in order; `constructs` what is measured: latent variables, dimensions, or
    the one thing a single question asks for. `columns` are the ratings of the SERVQUAL family, `wording`
    names the set of words Kano's five answers have, `box` the lowest and highest point a share counts.
    """

    id: str
    kind: str
    name: Text
    summary: Text
    source: Source
    languages: tuple[str, ...]
    placeholders: tuple[str, ...]
    constructs: tuple[Construct, ...]
    paths: tuple[tuple[str, str], ...]
    headline: tuple[str, ...]
    sections: tuple[Section, ...]
    derived: tuple[Derived, ...] = ()
    columns: tuple[Column, ...] = ()
    wording: str = ""
    box: tuple[int, int] | None = None
    note: Text = field(default_factory=dict)
    feature_form: FeatureForm | None = None
    features: tuple[Feature, ...] = ()

    @property
    def takes_features(self) -> bool:
        """Whether a company names its own features; until it has, nothing is asked."""
        return self.kind == "kano"

    @cached_property
    def asked(self) -> tuple[Item, ...]:
        """Every question in the order it is asked: also open ones and those that others are derived from."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def items(self) -> tuple[MeasuredItem, ...]:
        """Every measured item in order; a derived one stands where the first of its questions is asked."""
        derived = {code: one for one in self.derived for code in one.inputs}
        found: dict[str, MeasuredItem] = {}
        for item in self.asked:
            if item.code in derived:
                found.setdefault(derived[item.code].code, derived[item.code].item)
            elif isinstance(item, MeasuredItem):
                found[item.code] = item
        return tuple(found.values())

    def item_code(self, item: Item) -> str:
        """The permanent code under which answers are kept: `instrument.item`."""
        return f"{self.id}.{item.code}"

    def model(self) -> StructuralModel:
        """The structural model over the instrument's item codes (without the instrument's name).

        Raises ModelError for a kind that has no paths.
        """
        if self.kind != "structural":
            raise ModelError(f"{self.id} has no structural model; its kind is {self.kind}")
        return StructuralModel(
            constructs=tuple(
                ModelConstruct(c.code, tuple(item.code for item in c.items)) for c in self.constructs
            ),
            paths=tuple(ModelPath(*path) for path in sorted(self.paths, key=self._outcome)),
        )

    def _outcome(self, path: tuple[str, str]) -> int:
        """The place of a path's target among the constructs, so that each outcome's paths stand together."""
        return [c.code for c in self.constructs].index(path[1])

    def scales(self) -> dict[str, Scale]:
        return {
            item.code: Scale(item.scale.minimum, item.scale.maximum, item.scale.reverse)
            for item in self.items
        }

    def derive(self, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """The values of the derived items, from answers keyed by bare item code.

        One of whose questions nothing is recorded is left out: it was not asked.
        """
        return {
            one.code: one.value(answers)
            for one in self.derived
            if any(code in answers for code in one.inputs)
        }

    def adapted(self, drop: Sequence[str] = (), features: Sequence[Feature] = ()) -> "Instrument":
        """The instrument as a company asks it: optional items left out, its own features asked about.

        Raises InstrumentError naming the item or feature that cannot be.
        """
        chosen = self._with_features(features) if features else self
        return chosen._without(drop) if drop else chosen

    def _with_features(self, features: Sequence[Feature]) -> "Instrument":
        form = self.feature_form
        if form is None:
            raise InstrumentError(self.id, "features", f"{self.id} asks about no features; only Kano does")
        self._check_features(features, form)
        return replace(
            self,
            languages=tuple(one for one in self.languages if all(f.name.get(one) for f in features)),
            constructs=tuple(
                Construct(
                    one.code,
                    {language: feature_name(one, language) for language in self.languages},
                    form.section(one).title,
                    form.items(one),
                )
                for one in features
            ),
            sections=tuple(form.section(one) for one in features),
            features=tuple(features),
        )

    def _check_features(self, features: Sequence[Feature], form: FeatureForm) -> None:
        codes: set[str] = set()
        for one in features:
            key = f"features.{one.code}"
            if not FEATURE_CODE.fullmatch(one.code):
                raise InstrumentError(
                    self.id, key, "a code is 1 to 31 small letters, digits and _, starting with a letter"
                )
            if not one.name or not all(text.strip() for text in one.name.values()):
                raise InstrumentError(self.id, key, "needs a name")
            items = {item.code for item in form.items(one)}
            if codes & items:
                raise InstrumentError(self.id, key, "stands twice; every feature needs a code of its own")
            codes |= items
        most = MAX_ITEMS // len(form.questions)
        if len(features) > most:
            raise InstrumentError(self.id, "features", f"are {len(features)}; at most {most} can be asked")

    def _without(self, drop: Sequence[str]) -> "Instrument":
        gone = frozenset(drop)
        self._check_dropped(gone)
        return replace(
            self,
            constructs=tuple(replace(one, items=_kept(one.items, gone)) for one in self.constructs),
            sections=tuple(
                replace(one, items=kept) for one in self.sections if (kept := _kept(one.items, gone))
            ),
        )

    def _check_dropped(self, gone: frozenset[str]) -> None:
        known = {item.code: item for item in self.asked}
        for code in sorted(gone):
            if code not in known:
                raise InstrumentError(self.id, f"items.{code}", "is not an item that is asked here")
            if not known[code].optional:
                raise InstrumentError(self.id, f"items.{code}", "is not optional; it must be asked")
        for construct in self.constructs:
            if construct.items and not _kept(construct.items, gone):
                names = ", ".join(item.code for item in construct.items)
                raise InstrumentError(
                    self.id, f"constructs.{construct.code}", f"must keep at least one of its items: {names}"
                )
        for section in self.sections:
            shared = [item.code for item in section.items if item.kind == "points"]
            if gone.intersection(shared) and not gone.issuperset(shared):
                raise InstrumentError(
                    self.id, f"sections.{section.code}", "shares 100 points: drop all of its items or none"
                )

    def measurement_key(self) -> str:
        """Digest of what is measured: kind, item codes, scales, constructs, paths, columns, derived items,
        routing and what a share counts; never the wording.

        Answers may be pooled only where this is equal. What an instrument has not is not digested, so that
        a new property leaves the keys of those without it as they are.
        """
        what: dict[str, Any] = {
            "instrument": self.id,
            "kind": self.kind,
            "constructs": [[c.code, [i.code for i in c.items]] for c in self.constructs],
            "scales": {i.code: [i.scale.minimum, i.scale.maximum, i.scale.reverse] for i in self.items},
            "paths": sorted(self.paths),
        }
        further = {
            "steps": {i.code: i.scale.step for i in self.items if i.scale.step != 1},
            "points": [i.code for i in self.items if i.kind == "points"],
            "columns": [one.code for one in self.columns],
            "derived": [[one.code, one.plus, one.minus] for one in self.derived],
            "conditions": {
                i.code: [i.show_if.item, i.show_if.at_least, i.show_if.at_most]
                for i in self.asked
                if i.show_if and i.kind != "open"
            },
            "features": [one.code for one in self.features],
            "box": self.box,
        }
        what |= {name: value for name, value in further.items() if value}
        return _digest(what)

    def wording_digest(self, languages: Iterable[str]) -> str:
        """Digest of what respondents read in these languages: measured questions, scales and page titles.

        Where it differs and the measurement key does not, someone has to say whether answers may be pooled.
        """
        read = sorted(set(languages))
        asked = [item for item in self.asked if item.kind != "open"]
        pages = [s for s in self.sections if any(item.kind != "open" for item in s.items)]
        texts = [_said(item.text, read) for item in asked]
        scales = [
            [_said(text, read) for text in (item.scale.low, item.scale.high, *item.scale.labels)]
            for item in asked
            if item.scale
        ]
        codes = [item.code for item in asked]
        return _digest([self.wording, codes, texts, scales, [_said(page.title, read) for page in pages]])


def _kept(items: Iterable[Kept], gone: frozenset[str]) -> tuple[Kept, ...]:
    return tuple(item for item in items if item.code not in gone)


def _said(text: Text, languages: Sequence[str]) -> list[str | None]:
    return [text.get(language) for language in languages]


def _digest(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]
