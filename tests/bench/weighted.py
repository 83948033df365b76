"""How often do the 95 % intervals of weighted indices hold the population's? A simulation with fixed seeds.

    python -m tests.bench.weighted --replications 1000 --processes 2

prints the table kept in `tests/bench/weighted.md`. The answers are those of `tests.bench.coverage`, moved
by region (three) and age (two) of whoever answers, whom the sample holds in other shares than the
population; 8 %, who come from all regions as the population does, do not say theirs. Raked to both margins,
the index of everybody and that of one region are compared with those of 400,000 answers drawn as the
population is. `margins not used` shows what the intervals would be if the weights were taken as they come,
without what the margins explain.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from scoring.classical.margins import NotWeighted, weigh
from scoring.classical.rake import Trim
from scoring.structural.fit import fit
from scoring.structural.result import Fit
from tests.bench.coverage import MODEL, SCALES, SHAPES, TRUTH_ROWS, _scores

REGIONS, AGES = ("a", "b", "c"), ("old", "young")
POPULATION = {"region": (0.5, 0.3, 0.2), "age": (0.6, 0.4)}
SAMPLED = {"region": (0.3, 0.3, 0.4), "age": (0.4, 0.6)}
EFFECT = {"region": (0.5, 0.0, -0.5), "age": (0.4, -0.4)}  # on every item, in its deviations
SILENT = 0.08
SIZES = (250, 1000)
RESAMPLES = 200
OUTCOME = "satisfaction"


class Cell(NamedTuple):
    shape: str
    n: int
    estimator: str
    figure: str


def drawn(shape: str, n: int, seed: int, shares: dict[str, tuple[float, ...]]) -> tuple[Any, Any, Any]:
    """Answers (n, 15), and the region (empty where it is not said) and age of each."""
    rng = np.random.default_rng(seed)
    mean, spread = SHAPES[shape]
    scores = _scores(rng, n)
    silent = rng.random(n) < SILENT
    region, age = (rng.choice(len(shares[one]), n, p=shares[one]) for one in ("region", "age"))
    everywhere = rng.choice(len(REGIONS), n, p=POPULATION["region"])
    region = np.where(silent, everywhere, region)  # whoever is silent comes from all regions alike
    moved = np.array(EFFECT["region"])[region] + np.array(EFFECT["age"])[age]
    columns = [
        loading * scores[name] + np.sqrt(1 - loading**2) * rng.standard_normal(n)
        for name in scores
        for loading in (0.85, 0.8, 0.75)
    ]
    values = np.column_stack(columns) + moved[:, None]
    rows = np.clip(np.rint(mean + spread * values), 1, 10)
    said = np.where(silent, "", np.array(REGIONS)[region])
    return rows, said, np.array(AGES)[age]


def index(result: Fit) -> tuple[float, float, float] | None:
    found = next((one for one in result.indices if one.construct == OUTCOME), None)
    return (found.index, found.low, found.high) if found else None


@cache
def truth(shape: str, estimator: str, figure: str) -> float:
    rows, said, _age = drawn(shape, TRUTH_ROWS, 7, POPULATION)
    chosen = rows if figure == "everybody" else rows[said == "a"]
    options: dict[str, Any] = {"estimator": estimator}
    found = index(fit(MODEL, chosen, MODEL.items, SCALES, **options))
    assert found
    return found[0]


def replication(job: tuple[str, int, int]) -> Counter[Any]:
    shape, n, seed = job
    rows, said, age = drawn(shape, n, seed + 1000, SAMPLED)
    margins = {
        "region": dict(zip(REGIONS, POPULATION["region"], strict=True)),
        "age": dict(zip(AGES, POPULATION["age"], strict=True)),
    }
    counts: Counter[Any] = Counter()
    try:
        raked = weigh({"region": said, "age": age}, n, margins, Trim()).calibration
    except NotWeighted:
        return counts
    for estimator in ("ml", "pls"):
        options: dict[str, Any] = {"resamples": RESAMPLES, "seed": 1} if estimator == "pls" else {}
        for figure, chosen in (("everybody", np.ones(n, dtype=bool)), ("one region", said == "a")):
            own = raked.of(chosen)
            result = fit(
                MODEL, rows[chosen], MODEL.items, SCALES, estimator=estimator, calibration=own, **options
            )
            counts[Cell(shape, n, estimator, figure), _held(result, shape, estimator, figure)] += 1
        plain = fit(
            MODEL, rows, MODEL.items, SCALES, estimator=estimator, weights=raked.row_weights, **options
        )
        counts[
            Cell(shape, n, estimator, "margins not used"), _held(plain, shape, estimator, "everybody")
        ] += 1
    return counts


def _held(result: Fit, shape: str, estimator: str, figure: str) -> str:
    found = index(result)
    if found is None:
        return "refused"
    return "held" if found[1] <= truth(shape, estimator, figure) <= found[2] else "missed"


def table(counts: Counter[Any]) -> Iterator[str]:
    yield "| answers | n | estimator | index of | held the truth, % | simulation error, % | refused |"
    yield "|---|---:|---|---|---:|---:|---:|"
    for cell in sorted({cell for cell, _verdict in counts}):
        held, missed = counts[cell, "held"], counts[cell, "missed"]
        share = held / max(held + missed, 1)
        error = 100 * np.sqrt(share * (1 - share) / max(held + missed, 1))
        figures = f"{100 * share:.1f} | {error:.1f} | {counts[cell, 'refused']}"
        yield f"| {' | '.join(map(str, cell))} | {figures} |"


def simulate(replications: int, processes: int) -> Counter[Any]:
    jobs = [(shape, n, seed) for shape in SHAPES for n in SIZES for seed in range(replications)]
    counts: Counter[Any] = Counter()
    with ProcessPoolExecutor(processes) as pool:
        for one in pool.map(partial(replication), jobs, chunksize=20):
            counts.update(one)
    return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    print("\n".join(table(simulate(asked.replications, asked.processes))))
