"""`python -m scoring models`, and what a MODEL on the command line stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scoring.errors import ModelError
from scoring.instrument import Instrument
from scoring.instrument.file import builtin, load
from scoring.scale import Scale
from scoring.structural import lavaan_syntax
from scoring.structural.model import StructuralModel

# What scores the kinds that have no paths.
SCORED_BY: Mapping[str, str] = {
    "servqual": "python -m scoring servqual scores it",
    "servqual_zone": "python -m scoring servqual scores it",
    "servperf": "python -m scoring servperf scores it",
    "kano": "python -m scoring kano scores it",
    "nps": "python -m scoring nps scores it",
    "csat": "python -m scoring csat scores it",
    "ces": "python -m scoring ces scores it",
}


@dataclass(frozen=True)
class NamedModel:
    """A model, the scales its instrument gives, and the prefix its items may carry in a file's header."""

    model: StructuralModel
    scales: Mapping[str, Scale]
    prefix: str = ""


def named_model(name: str) -> NamedModel:
    """A built-in id, an instrument TOML, or a file in lavaan syntax."""
    if name in builtin():
        return _of_instrument(builtin()[name])
    path = Path(name)
    if not path.is_file():
        known = ", ".join(builtin())
        raise ModelError(f"MODEL {name!r} is neither a file nor a built-in instrument; there are {known}")
    if path.suffix == ".toml":
        return _of_instrument(load(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ModelError(f"MODEL {path.name} is not UTF-8 text; save the model in UTF-8") from None
    return NamedModel(lavaan_syntax.parse(text), {})


def _of_instrument(instrument: Instrument) -> NamedModel:
    if instrument.kind != "structural":
        raise ModelError(f"{instrument.id} has no structural model to fit; {SCORED_BY[instrument.kind]}")
    return NamedModel(instrument.model(), instrument.scales(), f"{instrument.id}.")


def models_table() -> str:
    """One line for every built-in instrument: id, kind, size, name."""
    lines = []
    for name, instrument in builtin().items():
        lines.append(f"{name:14} {instrument.kind:14} {_size(instrument):40} {instrument.name['en']}")
    return "\n".join(lines)


def _size(instrument: Instrument) -> str:
    """How much there is of what the kind is made of."""
    constructs = len(instrument.constructs)
    if instrument.kind == "structural":
        return f"{constructs} constructs, {len(instrument.items)} items, {len(instrument.paths)} paths"
    if instrument.columns:
        columns = len(instrument.columns)
        statements = sum(len(one.items) for one in instrument.constructs) // columns
        rated = "once" if columns == 1 else f"{columns} times"
        return f"{constructs} dimensions, {statements} statements {rated}"
    if instrument.feature_form:
        return f"{len(instrument.feature_form.questions)} questions a feature"
    scale = instrument.items[0].scale
    size = f"1 item on {scale.minimum}..{scale.maximum}"
    return f"{size}, share of {instrument.box[0]}..{instrument.box[1]}" if instrument.box else size
