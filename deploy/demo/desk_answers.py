"""Made-up answers for the third demo survey: six months of a service desk in three stores, with comments.

Nobody gave these answers or wrote these comments, and every page that shows them says so. What somebody
thinks of the desk is one number, from which both scores follow, and the kind of comment. In the last month
one store is short of staff: people wait there, recommend less, and say why. Nothing else changes.
"""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

# Chosen, as of the other survey: chance alone makes nothing look clearly changed from month to month.
SEED = 590
MONTHS = 6  # as they are numbered here, from 0 on
DAYS = (1, 8, 15, 22)  # of the month: once a week is enough to show, and each day costs some work
STORES = {"station": (0.0, 48), "harbour": (0.3, 40), "old_town": (0.0, 32)}  # how much better, and answers
QUEUE_FROM, QUEUE_AT, QUEUE = MONTHS - 1, "station", 1.8  # points by which people there think less of it
MEAN, SPREAD, NOISE = 8.2, 1.6, 0.8  # on the scale of 0 to 10
LANGUAGES = {"en": 0.5, "zh-hans": 0.25, "zh-hant": 0.25}
# Of those who think so, how many write; of the ones who wait, as many as of the other annoyed.
WRITING = {"pleased": 0.14, "so_so": 0.14, "annoyed": 0.4}
KANO_FROM = MONTHS - 1  # the month from which features are asked about, too
FEATURES = {"evening": "O", "on_time": "M", "callback": "A", "screen": "I"}  # what each is to most people
MOST = 0.6
# With and without the feature: 1 likes it, 2 takes it for granted, 3 does not mind, 5 dislikes it.
KANO = {"A": (1, 3), "O": (1, 5), "M": (2, 5), "I": (3, 3)}
COMMENTS: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads(
    Path(__file__).with_name("desk_comments.toml").read_text(encoding="utf-8")
)
KANO_COLUMNS = [f"{feature}_{which}" for feature in FEATURES for which in ("functional", "dysfunctional")]
HEADER = ("date", "store", "language", "nps", "csat", *KANO_COLUMNS)  # the last from KANO_FROM on


class Answered(NamedTuple):
    """One made-up questionnaire: the cells under `HEADER`, and what was written, if anything."""

    cells: tuple[str | int, ...]
    comment: str


def answered(months: Sequence[date]) -> list[list[Answered]]:
    """Everybody's by month, in the order of time. `months` are the days on which the months begin."""
    rng = np.random.default_rng(SEED)
    pile = _Pile(rng)
    return [list(_month(rng, pile, month, first)) for month, first in enumerate(months)]


def as_csv(rows: Sequence[Answered]) -> bytes:
    """As the file a manager would import; it has no place for comments."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER[: len(rows[0].cells)])
    writer.writerows(row.cells for row in rows)
    return out.getvalue().encode()


class _Pile:
    """Comments taken one after the other, so that one comes again only once all of its kind have come."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.left: dict[tuple[str, str], list[str]] = {}

    def take(self, kind: str, language: str) -> str:
        left = self.left.setdefault((kind, language), [])
        if not left:
            left.extend(self.rng.permutation(COMMENTS[kind][language]).tolist())
        return left.pop()


def _month(rng: np.random.Generator, pile: _Pile, month: int, first: date) -> Iterator[Answered]:
    """Spread over the days, the stores mixed."""
    stores = rng.permutation([store for store, (_better, n) in STORES.items() for _ in range(n)]).tolist()
    for place, store in enumerate(stores):
        day = first.replace(day=DAYS[place * len(DAYS) // len(stores)])
        language = str(rng.choice(list(LANGUAGES), p=list(LANGUAGES.values())))
        waited = month >= QUEUE_FROM and store == QUEUE_AT
        opinion = MEAN + STORES[store][0] - (QUEUE if waited else 0.0) + SPREAD * rng.standard_normal()
        nps, csat = _scores(rng, opinion)
        features = _kano(rng) if month >= KANO_FROM else ()
        cells = (day.isoformat(), store, language, nps, csat, *features)
        yield Answered(cells, _comment(rng, pile, nps, language, waited))


def _scores(rng: np.random.Generator, opinion: float) -> tuple[int, int]:
    """0..10 and 1..5."""
    nps = np.clip(np.rint(opinion + NOISE * rng.standard_normal()), 0, 10)
    csat = np.clip(np.rint((opinion + NOISE * rng.standard_normal()) / 2), 1, 5)
    return int(nps), int(csat)


def _comment(rng: np.random.Generator, pile: _Pile, nps: int, language: str, waited: bool) -> str:
    kind = "pleased" if nps >= 9 else "so_so" if nps >= 7 else "annoyed"
    if rng.random() >= WRITING[kind]:
        return ""
    return pile.take("waiting" if waited and kind == "annoyed" else kind, language)


def _kano(rng: np.random.Generator) -> Iterator[int]:
    for usual in FEATURES.values():
        others = [kind for kind in KANO if kind != usual]
        kind = usual if rng.random() < MOST else str(rng.choice(others))
        yield from KANO[kind]
