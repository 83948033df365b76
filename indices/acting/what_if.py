"""What a model expects of satisfaction and loyalty if one driver rose, from what a run stored."""

from dataclasses import dataclass

from indices.report.structural import Report


@dataclass(frozen=True)
class Expected:
    """By how many points of its index an outcome is expected to move, with its 95 % interval."""

    outcome: str
    name: str
    change: float
    low: float | None
    high: float | None

    @property
    def certain(self) -> bool:
        """The interval leaves out zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Rise:
    """A driver that is thought to rise; `now` is its index, and `expected` goes by the headline's order, None
    where it leads to no such outcome."""

    code: str
    name: str
    now: float | None
    rises_out: bool  # from its index by so many points lies beyond 100
    expected: list[Expected | None]


def rises(report: Report, by: float) -> list[Rise]:
    """What is expected if each driver alone rose by so many points and moved what it leads to.

    The unstandardised total effect is the standardised one times the outcome's spread over the driver's (see
    `scoring.structural.levels.spreads`); the two spreads count as known. Empty of runs that did not store
    them.
    """
    found: dict[str, list[Expected | None]] = {}
    for place, row in enumerate(report.headline):
        for driver in report.drivers(row.code):
            one = _expected(report, driver.code, row.code, by)
            if one:
                found.setdefault(driver.code, [None] * len(report.headline))[place] = one
    figures = {row.code: row.shown for row in report.rows}
    rows = []
    for code, expected in found.items():
        figure = figures.get(code)
        now = figure.value if figure else None
        rows.append(
            Rise(code, report.names.get(code, code), now, now is not None and now + by > 100, expected)
        )
    return rows


def _expected(report: Report, source: str, outcome: str, by: float) -> Expected | None:
    result = report.result(report.drivers_from)
    spread = result.get("spread") or {}
    effect = next(
        (one for one in result["total_effects"] if (one["from"], one["to"]) == (source, outcome)), None
    )
    if effect is None or source not in spread or outcome not in spread:
        return None
    times = by * spread[outcome] / spread[source]
    low, high = (None if end is None else end * times for end in (effect["low"], effect["high"]))
    return Expected(outcome, report.names.get(outcome, outcome), effect["std"] * times, low, high)
