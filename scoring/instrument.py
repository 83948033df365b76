"""Instruments: what is asked, on which scale, for which constructs, with which paths.

Files say what is asked (`scoring.instrument_file` reads them), Python says how it is scored.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from scoring.scale import Scale
from scoring.structural.model import Construct as ModelConstruct
from scoring.structural.model import Path as ModelPath
from scoring.structural.model import StructuralModel

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

Text = Mapping[str, str]


@dataclass(frozen=True)
class AnswerScale:
    """The closed scale of an item: its ends, and what they are called in each language."""

    minimum: int
    maximum: int
    low: Text
    high: Text
    reverse: bool = False

    @property
    def points(self) -> range:
        return range(self.minimum, self.maximum + 1)


@dataclass(frozen=True)
class Item:
    """One question (manifest variable). `code` is permanent; `text` may be reworded."""

    code: str
    text: Text
    scale: AnswerScale
    dont_know: bool = True


@dataclass(frozen=True)
class Construct:
    """A latent variable: its name, the sentence that opens its page, and its items in order."""

    code: str
    name: Text
    intro: Text
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Source:
    """Who published the instrument, when and where."""

    published_by: str
    year: int
    reference: str


@dataclass(frozen=True)
class Instrument:
    """A published scale, ready to be asked and to be scored."""

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

    @cached_property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for construct in self.constructs for item in construct.items)

    def item_code(self, item: Item) -> str:
        """The permanent code under which answers are kept: `instrument.item`."""
        return f"{self.id}.{item.code}"

    def model(self) -> StructuralModel:
        """The structural model over the instrument's item codes (without the instrument's name)."""
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

    def measurement_key(self) -> str:
        """Digest of what is measured: item codes, scales, constructs, paths and kind; never the wording.

        Answers may be pooled only where this is equal.
        """
        what = {
            "instrument": self.id,
            "kind": self.kind,
            "constructs": [[c.code, [i.code for i in c.items]] for c in self.constructs],
            "scales": {i.code: [i.scale.minimum, i.scale.maximum, i.scale.reverse] for i in self.items},
            "paths": sorted(self.paths),
        }
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the survey's own words into a text's placeholders.

    Only `{name}` with a known name is replaced, once: no attribute access, no format specification, and a
    value that itself looks like a placeholder stays as it is.
    """
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
