"""The largest models that are accepted end in bounded time and memory."""

import time
import tracemalloc

import numpy as np
import pytest

from scoring.scale import Scale
from scoring.structural.fit import fit
from scoring.structural.model import Construct, Path, StructuralModel


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_thirty_nine_correlated_drivers(estimator):
    """The most parameters a model can have: 741 covariances of drivers among 1,180."""
    names = [f"F{j}" for j in range(40)]
    model = StructuralModel(
        tuple(Construct(name, tuple(f"{name}_{i}" for i in range(5))) for name in names),
        tuple(Path(name, names[-1]) for name in names[:-1]),
    )
    rng = np.random.default_rng(1)
    drivers = 0.6 * rng.normal(size=(600, 1)) + 0.8 * rng.normal(size=(600, 40))
    drivers[:, -1] = 1.2 * drivers[:, :-1].mean(axis=1) + 0.5 * drivers[:, -1]
    items = np.repeat(drivers, 5, axis=1) * 0.8 + 0.6 * rng.normal(size=(600, 200))
    data = np.clip(5.5 + 1.2 * items, 1, 10)
    tracemalloc.start()
    began = time.perf_counter()
    result = fit(model, data, model.items, dict.fromkeys(model.items, Scale(1, 10)), estimator=estimator)
    assert time.perf_counter() - began < 40
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.status == "ok" and len(result.indices) == 40
    assert peak < 400e6
