"""Which of its figures an instrument without a structural model is first about."""

from scoring.instrument import Instrument
from scoring.instrument.kinds import SINGLE


def headline(instrument: Instrument) -> tuple[str, ...]:
    """The codes of the scores shown first; Kano's method has a class for each feature and no such score."""
    if instrument.kind in SINGLE:
        return (instrument.constructs[0].code,)
    if instrument.kind == "servqual_zone":
        return "msa", "mss"
    if instrument.kind == "kano":
        return ()
    is_weighed = any(item.kind == "points" for item in instrument.items)
    return ("unweighted", "weighted") if is_weighed else ("unweighted",)
