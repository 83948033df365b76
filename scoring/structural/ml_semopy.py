"""The optimum found by semopy (Igolkina & Meshcheryakov 2020, Struct. Equ. Modeling 27:952).

semopy executes Python found in a model's text, so it only ever sees text made here from index numbers. It is
trusted with the search alone: whether that ended at an optimum, and everything reported, is computed by us.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import numpy as np

from scoring.arrays import Floats
from scoring.structural.ram import Structure

TOLERANCE = 1e-12  # with its default tolerance semopy reports success far from the optimum
MAX_ITERATIONS = 1000


def optimise(structure: Structure, start: Floats, correlation: Floats) -> Floats:
    """The parameters (q,) at which semopy stops, from `start` (q,), for correlations (p, p)."""
    with _random_state_kept():
        import pandas as pd
        import semopy
        from semopy.solver import Solver
    model = _model(semopy, structure, start)
    names = [f"x{i}" for i in range(structure.items)]
    # The steps of Model.fit without its calls of the root logger, which would add a handler to it.
    model.load_cov(pd.DataFrame(correlation, index=names, columns=names))
    model.load_starting_values()
    model.prepare_params()
    value, slope = model.get_objective("MLW")
    options = {"ftol": TOLERANCE, "maxiter": MAX_ITERATIONS}
    solver = Solver("SLSQP", value, slope, model.param_vals, bounds=model.get_bounds(), options=options)
    with np.errstate(all="ignore"):
        found = solver.scipy_solve().x
    active = [int(name[1:]) for name, parameter in model.parameters.items() if parameter.active]
    theta = np.empty(structure.parameters)
    theta[active] = found
    return theta


def _model(semopy: ModuleType, structure: Structure, start: Floats):  # type: ignore[no-untyped-def]
    """A semopy model (one instance a fit: a second fit would start from the first) with our starting
    values."""
    model = semopy.Model(model_text(structure), cov_diag=True)
    for name, parameter in model.parameters.items():
        if parameter.active:
            parameter.start = float(start[int(name[1:])])
    return model


def model_text(structure: Structure) -> str:
    """semopy's syntax with items x0.., constructs f0.. and every free parameter labelled p0..."""

    def name(variable: int) -> str:
        return f"x{variable}" if variable < structure.items else f"f{variable - structure.items}"

    lines = [f"{name(source)} =~ 1*{name(to)}" for to, source in structure.markers]
    for k, (to, source) in enumerate(structure.directed):
        operator = f"{name(source)} =~ p{k}*{name(to)}" if to < structure.items else None
        lines.append(operator or f"{name(to)} ~ p{k}*{name(source)}")
    first = len(structure.directed)
    lines += [f"{name(a)} ~~ p{k}*{name(b)}" for k, (a, b) in enumerate(structure.symmetric, start=first)]
    free = set(structure.symmetric[structure.is_variance[first:], 0].tolist())
    lines += [f"x{i} ~~ 0*x{i}" for i in range(structure.items) if i not in free]
    return "\n".join(lines)


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Importing semopy seeds the `random` module with a constant; put both generators back as they were."""
    state, numpy_state = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)
