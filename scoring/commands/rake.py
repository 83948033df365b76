"""`python -m scoring rake`: weights that make answers agree with the population, and a weighted mean."""

import argparse
import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.classical.answer_checks import in_range
from scoring.classical.design_effect import design_effect, effective_n, weighted_mean
from scoring.classical.rake import Raked, rake
from scoring.commands.csv_table import SPELLING, read_columns, read_text
from scoring.commands.margins import FORM, Targets, targets_of
from scoring.commands.outcome import Outcome, table_of
from scoring.errors import DataError


def add_rake_command(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare `rake` and its options."""
    parser = commands.add_parser("rake", help="weights that reproduce population margins")
    parser.add_argument("data", metavar="DATA.csv", type=Path, help="answers, one row each, with a header")
    parser.add_argument("--targets", type=Path, required=True, metavar="TARGETS.json", help=FORM)
    parser.add_argument("--mean", metavar="COLUMN", help="a column of numbers to estimate the mean of")
    parser.add_argument("--weights-out", type=Path, metavar="FILE", help="CSV: row, weight")
    parser.add_argument("--json", action="store_true")


def run_rake(options: argparse.Namespace) -> Outcome:
    """Rake from base weights of 1; raises `ScoringError` for unusable input. Weights that did not converge
    are neither summarised nor written."""
    targets = targets_of(options.targets, "--targets")
    codes = _codes(read_text(options.data, list(targets)), targets)
    answers = None
    if options.mean is not None:
        answers = in_range(
            read_columns(options.data, {options.mean: options.mean}, SPELLING)[:, 0], options.mean
        )
    raked = rake(np.ones(len(codes)), codes, [list(one.values()) for one in targets.values()], list(targets))
    if not raked.converged:
        why = f"The margins do not come together in {raked.iterations} cycles; join sparse values."
        return Outcome(_values(raked), "not_converged", "not_converged", (why,))
    if options.weights_out is not None:
        _write(options.weights_out, raked.weights)
    values = _values(raked, answers, codes)
    missing = answers is not None and values["mean"] != values["mean"]
    messages = (f"Nobody answered {options.mean}.",) if missing else ()
    return Outcome(values, _table(values), "too_few" if missing else "ok", messages)


def _codes(rows: Sequence[Sequence[str]], targets: Targets) -> NDArray[np.intp]:
    """(n, m) place of every row's value among its margin's targets."""
    codes = np.empty((len(rows), len(targets)), dtype=np.intp)
    for j, (column, margin) in enumerate(targets.items()):
        places = {value: place for place, value in enumerate(margin)}
        for i, row in enumerate(rows):
            if row[j] not in places:
                raise _stranger(column, row[j], i + 1, list(margin))
            codes[i, j] = places[row[j]]
        empty = set(range(len(margin))) - set(codes[:, j].tolist())
        if empty:
            value = list(margin)[min(empty)]
            raise DataError(
                f"nobody has the value {value!r} of the targets; join it with another one", column
            )
    return codes


def _stranger(column: str, value: str, row: int, known: list[str]) -> DataError:
    names = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
    shown = value if len(value) <= 30 else value[:30] + "…"
    what = f"{shown!r} has no target" if value else "is empty"
    return DataError(f"{what}; every row needs one of {names}", column, row)


def _values(
    raked: Raked, answers: NDArray[np.float64] | None = None, codes: NDArray[np.intp] | None = None
) -> dict[str, Any]:
    weights = raked.weights if raked.converged else np.array([])
    estimate = None
    if answers is not None and codes is not None:
        estimate = weighted_mean(answers, weights, codes)
    return {
        "converged": raked.converged,
        "iterations": raked.iterations,
        "deff": design_effect(weights),
        "n_effective": effective_n(weights),
        "min": float(weights.min()) if weights.size else math.nan,
        "max": float(weights.max()) if weights.size else math.nan,
        "mean": None if estimate is None else estimate.mean,
        "se": None if estimate is None else estimate.se,
    }


def _write(path: Path, weights: NDArray[np.float64]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "weight"])
        writer.writerows(enumerate(weights.tolist(), 1))


def _table(values: dict[str, Any]) -> str:
    names = {"iterations": "cycles", "deff": "design effect", "n_effective": "effective n"}
    names |= {"min": "least weight", "max": "largest weight", "mean": "mean", "se": "standard error"}
    return table_of(["weights", ""], [[label, values[key]] for key, label in names.items()])
