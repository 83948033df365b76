"""Weights on the command line: what is known of the population, and answers raked to it."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.classical.calibration import Calibration
from scoring.classical.counting import Counting
from scoring.classical.margins import NotWeighted, placed, weigh
from scoring.classical.rake import Trim
from scoring.commands.csv_table import read_text
from scoring.errors import OptionError

Targets = dict[str, dict[str, float]]

FORM = '{"column": {"value": population count}}'
LARGEST_VALUES = 1000  # of all margins together: the linearised error solves as many equations
WHY: Mapping[str, str] = {
    "nobody_has_option": "nobody has the value {value!r} of {margin!r}; join it with another one",
    "margins_contradict": "no weights agree with all margins at once; leave one out",
    "bounds_too_narrow": "no weights within the bounds of --trim agree with the margins; widen them",
}


def add_margin_options(parser: argparse.ArgumentParser) -> None:
    """Declare how answers are weighted."""
    parser.add_argument(
        "--margins",
        type=Path,
        metavar="TARGETS.json",
        help=f"rake the answers to {FORM}; errors know the margins. Other values, and none, keep their share",
    )
    parser.add_argument(
        "--sample",
        type=Path,
        metavar="SAMPLE.csv",
        help="the columns of the margins for everybody that DATA.csv is a part of",
    )
    parser.add_argument("--trim", metavar="LEAST:LARGEST", help="bounds of the weights, their mean being 1")


def counting_of(options: argparse.Namespace) -> Counting:
    """How the answers of DATA.csv count."""
    return Counting(raked(options))


def raked(options: argparse.Namespace) -> Calibration | None:
    """The sample raked to its margins, with the rows of DATA.csv in their order; None where no margins are
    named. Raises `ScoringError` for unusable input, and where there are no such weights."""
    if options.margins is None:
        for name, value in (("--sample", options.sample), ("--trim", options.trim)):
            if value is not None:
                raise OptionError(f"{name} has no place without --margins")
        return None
    targets = targets_of(options.margins, "--margins")
    own = _columns(options.data, targets)
    everybody = own if options.sample is None else _columns(options.sample, targets)
    try:
        found = weigh(everybody, _length(everybody), targets, _trim(options.trim)).calibration
        return placed(found, own, _length(own), targets)
    except NotWeighted as refused:
        why = WHY[refused.code].format(**refused.params)
        raise OptionError(f"--margins {options.margins.name}: {why}") from None
    except LookupError:
        raise OptionError(f"--sample {options.sample.name} does not hold all rows of DATA.csv") from None


def _columns(path: Path, targets: Targets) -> dict[str, NDArray[np.str_]]:
    rows = read_text(path, list(targets))
    return {name: np.array([row[place] for row in rows], dtype=np.str_) for place, name in enumerate(targets)}


def _length(columns: Mapping[str, NDArray[np.str_]]) -> int:
    return len(next(iter(columns.values())))


def _trim(text: str | None) -> Trim | None:
    if text is None:
        return None
    least, _, largest = text.partition(":")
    try:
        bounds = Trim(float(least), float(largest))
    except ValueError:
        bounds = Trim(2.0, 0.0)
    if not 0.0 <= bounds.least < 1.0 < bounds.largest:
        raise OptionError(f"--trim {text} is not LEAST:LARGEST around 1, for example 0.3:3")
    return bounds


def without_margins(header: Sequence[str], options: argparse.Namespace) -> list[str]:
    """The columns of DATA.csv that are no margin's."""
    margins = {} if options.margins is None else targets_of(options.margins, "--margins")
    return [name for name in header if name not in margins]


def targets_of(path: Path, option: str) -> Targets:
    """Population counts by column and value from a JSON file; raises `OptionError` naming the option."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_object)
    except (ValueError, RecursionError):  # of JSON, of its numbers, of UTF-8
        raise OptionError(f"{option} {path.name} is not JSON; write {FORM}") from None
    except _Twice as twice:
        raise OptionError(
            f"{option} names {twice.name!r} twice; every column and value may stand once"
        ) from None
    if not isinstance(document, dict) or not document or not all(map(_is_margin, document.values())):
        raise OptionError(f"{option} {path.name} must be one object of the form {FORM}, counts above 0")
    if sum(map(len, document.values())) > LARGEST_VALUES:
        raise OptionError(f"{option} {path.name} names more than {LARGEST_VALUES} values; join some")
    return {
        column: {value.strip(): float(count) for value, count in margin.items()}
        for column, margin in document.items()
    }


class _Twice(Exception):
    """A name that stands twice in an object."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name.strip() for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise _Twice(name)
    return dict(pairs)


def _is_margin(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(_is_count, value.values()))


def _is_count(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 < value <= 1e15
