"""Made-up answers for the second demo survey: fourteen months, three regions, and a story to find in them.

Nobody gave these answers, and every page that shows them says so. They are drawn from an ECSI model whose
constructs follow from one another, so that the estimators have something true to find. From one month on the
service is better, which lifts perceived quality and what follows from it. Later one question comes to mean
something else: it is answered lower by people who think the same. One month has too few answers to be shown.
Nothing else changes.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from scoring.instrument import Instrument

# Chosen: in most such series chance calls some figure clearly changed that is not, or names a question that
# means the same as ever; this one has only what is told above. tests/deploy/test_demo_story.py holds it.
SEED = 76
MONTHS = 14  # as they are numbered here, from 0 on
BETTER_FROM, BETTER = 5, 0.55  # deviations by which perceived quality rises
REWORDED_FROM, REWORDED, LOWER = 10, "quality4", 0.9  # points of the scale by which it is answered lower
SMALL = 7
LATE = 2  # the month whose paper questionnaires are brought later
REGIONS = {  # how far a region's image lies from the mean, in deviations, and its answers a month
    "north": (0.25, 130),
    "centre": (0.0, 100),
    "south": (-0.35, 70),
}
SMALL_SHARE, LATE_SHARE = 0.08, 0.08
PATHS: dict[str, dict[str, float]] = {
    "image": {},
    "expectations": {"image": 0.55},
    "quality": {"expectations": 0.60},
    "value": {"expectations": 0.15, "quality": 0.55},
    "satisfaction": {"image": 0.25, "expectations": 0.05, "quality": 0.40, "value": 0.25},
    "complaints": {"satisfaction": 0.55},
    "loyalty": {"image": 0.15, "satisfaction": 0.50, "complaints": 0.10},
}
MEANS = {
    "image": 7.2,
    "expectations": 7.4,
    "quality": 7.0,
    "value": 6.2,
    "satisfaction": 6.8,
    "complaints": 6.5,
    "loyalty": 6.9,
}
LOADING, SPREAD = 0.82, 1.75


def simulated_csv(instrument: Instrument, months: Mapping[int, date]) -> bytes:
    """The made-up answers as the CSV a manager would import: date, region, then the items.

    `months` says on which day the months of the story begin, or those of them that are wanted.
    """
    rows = (row for month, first in months.items() for row in _rows(instrument, month, first))
    return _csv(instrument, rows)


def late_csv(instrument: Instrument, first_day: date) -> bytes:
    """Answers to the month that begins so, brought after its figures were released."""
    return _csv(instrument, _rows(instrument, LATE, first_day, is_late=True))


def _csv(instrument: Instrument, rows: Iterator[list[str | int]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["date", "region", *(item.code for item in instrument.items)])
    writer.writerows(rows)
    return out.getvalue().encode()


def _rows(
    instrument: Instrument, month: int, first: date, is_late: bool = False
) -> Iterator[list[str | int]]:
    """Spread over the month's first 28 days; every month has random numbers of its own."""
    rng = np.random.default_rng([SEED, month, int(is_late)])
    share = LATE_SHARE if is_late else SMALL_SHARE if month == SMALL else 1.0
    for region, (shift, usual) in REGIONS.items():
        answers = drawn(instrument, rng, month, shift, round(usual * share))
        for place, row in enumerate(answers.tolist()):
            yield [first.replace(day=1 + place * 28 // len(answers)).isoformat(), region, *row]


def drawn(
    instrument: Instrument, rng: np.random.Generator, month: int, shift: float, n: int
) -> NDArray[np.int64]:
    """(n, items) answers on 1..10 of one region in one month."""
    scores = _scores(rng, shift, BETTER if month >= BETTER_FROM else 0.0, n)
    noise = np.sqrt(1 - LOADING**2)
    columns = [
        MEANS[construct.code]
        - (LOWER if item.code == REWORDED and month >= REWORDED_FROM else 0.0)
        + SPREAD * (LOADING * scores[construct.code] + noise * rng.standard_normal(n))
        for construct in instrument.constructs
        for item in construct.items
    ]
    answers: NDArray[np.int64] = np.clip(np.rint(np.column_stack(columns)), 1, 10).astype(np.int64)
    return answers


def _scores(rng: np.random.Generator, shift: float, lift: float, n: int) -> dict[str, NDArray[np.float64]]:
    """Construct scores in the order the paths run, with variance one within a region and month."""
    given = {"image": shift, "quality": lift}
    scores: dict[str, NDArray[np.float64]] = {}
    for construct, left in _unexplained().items():
        told = sum((weight * scores[cause] for cause, weight in PATHS[construct].items()), np.zeros(n))
        scores[construct] = told + np.sqrt(left) * rng.standard_normal(n) + given.get(construct, 0.0)
    return scores


def _unexplained() -> dict[str, float]:
    """What the causes of each construct leave of its variance, which is one."""
    order = list(PATHS)
    together = np.eye(len(order))
    left = {}
    for place, construct in enumerate(order):
        weights = np.array([PATHS[construct].get(cause, 0.0) for cause in order])
        with_others = together @ weights
        left[construct] = float(1 - weights @ with_others)
        together[place, :place] = together[:place, place] = with_others[:place]
    return left
