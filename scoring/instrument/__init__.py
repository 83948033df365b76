"""Instruments: what is asked, on which scale, for which constructs, with which paths.

Files say what is asked (`scoring.instrument.file` reads them), Python says how it is scored.
"""

from scoring.instrument.definition import MAX_ITEMS, Instrument
from scoring.instrument.parts import (
    PLACEHOLDER,
    Answer,
    AnswerScale,
    Column,
    Condition,
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
    fill,
)

__all__ = [
    "MAX_ITEMS",
    "PLACEHOLDER",
    "Answer",
    "AnswerScale",
    "Column",
    "Condition",
    "Construct",
    "Derived",
    "Feature",
    "FeatureForm",
    "Instrument",
    "InstrumentError",
    "Item",
    "MeasuredItem",
    "Section",
    "Source",
    "Text",
    "fill",
]
