"""Moments from a JSON file: base, items, means and covariance instead of the answers themselves."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.arrays import Floats
from scoring.errors import DataError
from scoring.structural.group_sums import GroupSums
from scoring.structural.moments import Moments

LARGEST_BASE = 10**12
LARGEST_SUM = 2**53  # up to which every whole number can be told
NEGATIVE = -1e-9  # of the largest eigenvalue; below it no answers have such a covariance
FORM = '{"n": 250, "items": ["a", ...], "means": [7.1, ...], "covariance": [[2.3, ...], ...]}'


def read_moments(path: Path) -> tuple[Moments, list[str]]:
    """The moments in a file of the form of `FORM`, and the items they are of.

    The covariance S (p, p) has divisor n and, like the means (p,), the units of the items; as every
    covariance it is symmetric with no negative eigenvalue. Raises `DataError` saying what is wrong.
    """
    document = _document(path)
    items = document["items"]
    if not isinstance(items, list) or not items or not all(isinstance(item, str) for item in items):
        raise DataError(f'{path.name}: "items" must be a list of names')
    n = document["n"]
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= LARGEST_BASE:
        raise DataError(f'{path.name}: "n" must be a whole number from 1 up')
    mean = _numbers(path, "means", document["means"], (len(items),))
    covariance = _numbers(path, "covariance", document["covariance"], (len(items), len(items)))
    _check_covariance(path, covariance)
    return Moments(n, mean, covariance), items


@dataclass(frozen=True)
class Grouped:
    """Sums over random groups of rows, as codes that start at the items' `lowest` answers."""

    items: list[str]
    lowest: list[int]
    sums: GroupSums


def read_groups(path: Path) -> Grouped | None:
    """The sums that stand beside the moments under "groups", if there are any.

    `n` (G,), `first` (G, p) and `second` (G, p (p + 1)/2, upper triangles) are whole numbers. Raises
    `DataError` saying what is wrong.
    """
    given = _document(path).get("groups")
    if given is None:
        return None
    known = {"items", "lowest", "n", "first", "second"}
    if not isinstance(given, dict) or not known <= given.keys() or not isinstance(given["items"], list):
        raise DataError(f'{path.name}: "groups" must have {", ".join(sorted(known))}')
    p, upper = len(given["items"]), np.triu_indices(len(given["items"]))
    size = len(given["n"]) if isinstance(given["n"], list) else 0
    lowest, n = _whole(path, "lowest", given["lowest"], (p,)), _whole(path, "n", given["n"], (size,))
    first = _whole(path, "first", given["first"], (size, p))
    triangles = _whole(path, "second", given["second"], (size, len(upper[0])))
    if size < 2 or n.min() < 0 or n.sum() < 1:
        raise DataError(f'{path.name}: "groups" must be at least two, with answers in them')
    second = np.empty((size, p, p), dtype=np.int64)
    second[:, upper[0], upper[1]] = triangles
    second[:, upper[1], upper[0]] = triangles
    return Grouped(given["items"], lowest.tolist(), GroupSums(n, first, second))


def _whole(path: Path, name: str, given: Any, shape: tuple[int, ...]) -> NDArray[np.int64]:
    values = _numbers(path, name, given, shape)
    if np.any(values != np.floor(values)) or np.any(np.abs(values) > LARGEST_SUM):
        raise DataError(f'{path.name}: "{name}" must be whole numbers')
    return values.astype(np.int64)


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):  # no JSON, or no UTF-8
        document = None
    if not isinstance(document, dict) or not {"n", "items", "means", "covariance"} <= document.keys():
        raise DataError(f"{path.name} holds no moments; it must be JSON of the form {FORM}")
    return document


def _numbers(path: Path, name: str, given: Any, shape: tuple[int, ...]) -> Floats:
    wanted = " rows of ".join(str(size) for size in shape)
    problem = DataError(f'{path.name}: "{name}" must be {wanted} finite numbers, as many as there are items')
    try:
        values = np.array(given)
    except (ValueError, OverflowError):  # rows of different lengths
        raise problem from None
    if values.shape != shape or values.dtype.kind not in "if":
        raise problem
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise problem
    return values


def _check_covariance(path: Path, covariance: Floats) -> None:
    scale = float(np.abs(covariance).max())
    if not np.allclose(covariance, covariance.T, rtol=0.0, atol=1e-9 * scale):
        raise DataError(f'{path.name}: "covariance" must be symmetric')
    values = np.linalg.eigvalsh(covariance)
    if values[0] < NEGATIVE * max(values[-1], 0.0) or np.any(np.diag(covariance) < 0):
        raise DataError(f'{path.name}: "covariance" is that of no answers: it has negative eigenvalues')
