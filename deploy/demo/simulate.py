"""Made-up answers for the second demo survey: several months, three regions, one real change.

Nobody gave these answers, and every page that shows them says so. They are drawn from an ECSI model whose
constructs follow from one another, so that the estimators have something true to find.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from scoring.instrument import Instrument

SEED = 20260101
MONTHS = [date(2026, month, 15) for month in range(1, 7)]
REGIONS = {"north": 0.25, "centre": 0.0, "south": -0.35}  # how far a region lies from the mean, in deviations
PER_REGION = 70  # respondents a month
CHANGE_FROM, CHANGE = MONTHS[3], 0.45  # a better service from April on lifts perceived quality
PATHS = {
    "image": {},
    "expectations": {"image": 0.55},
    "quality": {"expectations": 0.60},
    "value": {"expectations": 0.15, "quality": 0.55},
    "satisfaction": {"image": 0.25, "expectations": 0.05, "quality": 0.40, "value": 0.25},
    "complaints": {"satisfaction": 0.55},
    "loyalty": {"image": 0.15, "satisfaction": 0.50, "complaints": 0.10},
}
LOADING, MEAN, SPREAD = 0.82, 7.1, 1.75


def simulated_csv(instrument: Instrument) -> bytes:
    """The made-up answers as the CSV a manager would import: date, region, then the items."""
    rng = np.random.default_rng(SEED)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["date", "region", *(item.code for item in instrument.items)])
    writer.writerows(_rows(instrument, rng))
    return out.getvalue().encode()


def _rows(instrument: Instrument, rng: np.random.Generator) -> Iterator[list[str | int]]:
    for day in MONTHS:
        for region, shift in REGIONS.items():
            lift = CHANGE if day >= CHANGE_FROM else 0.0
            answers = _answers(instrument, rng, shift, lift)
            for row in answers:
                yield [day.isoformat(), region, *(int(value) for value in row)]


def _answers(
    instrument: Instrument, rng: np.random.Generator, shift: float, lift: float
) -> NDArray[np.int64]:
    scores = _scores(rng, shift, lift)
    noise = np.sqrt(1 - LOADING**2)
    columns = [
        LOADING * scores[construct.code] + noise * rng.standard_normal(PER_REGION)
        for construct in instrument.constructs
        for _item in construct.items
    ]
    return np.clip(np.rint(MEAN + SPREAD * np.column_stack(columns)), 1, 10).astype(np.int64)


def _scores(rng: np.random.Generator, shift: float, lift: float) -> dict[str, NDArray[np.float64]]:
    """Construct scores with variance near one, in the order the paths run."""
    scores: dict[str, NDArray[np.float64]] = {}
    for construct, causes in PATHS.items():
        told = sum((weight * scores[cause] for cause, weight in causes.items()), np.zeros(PER_REGION))
        left = max(1 - float(np.var(told)), 0.2)
        scores[construct] = told + np.sqrt(left) * rng.standard_normal(PER_REGION)
        scores[construct] += (shift if construct == "image" else 0.0) + (
            lift if construct == "quality" else 0.0
        )
    return scores
