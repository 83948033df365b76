"""How figures are shown: rounded once, here, and the same way on every page."""

from decimal import ROUND_HALF_UP, Decimal

MINUS = "−"


def rounded(value: float | None, digits: int = 1) -> str:
    """Half away from zero, as readers expect; a dash where there is no figure."""
    if value is None:
        return "–"
    shown = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return str(shown + 0 if shown else abs(shown)).replace("-", MINUS)


def interval(low: float | None, high: float | None, digits: int = 1) -> str:
    if low is None or high is None:
        return "–"
    return f"{rounded(low, digits)} – {rounded(high, digits)}"


def p_value(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else rounded(value, 3)
