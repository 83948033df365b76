"""How the figures of an instrument without a structural model are computed again by a command."""

from scoring.instrument import Instrument

STRUCTURAL = "structural"
COMMANDS = {  # by kind
    "nps": "nps answers.csv --column {column}",
    "kano": "kano answers.csv",
    "servqual": "servqual answers.csv",
    "servqual_zone": "servqual answers.csv",
    "servperf": "servperf answers.csv",
    "csat": "csat answers.csv --column {column} --scale {scale} --box {box}",
    "ces": "ces answers.csv --column {column} --scale {scale} --box {box}",
}


def command_columns(codes: tuple[str, ...], instrument: Instrument) -> tuple[str, ...]:
    """The columns of `answers.csv`, an item each, named as the commands expect them."""
    if instrument.kind.startswith("serv"):  # E1, P1, W_tangibles
        return tuple(code[0].upper() + code[1:] for code in codes)
    if instrument.kind == "kano":  # delivery.functional
        return tuple(".".join(code.rsplit("_", 1)) for code in codes)
    return codes


def command_of(instrument: Instrument) -> str:
    """The command after `python -m scoring`; empty for a structural model, which each estimator fits."""
    item = instrument.items[0]
    low, high = instrument.box or (0, 0)
    scale = f"{item.scale.minimum:g}:{item.scale.maximum:g}"
    return COMMANDS.get(instrument.kind, "").format(column=item.code, scale=scale, box=f"{low}:{high}")
