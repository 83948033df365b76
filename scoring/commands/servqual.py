"""`python -m scoring servqual` and `servperf`: gaps by dimension, the zone of tolerance, or perceptions."""

import argparse
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.classical import written
from scoring.classical.counting import Counting
from scoring.classical.servqual import (
    DIMENSIONS,
    ITEMS,
    Servperf,
    Servqual,
    checked_points,
    servperf,
    servqual,
)
from scoring.classical.servqual_zone import Tolerance, zone_of_tolerance
from scoring.commands.csv_table import header_of, read_columns
from scoring.commands.margins import add_margin_options, counting_of, without_margins
from scoring.commands.outcome import Outcome, span, table_of
from scoring.errors import DataError

POINTS = [f"W_{name}" for name in DIMENSIONS]
NUMBERED = re.compile(r"([ADP])([1-9]\d{0,2})")


def add_servqual_command(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare `servqual` and its options."""
    parser = commands.add_parser("servqual", help="service quality gaps, or the zone of tolerance")
    parser.add_argument("data", metavar="DATA.csv", type=Path, help="E1..E22, P1..P22, or A1.. D1.. P1..")
    add_margin_options(parser)
    parser.add_argument("--json", action="store_true")
    alone = commands.add_parser("servperf", help="service performance: perceptions alone")
    alone.add_argument("data", metavar="DATA.csv", type=Path, help="P1..P22, and W_tangibles.. if there are")
    add_margin_options(alone)
    alone.add_argument("--json", action="store_true")


def run_servqual(options: argparse.Namespace) -> Outcome:
    """Score the two- or three-column form, whichever the header has; raises `ScoringError` for unusable
    input."""
    header, counting = without_margins(header_of(options.data), options), counting_of(options)
    if "E1" not in header and {"A1", "D1"} & set(header):
        return _three_columns(options.data, header, counting)
    return _two_columns(options.data, header, counting)


def _two_columns(path: Path, header: Sequence[str], counting: Counting) -> Outcome:
    names = [f"{letter}{i}" for letter in "EP" for i in range(1, ITEMS + 1)]
    _require(names, header, f"SERVQUAL needs E1..E{ITEMS} and P1..P{ITEMS}, or A1.., D1.. and P1..")
    points, data = _points(path, header), _read(path, names)
    result = servqual(data[:, :ITEMS], data[:, ITEMS:], points, counting)
    n = result.unweighted.n
    values = {
        "n": n,
        "dimensions": {name: written.gap(one) for name, one in result.dimensions.items()},
        "unweighted": result.unweighted.mean,
        "weighted": result.weighted.mean,
    }
    some = any(one.n for one in result.dimensions.values())
    messages = () if n else ("Nobody answered both columns in all five dimensions.",)
    return Outcome(values, _gap_table(result), "ok" if some else "too_few", messages)


def _points(path: Path, header: Sequence[str]) -> NDArray[np.float64] | None:
    if not set(POINTS) & set(header):
        return None
    _require(POINTS, header, "points are given to all five dimensions or to none")
    return checked_points(_read(path, POINTS))


def run_servperf(options: argparse.Namespace) -> Outcome:
    """Score the perceptions alone (Cronin & Taylor 1992); raises `ScoringError` for unusable input."""
    header, counting = without_margins(header_of(options.data), options), counting_of(options)
    names = [f"P{i}" for i in range(1, ITEMS + 1)]
    _require(names, header, f"SERVPERF needs P1..P{ITEMS}")
    points = _points(options.data, header)
    result = servperf(_read(options.data, names), points, counting)
    values = {
        "n": result.unweighted.n,
        "dimensions": {name: written.perception(one) for name, one in result.dimensions.items()},
        "items": {str(i): written.perception(one) for i, one in enumerate(result.items, 1)},
        "unweighted": result.unweighted.mean,
        "weighted": result.weighted.mean,
    }
    some = any(one.n for one in result.dimensions.values())
    messages = () if result.unweighted.n else ("Nobody has an answer in all five dimensions.",)
    return Outcome(values, _perception_table(result), "ok" if some else "too_few", messages)


def _three_columns(path: Path, header: Sequence[str], counting: Counting) -> Outcome:
    numbers = {int(found[2]) for name in header if (found := NUMBERED.fullmatch(name))}
    names = [f"{letter}{i}" for letter in "ADP" for i in range(1, max(numbers) + 1)]
    _require(names, header, "every item needs an adequate (A), a desired (D) and a perceived (P) level")
    data = _read(path, names)
    k = len(names) // 3
    result = zone_of_tolerance(data[:, :k], data[:, k : 2 * k], data[:, 2 * k :], counting)
    values = {
        "n": result.n,
        "dimensions": {name: written.zone(one) for name, one in result.dimensions.items()},
        "items": {str(i): written.zone(one) for i, one in enumerate(result.items, 1)},
    }
    messages: tuple[str, ...] = () if result.n else ("Nobody answered all three columns of an item.",)
    if result.inconsistent:
        messages += (
            f"{result.inconsistent} answers of {result.inconsistent_respondents} respondents accept more "
            "than they desire; they are kept and never lie in the zone.",
        )
    return Outcome(values, _zone_table(result), "ok" if result.n else "too_few", messages)


def _require(names: Iterable[str], header: Sequence[str], why: str) -> None:
    for name in names:
        if name not in header:
            raise DataError(f"is not in the header; {why}", name)


def _read(path: Path, names: Sequence[str]) -> NDArray[np.float64]:
    return read_columns(path, {name: name for name in names})


def _gap_table(result: Servqual) -> str:
    rows: list[list[object]] = [
        [name, one.n, one.expectation, one.perception, one.gap.mean, one.gap.se, one.gap.t, one.gap.p]
        for name, one in result.dimensions.items()
    ]
    header = ["dimension", "n", "expectation", "perception", "gap", "se", "t", "p"]
    overall: list[list[object]] = [
        ["unweighted", result.unweighted.n, result.unweighted.mean],
        ["weighted", result.weighted.n, result.weighted.mean],
    ]
    return "\n".join([table_of(header, rows), "", table_of(["overall", "n", "gap"], overall)])


def _perception_table(result: Servperf) -> str:
    overall = {"overall": result.unweighted, "overall, weighted": result.weighted}
    rows: list[list[object]] = [
        [name, one.n, one.mean, one.se, span(one.low, one.high)]
        for name, one in {**result.dimensions, **overall}.items()
    ]
    return table_of(["dimension", "n", "perception", "se", "95 % interval"], rows)


def _zone_table(result: Tolerance) -> str:
    zones = {**result.dimensions, **{f"item {i}": one for i, one in enumerate(result.items, 1)}}
    rows: list[list[object]] = [
        [name, one.n, one.adequate, one.desired, one.perceived, one.msa, one.mss, one.in_zone]
        for name, one in zones.items()
    ]
    return table_of(["", "n", "adequate", "desired", "perceived", "MSA", "MSS", "in zone"], rows)
