"""Figures with their standard errors, as an estimate's stored result has them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from scoring.classical.change import Difference, Figure

Name = tuple[str, str]  # a construct, and the source of a total effect on it, or empty for its index


def figures_of(result: Mapping[str, Any], n: int) -> dict[Name, Figure]:
    """Indices and total effects that have a standard error."""
    return {name: Figure(value, se, n) for name, value, se in _rows(result) if se is not None}


def indices_of(result: Mapping[str, Any], n: int) -> dict[str, Figure]:
    """The same of indices alone, by construct."""
    found = figures_of(result, n)
    return {construct: figure for (construct, source), figure in found.items() if not source}


def _rows(result: Mapping[str, Any]) -> Iterator[tuple[Name, float, float | None]]:
    for row in result.get("indices", ()):
        yield (row["construct"], ""), row["index"], row["se"]
    for row in result.get("total_effects", ()):
        yield (row["to"], row["from"]), row["std"], row["se"]


def plain(found: Difference) -> dict[str, Any]:
    """The fields of a difference; what cannot be given is None."""
    return {name: value if math.isfinite(value) else None for name, value in asdict(found).items()}
