"""Reference answers and results, and answers simulated from a known model."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoring.scale import Scale
from scoring.structural import lavaan_syntax
from scoring.structural.model import StructuralModel

REFERENCE = Path(__file__).parent.parent / "reference"
Table = tuple[list[str], np.ndarray]


@pytest.fixture(scope="session")
def reference() -> Callable[[str], dict[str, Any]]:
    def read(name: str) -> dict[str, Any]:
        return json.loads((REFERENCE / f"{name}.json").read_text())

    return read


@pytest.fixture(scope="session")
def table() -> Callable[[str], Table]:
    def read(name: str) -> Table:
        with (REFERENCE / f"{name}.csv").open(newline="") as file:
            header, *rows = csv.reader(file)
        return header, np.array(rows, dtype=float)

    return read


@pytest.fixture(scope="session")
def ecsi() -> StructuralModel:
    """The model of the reference results."""
    return lavaan_syntax.parse((REFERENCE / "model_mobi.lav").read_text())


@pytest.fixture(scope="session")
def ten_points(ecsi: StructuralModel) -> dict[str, Scale]:
    return dict.fromkeys(ecsi.items, Scale(1, 10))


@pytest.fixture
def small() -> StructuralModel:
    """Three constructs in a chain, three items each."""
    return lavaan_syntax.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nB ~ A\nC ~ A + B\n")


@pytest.fixture
def answers() -> Callable[..., np.ndarray]:
    """Answers to `small` on 0..10 from a normal population with loadings .8."""

    def draw(n: int, seed: int, loading: float = 0.8) -> np.ndarray:
        rng = np.random.default_rng(seed)
        a = rng.normal(size=n)
        b = 0.6 * a + 0.8 * rng.normal(size=n)
        c = 0.3 * a + 0.4 * b + 0.7 * rng.normal(size=n)
        true = np.repeat(np.column_stack([a, b, c]), 3, axis=1)
        noise = np.sqrt(1 - loading**2) * rng.normal(size=(n, 9))
        return np.clip(6 + 1.2 * (loading * true + noise), 0, 10)

    return draw


@pytest.fixture
def eleven_points(small: StructuralModel) -> dict[str, Scale]:
    return dict.fromkeys(small.items, Scale(0, 10))
