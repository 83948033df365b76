"""How often is a change called clear where nothing changed? A simulation, its seeds fixed beforehand.

    python -m tests.bench.change --replications 2000 --processes 2

prints the tables kept in `tests/bench/change.md`. A replication draws two periods of n answers each from one
population (that of `tests/bench/coverage.py`), estimates both as a run does, and asks for every figure
whether its change would be called clear; then whether the test of comparability finds the two comparable; a
second time one item of the second period lies a point higher, which the test ought to name.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indices.runs.stored_figures import figures_of
from scoring.classical.change import difference, direction
from scoring.structural import invariance
from scoring.structural.invariance_result import Criteria
from scoring.structural.moments import from_rows
from tests.bench.coverage import DRIVER, MODEL, OUTCOME, answers, estimate

SIZES, SHAPES = (100, 250), ("normal", "ceiling")
RESAMPLES = 200
ALPHA = 0.01  # as in indices/comparing/comparability.py
MOVED, BY = "quality2", 1.0
FIGURES = {"index": (OUTCOME, ""), "total effect": (OUTCOME, DRIVER)}


def replication(job: tuple[str, int, int]) -> Counter[Any]:
    """Counts of one replication, by the line of the table."""
    shape, n, seed = job
    first, second = (answers(shape, n, 2 * seed + half) for half in (3_000_000, 3_000_001))
    counts: Counter[Any] = Counter()
    for estimator in ("ml", "pls"):
        for figure, verdict in changes(estimator, first, second):
            counts[(shape, n, estimator, figure), verdict] += 1
    moved = second.copy()
    moved[:, MODEL.items.index(MOVED)] = np.clip(moved[:, MODEL.items.index(MOVED)] + BY, 1, 10)
    for case, later in (("nothing moved", second), ("one item moved", moved)):
        counts[(shape, n, case), comparability(first, later)] += 1
    return counts


def changes(
    estimator: str, first: NDArray[np.float64], second: NDArray[np.float64]
) -> Iterator[tuple[str, str]]:
    """What each figure's change would be called."""
    earlier, later = (
        figures_of(estimate(estimator, rows, RESAMPLES).to_json(), len(rows)) for rows in (first, second)
    )
    for figure, name in FIGURES.items():
        if name not in earlier or name not in later:
            yield figure, "refused"
        else:
            found = difference(later[name], earlier[name])
            yield figure, "unclear" if direction(found.low, found.high) == "unclear" else "clear"


def comparability(first: NDArray[np.float64], second: NDArray[np.float64]) -> str:
    found = invariance.test(
        MODEL, [from_rows(first), from_rows(second)], Criteria(alpha=ALPHA), highest="scalar"
    )
    if found.status != "ok":
        return "untested"
    if found.verdict != "scalar":
        return "not comparable"
    items = {one.item for one in found.moved}
    return "full" if not items else "the item" if items == {MOVED} else "another item"


def simulate(replications: int, processes: int) -> Counter[Any]:
    jobs = [(shape, n, seed) for shape in SHAPES for n in SIZES for seed in range(replications)]
    counts: Counter[Any] = Counter()
    with ProcessPoolExecutor(processes) as pool:
        for one in pool.map(replication, jobs, chunksize=20):
            counts.update(one)
    return counts


def tables(counts: Counter[Any]) -> Iterator[str]:
    cells = dict.fromkeys(cell for cell, _verdict in counts)
    yield "| answers | n | estimator | figure | called clear, % | simulation error, % | refused |"
    yield "|---|---:|---|---|---:|---:|---:|"
    for cell in sorted(one for one in cells if len(one) == 4):
        clear, unclear = counts[cell, "clear"], counts[cell, "unclear"]
        share = clear / max(clear + unclear, 1)
        error = 100 * np.sqrt(share * (1 - share) / max(clear + unclear, 1))
        mark = "" if 0.04 <= share <= 0.06 else " ◄"
        label = " | ".join(str(part) for part in cell)
        yield f"| {label} | {100 * share:.1f}{mark} | {error:.1f} | {counts[cell, 'refused']} |"
    kinds = ("full", "the item", "another item", "not comparable", "untested")
    yield ""
    yield f"| answers | n | truth | {' | '.join(f'{kind}, %' for kind in kinds)} |"
    yield f"|---|---:|---|{'---:|' * len(kinds)}"
    for cell in sorted(one for one in cells if len(one) == 3):
        total = sum(counts[cell, kind] for kind in kinds)
        shares = " | ".join(f"{100 * counts[cell, kind] / total:.1f}" for kind in kinds)
        yield f"| {' | '.join(str(part) for part in cell)} | {shares} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    print("\n".join(tables(simulate(asked.replications, asked.processes))))
