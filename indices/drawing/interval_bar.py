"""A value with its interval as a small bar, for the rows of a table that gives the figures."""

import math

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 160.0, 14.0
INSET = 5.0  # so that the dot stays within at either end


def interval_bar(
    value: float | None,
    low: float | None,
    high: float | None,
    minimum: float = 0,
    maximum: float = 100,
) -> SafeString:
    """Between `minimum` and `maximum`; a line marks zero if it lies between. What is missing is not drawn."""

    def place(number: float | None) -> float | None:
        # A template gives empty text for what it does not find.
        if not isinstance(number, int | float) or math.isnan(number):
            return None
        share = (number - minimum) / (maximum - minimum)
        return round(INSET + min(max(share, 0), 1) * (WIDTH - 2 * INSET), 1)

    begin, end = place(low), place(high)
    context = {
        "width": WIDTH,
        "height": HEIGHT,
        "middle": HEIGHT / 2,
        "left": INSET,
        "right": WIDTH - INSET,
        "zero": place(0) if minimum < 0 < maximum else None,
        "value": place(value),
        "interval": (begin, end) if begin is not None and end is not None else None,
    }
    return render_to_string("indices/svg/interval_bar.svg", context)
