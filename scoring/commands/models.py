"""`python -m scoring models`, and what a MODEL on the command line stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scoring.errors import ModelError
from scoring.instrument import Instrument
from scoring.instrument_file import builtin, load
from scoring.scale import Scale
from scoring.structural import lavaan_syntax
from scoring.structural.model import StructuralModel


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
    return NamedModel(instrument.model(), instrument.scales(), f"{instrument.id}.")


def models_table() -> str:
    """One line for every built-in instrument: id, size, name."""
    lines = []
    for name, instrument in builtin().items():
        model = instrument.model()
        size = f"{len(model.constructs)} constructs, {len(model.items)} items, {len(model.paths)} paths"
        lines.append(f"{name:8} {size:38} {instrument.name['en']}")
    return "\n".join(lines)
