"""How often do the 95 % intervals hold the truth? A simulation, its seeds fixed beforehand.

    python -m tests.bench.coverage --replications 2000 --processes 2

prints the table kept in `tests/bench/coverage.md`. Answers come from a structural model of five constructs
with three items each on 1..10: `normal` lies in the middle of the scale, `ceiling` piles up at its top (about
half of all answers are 9 or 10). The truth of every figure is that of 400,000 answers drawn the same way,
fitted by the same estimator. A replication draws two periods of n answers each; the difference of their
indices has variance se₁² + se₂² (independent periods). A figure that an estimator refuses (improper, not
converged) cannot cover: it is counted as refused and left out of the share.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.scale import Scale
from scoring.structural.fit import fit
from scoring.structural.model import Construct, Path, StructuralModel
from scoring.structural.result import Fit

PATHS = {
    "image": {},
    "quality": {"image": 0.5},
    "value": {"quality": 0.6},
    "satisfaction": {"image": 0.25, "quality": 0.35, "value": 0.3},
    "loyalty": {"image": 0.15, "satisfaction": 0.6},
}  # fmt: skip
ITEMS = 3
LOADINGS = (0.85, 0.8, 0.75)
SHAPES = {"normal": (6.0, 1.6), "ceiling": (8.6, 2.2)}  # mean and spread before rounding to 1..10
SIZES = (100, 250, 1000)
OUTCOME, DRIVER = "satisfaction", "quality"
RESAMPLES = 500
TRUTH_ROWS, TRUTH_SEED = 400_000, 7
Z = 1.959963984540054

MODEL = StructuralModel(
    constructs=tuple(Construct(name, tuple(f"{name}{i}" for i in range(1, ITEMS + 1))) for name in PATHS),
    paths=tuple(Path(cause, name) for name, causes in PATHS.items() for cause in causes),
)
SCALES = dict.fromkeys(MODEL.items, Scale(1, 10))


class Cell(NamedTuple):
    """One line of the table."""

    shape: str
    n: int
    estimator: str
    figure: str


def answers(shape: str, n: int, seed: int) -> NDArray[np.float64]:
    """(n, 15) answers on 1..10; construct scores have unit variance."""
    rng = np.random.default_rng(seed)
    mean, spread = SHAPES[shape]
    scores = _scores(rng, n)
    columns = [
        loading * scores[name] + np.sqrt(1 - loading**2) * rng.standard_normal(n)
        for name in PATHS
        for loading in LOADINGS
    ]
    return np.clip(np.rint(mean + spread * np.column_stack(columns)), 1, 10)


def _scores(rng: np.random.Generator, n: int) -> dict[str, NDArray[np.float64]]:
    scores: dict[str, NDArray[np.float64]] = {}
    covariance: dict[tuple[str, str], float] = {}
    for name, causes in PATHS.items():
        told = sum((weight * scores[cause] for cause, weight in causes.items()), np.zeros(n))
        variance = sum(a * b * covariance[i, j] for i, a in causes.items() for j, b in causes.items())
        for other in scores:
            together = sum(weight * covariance[cause, other] for cause, weight in causes.items())
            covariance[name, other] = covariance[other, name] = together
        covariance[name, name] = 1.0
        scores[name] = told + np.sqrt(1 - variance) * rng.standard_normal(n)
    return scores


def estimate(estimator: str, data: NDArray[np.float64], resamples: int = RESAMPLES) -> Fit:
    options: dict[str, Any] = {"resamples": resamples, "seed": 1} if estimator == "pls" else {}
    return fit(MODEL, data, MODEL.items, SCALES, estimator=estimator, **options)  # type: ignore[arg-type]


def index(result: Fit) -> tuple[float, float, float, float] | None:
    found = next((one for one in result.indices if one.construct == OUTCOME), None)
    return (found.index, found.se, found.low, found.high) if found else None


def effect(result: Fit) -> tuple[float, float, float] | None:
    found = [one for one in result.total_effects if (one.source, one.target) == (DRIVER, OUTCOME)]
    return (found[0].std, found[0].low, found[0].high) if found else None


def truth_of(shape: str, estimator: str, rows: int = TRUTH_ROWS) -> tuple[float, float]:
    """The index and the total effect."""
    result = estimate(estimator, answers(shape, rows, TRUTH_SEED), resamples=0)
    at, moved = index(result), effect(result)
    assert at and moved, result.issues
    return at[0], moved[0]


def truths() -> dict[tuple[str, str], tuple[float, float]]:
    """By shape and estimator."""
    return {(shape, estimator): truth_of(shape, estimator) for shape in SHAPES for estimator in ("ml", "pls")}


def replication(truth: dict[tuple[str, str], tuple[float, float]], job: tuple[str, int, int]) -> Counter[Any]:
    """Counts of one replication: (cell, "held" | "missed" | "refused")."""
    shape, n, seed = job
    counts: Counter[Any] = Counter()
    for estimator in ("ml", "pls"):
        results = [estimate(estimator, answers(shape, n, 2 * seed + half)) for half in (1_000_000, 1_000_001)]
        for figure, verdict in verdicts(results, *truth[shape, estimator]):
            counts[Cell(shape, n, estimator, figure), verdict] += 1
    return counts


def verdicts(results: list[Fit], true_index: float, true_effect: float) -> Iterator[tuple[str, str]]:
    """(figure, "held" | "missed" | "refused") of the index and the total effect of the first of two periods,
    and of the difference of their indices."""
    first, second = (index(result) for result in results)
    yield "index", _verdict(first and first[2:], true_index)
    change = None
    if first and second:
        middle, half = second[0] - first[0], Z * float(np.hypot(first[1], second[1]))
        change = (middle - half, middle + half)
    yield "difference of two periods", _verdict(change, 0.0)
    moved = effect(results[0])
    yield "total effect", _verdict(moved and moved[1:], true_effect)


def _verdict(interval: tuple[float, ...] | None, truth: float) -> str:
    if interval is None:
        return "refused"
    return "held" if interval[0] <= truth <= interval[1] else "missed"


def simulate(replications: int, processes: int) -> Counter[Any]:
    jobs = [(shape, n, seed) for shape in SHAPES for n in SIZES for seed in range(replications)]
    counts: Counter[Any] = Counter()
    with ProcessPoolExecutor(processes) as pool:
        for one in pool.map(partial(replication, truths()), jobs, chunksize=20):
            counts.update(one)
    return counts


def table(counts: Counter[Any]) -> Iterator[str]:
    yield "| answers | n | estimator | figure | held the truth, % | simulation error, % | refused |"
    yield "|---|---:|---|---|---:|---:|---:|"
    for cell in dict.fromkeys(cell for cell, _verdict in counts):
        held, missed = counts[cell, "held"], counts[cell, "missed"]
        share = held / max(held + missed, 1)
        error = 100 * np.sqrt(share * (1 - share) / max(held + missed, 1))
        mark = "" if 0.93 <= share <= 0.97 else " ◄"
        figures = f"{100 * share:.1f}{mark} | {error:.1f} | {counts[cell, 'refused']}"
        yield f"| {cell.shape} | {cell.n} | {cell.estimator} | {cell.figure} | {figures} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    print("\n".join(table(simulate(asked.replications, asked.processes))))
