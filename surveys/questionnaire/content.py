"""All that a survey asks, as a published version froze it or as its draft has it now."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from scoring.instrument import Instrument
from scoring.instrument.file import parse
from surveys.questionnaire.parts import InstrumentPart, OwnQuestion, Part, own_questions, read_parts


class Content:
    """A snapshot read: its parts, the instruments' TOML by id, languages, words, consent, thanks and onward.

    Equal, and hashed, by its digest: what is made from one content may be kept for the next request.
    """

    def __init__(self, snapshot: Mapping[str, Any], digest: str = "") -> None:
        self.snapshot = snapshot
        self.digest = digest or digest_of(snapshot)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def languages(self) -> list[str]:
        languages: list[str] = self.snapshot["languages"]
        return languages

    def words(self, language: str) -> dict[str, str]:
        """The values of the placeholders in one language."""
        return {name: texts.get(language, "") for name, texts in self.snapshot["words"].items()}

    def saying(self, name: str, language: str) -> str:
        """A text of the whole survey: `consent` or `thanks`; empty where there is none."""
        texts: dict[str, str] = self.snapshot.get(name) or {}
        return texts.get(language, "")

    @property
    def onward(self) -> str:
        """Where the thank-you page leads; empty for nowhere."""
        return str(self.snapshot.get("onward") or "")

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        return read_parts(self.snapshot["parts"])

    @cached_property
    def instruments(self) -> dict[str, Instrument]:
        """The instruments as this survey uses them, in the order they are asked."""
        return {
            part.instrument: self.instrument(part) for part in self.parts if isinstance(part, InstrumentPart)
        }

    def instrument(self, part: InstrumentPart) -> Instrument:
        return self.whole_instrument(part).adapted(part.drop, part.features)

    def whole_instrument(self, part: InstrumentPart) -> Instrument:
        """The instrument as its file has it: nothing left out, no features named."""
        return parsed(self.snapshot["instruments"][part.instrument], part.instrument)

    @cached_property
    def segments(self) -> tuple[OwnQuestion, ...]:
        """The questions whose answers place a respondent in a segment."""
        return tuple(question for question in own_questions(self.parts) if question.segment)


@lru_cache(maxsize=128)
def parsed(text: str, instrument_id: str) -> Instrument:
    """The instrument of a file's text, read once. Raises InstrumentError."""
    return parse(text, f"{instrument_id}.toml")


def digest_of(snapshot: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(snapshot, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
