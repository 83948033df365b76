"""`python -m scoring kano`: one line for every feature of a Kano questionnaire."""

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.classical import written
from scoring.classical.answer_checks import on_scale
from scoring.classical.counting import Counting
from scoring.classical.kano_classes import Feature, combined_class, evaluate
from scoring.commands.csv_table import header_of, read_columns
from scoring.commands.margins import add_margin_options, counting_of, without_margins
from scoring.commands.outcome import Outcome, span, table_of
from scoring.errors import DataError, OptionError

PAIR = ("functional", "dysfunctional")
STATED = "importance"


def add_kano_command(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare `kano` and its options."""
    parser = commands.add_parser("kano", help="classify the features of a Kano questionnaire")
    parser.add_argument(
        "data", metavar="DATA.csv", type=Path, help="NAME.functional, NAME.dysfunctional, 1..5"
    )
    parser.add_argument("--table", choices=("berger", "pouliot"), default="berger")
    parser.add_argument("--rule", choices=("mode", "blauth"), default="mode")
    parser.add_argument(
        "--near-tie", type=float, default=0.0, metavar="POINTS", help="percentage points of n"
    )
    add_margin_options(parser)
    parser.add_argument("--json", action="store_true")


def run_kano(options: argparse.Namespace) -> Outcome:
    """Evaluate every feature of the file; raises `ScoringError` for unusable input."""
    if not 0 <= options.near_tie <= 100:
        raise OptionError(f"--near-tie {options.near_tie:g} must be percentage points from 0 to 100")
    header = without_margins(header_of(options.data), options)
    counting = counting_of(options)
    names = _names(header)
    wanted = [column for name in names for column in _columns(name, header)]
    data = read_columns(options.data, {column: column for column in wanted})
    answers = dict(zip(wanted, data.T, strict=True))
    features = {name: _feature(options, name, answers, counting) for name in names}
    found = any(feature.n for feature in features.values())
    return Outcome(
        {"features": [written.feature(name, feature) for name, feature in features.items()]},
        _table(features),
        "ok" if found else "too_few",
        tuple(f"{name}: nobody answered both questions." for name, one in features.items() if not one.n),
    )


def _names(header: Sequence[str]) -> list[str]:
    """Features in the order of the file; every pair must be whole."""
    present = set(header)
    names: dict[str, None] = {}
    for column in header:
        name, dot, ending = column.rpartition(".")
        if dot and ending in (*PAIR, STATED):
            names[name] = None
    for name in names:
        for ending in PAIR:
            if f"{name}.{ending}" not in present:
                raise DataError("is not in the header; a feature needs both questions", f"{name}.{ending}")
    if not names:
        raise DataError(
            "no column is called NAME.functional; name the pairs NAME.functional, NAME.dysfunctional"
        )
    return list(names)


def _columns(name: str, header: Sequence[str]) -> list[str]:
    stated = f"{name}.{STATED}"
    return [f"{name}.{ending}" for ending in PAIR] + ([stated] if stated in header else [])


def _feature(
    options: argparse.Namespace, name: str, answers: Mapping[str, NDArray[np.float64]], counting: Counting
) -> Feature:
    columns = [f"{name}.{ending}" for ending in PAIR]
    pair = [on_scale(answers[column], 1, 5, column) for column in columns]
    stated = f"{name}.{STATED}"
    importance = on_scale(answers[stated], 1, 9, stated) if stated in answers else None
    how = options.table, options.rule, options.near_tie, counting
    return evaluate(pair[0], pair[1], importance, *how)


def _table(features: dict[str, Feature]) -> str:
    header = ["feature", "n", "class", "better", "95 %", "worse", "95 %", "importance"]
    rows: list[list[object]] = [
        [
            name,
            one.n,
            _class(one),
            one.better.value,
            span(one.better.low, one.better.high),
            one.worse.value,
            span(one.worse.low, one.worse.high),
            None if math.isnan(one.importance) else f"{one.importance:.2f}",
        ]
        for name, one in features.items()
    ]
    return table_of(header, rows)


def _class(feature: Feature) -> str:
    """The category, with both leaders beside it where Fong's test does not tell them apart."""
    if feature.category is None:
        return "–"
    return (
        feature.category
        if feature.significant
        else f"{feature.category} ({combined_class(feature.effective or feature.counts)})"
    )
