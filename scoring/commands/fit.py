"""`python -m scoring fit`: options to arguments, and the result as JSON or as a table."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.commands.csv_table import header_of, read_columns
from scoring.commands.margins import add_margin_options, raked
from scoring.commands.models import NamedModel, named_model
from scoring.commands.moments_file import read_groups, read_moments
from scoring.errors import DataError, OptionError
from scoring.scale import Scale
from scoring.structural.answers import check_weights
from scoring.structural.fit import fit, fit_groups, fit_moments
from scoring.structural.result import Fit


def add_fit_command(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare `fit` and its options."""
    parser = commands.add_parser("fit", help="fit a structural model and print its indices")
    parser.add_argument("model", metavar="MODEL", help="a built-in id, an instrument TOML, a lavaan file")
    parser.add_argument(
        "data", metavar="DATA.csv", type=Path, nargs="?", help="answers, one row each, with a header"
    )
    parser.add_argument(
        "--moments",
        type=Path,
        metavar="MOMENTS.json",
        help="base, means and covariance instead of answers; nothing robust and no intervals then",
    )
    parser.add_argument("--estimator", choices=("ml", "pls"), default="ml")
    parser.add_argument("--scheme", choices=("path", "centroid", "factorial"), default="path")
    parser.add_argument("--scale", action="append", default=[], metavar="[ITEM=]MIN:MAX")
    parser.add_argument(
        "--reverse", action="append", default=[], metavar="ITEM", help="an item whose high answers are bad"
    )
    parser.add_argument("--weights", metavar="COLUMN")
    add_margin_options(parser)
    parser.add_argument("--missing", choices=("listwise", "fiml", "mean"), default="listwise")
    parser.add_argument("--bootstrap", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, metavar="S")
    parser.add_argument("--intervals", choices=("percentile", "bca"), default="percentile")
    parser.add_argument("--columns", type=Path, metavar="MAP.json", help="model item to CSV column")
    parser.add_argument("--json", action="store_true")


def run_fit(options: argparse.Namespace) -> Fit:
    """Do what the options say; raises `ScoringError` for unusable input."""
    if options.seed is not None and options.seed < 0:
        raise OptionError(f"--seed {options.seed} must not be negative")
    named = named_model(options.model)
    scales = reversed_scales(named, chosen_scales(named, options.scale), options.reverse)
    if options.moments is not None:
        return _fit_moments(named, scales, options)
    if options.data is None:
        raise OptionError("DATA.csv is missing; name a file of answers, or moments by --moments MOMENTS.json")
    columns = chosen_columns(named, header_of(options.data), options.columns)
    data = read_columns(options.data, columns)
    return fit(
        named.model,
        data,
        list(columns),
        scales,
        estimator=options.estimator,
        scheme=options.scheme,
        missing=options.missing,
        weights=_weights(options.data, options.weights),
        calibration=raked(options),
        resamples=options.bootstrap,
        seed=options.seed,
        intervals=options.intervals,
    )


def _fit_moments(named: NamedModel, scales: Mapping[str, Scale], options: argparse.Namespace) -> Fit:
    """Fit to moments, with nothing that needs the answers; items may carry their instrument's name."""
    needing = {
        "DATA.csv": options.data,
        "--weights": options.weights,
        "--margins": options.margins,
        "--columns": options.columns,
        "--missing": options.missing != "listwise",
    }
    for name, given in needing.items():
        if given:
            raise OptionError(f"{name} has no place beside --moments, which stands for the answers")
    grouped = read_groups(options.moments)
    if grouped is not None:
        return fit_groups(
            named.model,
            grouped.sums,
            grouped.items,
            grouped.lowest,
            scales,
            estimator=options.estimator,
            scheme=options.scheme,
            resamples=options.bootstrap,
        )
    if options.bootstrap:
        raise OptionError("--bootstrap has no place beside --moments, which stands for the answers")
    moments, items = read_moments(options.moments)
    columns = chosen_columns(named, items, None)
    own = {column: item for item, column in columns.items()}
    return fit_moments(
        named.model,
        moments,
        [own.get(item, item) for item in items],
        scales,
        estimator=options.estimator,
        scheme=options.scheme,
    )


