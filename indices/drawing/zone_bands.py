"""Zones of tolerance: a band from the lowest acceptable to the desired level, and in or beside it what is
perceived."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from indices.drawing.row_chart import Key, Row, row_chart
from indices.numbers import rounded

DIGITS = 2


@dataclass(frozen=True)
class ZoneBand:
    """Three means on the scale, None where few answered all three. `adequacy` and `superiority` are the
    intervals of what is perceived less the lower and the upper edge; `verdict` says where it lies."""

    name: str
    adequate: float | None
    desired: float | None
    perceived: float | None
    adequacy: tuple[float, float] | None
    superiority: tuple[float, float] | None
    n: int
    verdict: str = ""

    @property
    def interval(self) -> tuple[float, float] | None:
        """That of the distance from the nearer edge, laid off from it: whether that edge is passed."""
        if self.adequate is None or self.desired is None or self.perceived is None:
            return None
        is_low = abs(self.perceived - self.adequate) <= abs(self.perceived - self.desired)
        edge, reach = (self.adequate, self.adequacy) if is_low else (self.desired, self.superiority)
        return (edge + reach[0], edge + reach[1]) if reach else None


def zone_bands(
    found: Sequence[ZoneBand],
    title: str,
    description: str,
    ends: tuple[float, float],
    keys: Sequence[Key],
    figure: str,
) -> SafeString:
    """One row each, on a scale within `ends`. Who wants less than they accept has a band all the same."""
    return row_chart([_row(one) for one in found], title, description, ends, keys, figure)


def _row(one: ZoneBand) -> Row:
    if one.adequate is None or one.desired is None or one.perceived is None:
        return Row(one.name, "–", f"{one.name}: n = {one.n}", one.verdict)
    told = rounded(one.perceived, DIGITS)
    zone = f"{rounded(one.adequate, DIGITS)} – {rounded(one.desired, DIGITS)}"
    low, high = sorted((one.adequate, one.desired))
    return Row(
        label=one.name,
        told=told,
        text=f"{one.name}: {told} ({zone}), {one.verdict}, n = {one.n}",
        note=one.verdict,
        mark=one.perceived,
        interval=one.interval,
        band=(low, high),
    )