def _weights(data: Path, column: str | None) -> NDArray[np.float64] | None:
    """The weights (n,) in a column of the data, checked."""
    if column is None:
        return None
    weights = read_columns(data, {column: column})[:, 0]
    try:
        check_weights(weights, len(weights))
    except DataError as error:
        raise DataError(error.reason, column, error.row) from None
    return weights


def chosen_scales(named: NamedModel, given: Sequence[str]) -> dict[str, Scale]:
    """The instrument's scales, overruled by `MIN:MAX` for all items and `ITEM=MIN:MAX` for one."""
    scales = dict(named.scales)
    single = {}
    for text in given:
        item, equals, ends = text.rpartition("=")
        if equals:
            single[_own_item(named, item, "--scale")] = _scale(text, ends)
        else:
            scales |= dict.fromkeys(named.model.items, _scale(text, ends))
    scales |= single
    for item in named.model.items:
        if item not in scales:
            raise OptionError(f"item {item!r} has no scale; say --scale MIN:MAX, for example --scale 1:10")
    return scales


def reversed_scales(named: NamedModel, scales: dict[str, Scale], items: Sequence[str]) -> dict[str, Scale]:
    """The scales with those of `items` turned round: high answers are bad there."""
    for item in items:
        own = _own_item(named, item, "--reverse")
        scales[own] = Scale(scales[own].minimum, scales[own].maximum, reverse=True)
    return scales


def _scale(text: str, ends: str) -> Scale:
    minimum, _, maximum = ends.partition(":")
    try:
        return Scale(float(minimum), float(maximum))
    except ValueError:
        raise OptionError(f"--scale {text} is not MIN:MAX or ITEM=MIN:MAX, for example 1:10") from None


def _own_item(named: NamedModel, item: str, option: str) -> str:
    short = item.removeprefix(named.prefix)
    if short not in named.model.items:
        raise OptionError(f"{option} names {item!r}, which is not an item of the model")
    return short


def chosen_columns(named: NamedModel, header: Sequence[str], path: Path | None) -> dict[str, str]:
    """Model item → CSV column: by the map, else the item's own code, else the code with its instrument's
    name."""
    mapped = {} if path is None else _column_map(named, path)
    present = set(header)
    columns = {}
    for item in named.model.items:
        full = named.prefix + item
        own = full if full in present and item not in present else item
        columns[item] = mapped.get(item, own)
    return columns


def _column_map(named: NamedModel, path: Path) -> dict[str, str]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise OptionError(f'--columns {path.name} is not JSON; write {{"item": "column"}}') from None
    if not isinstance(document, dict) or not all(isinstance(name, str) for name in document.values()):
        raise OptionError(f'--columns {path.name} must be one object of the form {{"item": "column"}}')
    return {_own_item(named, item, "--columns"): column for item, column in document.items()}


def fit_table(result: Fit) -> str:
    """A short readable account: verdict, indices, drivers, fit, messages."""
    base = f"{result.n_used} of {result.n} answers"
    lines = [f"{result.status}: {result.estimator}, {base}, {result.structure} model"]
    if result.indices:
        lines += ["", f"{'index':24} {'0..100':>8} {'se':>7}   95 % interval"]
        lines += [
            f"{one.construct:24} {one.index:8.2f} {_shown(one.se, 7)}   {_interval(one.low, one.high)}"
            for one in result.indices
        ]
    if result.paths:
        lines += ["", f"{'path (standardised)':40} {'std':>7}   95 % interval"]
        lines += [
            f"{one.source + ' → ' + one.target:40} {one.std:7.3f}   {_interval(one.low, one.high, 3)}"
            for one in result.paths
        ]
    if result.fit:
        lines += ["", _measures(result.fit)]
    lines += ["", *result.messages] if result.messages else []
    return "\n".join(lines)


def _measures(fit_measures: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.4g}" for name, value in fit_measures.items())


def _shown(value: float, width: int, digits: int = 2) -> str:
    return " " * (width - 1) + "–" if value != value else f"{value:{width}.{digits}f}"


def _interval(low: float, high: float, digits: int = 2) -> str:
    return "–" if low != low else f"{low:.{digits}f} to {high:.{digits}f}"
