"""Multi-group fits against lavaan 0.6-14 (the JSON files say how they were made).

χ² 0.01 (reached: 1e-5), CFI and RMSEA 1e-6, estimates and standard errors 1e-3, modification indices 1e-3.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from scoring.structural import invariance, lavaan_syntax
from scoring.structural.invariance_fit import Fitted, Units, factors, fit_level, natural, own_errors, units
from scoring.structural.invariance_groups import LEVELS, Freedom
from scoring.structural.invariance_score import scores
from scoring.structural.model import StructuralModel
from scoring.structural.moments import Moments, from_rows

SIM, MOVED, MOBI = (f"invariance_lavaan_{name}" for name in ("sim10000", "sim10000_moved", "mobi_halves"))
MEASURES = ("cfi", "rmsea")
Halves = tuple[StructuralModel, list[Moments]]


@pytest.fixture
def halves(table, reference) -> Callable[[str], Halves]:
    def read(name: str) -> Halves:
        lines = reference(name)["model"].replace("1*CUSCO", "CUSCO").splitlines()
        model = lavaan_syntax.parse("\n".join(line for line in lines if "~~" not in line) + "\n")
        header, data = table("mobi" if name == MOBI else "sim_10000")
        rows = data[:, [header.index(item) for item in model.items]]
        first, second = np.split(rows, 2)
        if name == MOVED:
            second[:, model.items.index("PERQ3")] *= 1.5
            second[:, model.items.index("CUSA2")] += 1
        return model, [from_rows(first), from_rows(second)]

    return read


def fitted(model: StructuralModel, groups: list[Moments], freedom: Freedom) -> tuple[Fitted, Units]:
    pooled = units(groups)
    return fit_level(model, [pooled.standardised(one) for one in groups], freedom), pooled


def assert_measures(found: Fitted, expected: dict[str, Any]) -> None:
    assert found.verdict == "ok"
    assert found.groups.parameters == expected["npar"]
    assert found.measures.df == expected["df"]
    assert found.measures.chi2 == pytest.approx(expected["chisq"], abs=0.01)
    assert found.measures.p == pytest.approx(expected["pvalue"], abs=1e-6)
    for name in MEASURES:
        assert getattr(found.measures, name) == pytest.approx(expected[name], abs=1e-6), name


def named(model: StructuralModel, found: Fitted, values: np.ndarray) -> dict[tuple[str, ...], float]:
    """A group's parameters by lavaan's (lhs, op, rhs)."""
    structure, names = found.groups.structure, [*model.items, *model.names]
    keys = [(names[b], "=~", names[a]) for a, b in structure.directed]
    keys += [(names[a], "~~", names[b]) for a, b in structure.symmetric]
    keys += [(name, "~1", "") for name in names]
    both = dict(zip(keys, values, strict=True))
    return both | {(c, op, a): value for (a, op, c), value in both.items() if op == "~~"}


def assert_estimates(
    model: StructuralModel, found: Fitted, pooled: Units, rows: list[dict[str, Any]]
) -> None:
    seen = 0
    for g in range(2):
        own = natural(found.groups, pooled, found.groups.own(found.theta, g))
        errors = own_errors(found, g) * factors(found.groups, pooled)
        estimates, se = named(model, found, own), named(model, found, errors)
        for row in rows:
            key = row["lhs"], row["op"], row["rhs"]
            if row["group"] == g + 1 and row["se"] and key in estimates:
                seen += 1
                assert estimates[key] == pytest.approx(row["est"], abs=1e-3), key
                assert se[key] == pytest.approx(row["se"], abs=1e-3), key
    assert seen == sum(1 for row in rows if row["se"])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", [SIM, MOVED, MOBI])
def test_every_level(name, level, halves, reference):
    expected = reference(name)["levels"][level]
    model, groups = halves(name)
    found, pooled = fitted(model, groups, Freedom(level))
    assert_measures(found, expected["fit"])
    if "estimates" in expected:
        assert_estimates(model, found, pooled, expected["estimates"])


@pytest.mark.parametrize("level", LEVELS)
def test_with_items_freed(level, halves, reference):
    expected = reference(MOVED)["partial"][level]
    model, groups = halves(MOVED)
    freed = ("metric", model.items.index("PERQ3")), ("scalar", model.items.index("CUSA2"))
    found, pooled = fitted(model, groups, Freedom(level, freed))
    assert_measures(found, expected["fit"])
    if "estimates" in expected:
        assert_estimates(model, found, pooled, expected["estimates"])


@pytest.mark.parametrize(("level", "op"), [("metric", "=~"), ("scalar", "~1")])
def test_modification_indices(level, op, halves, reference):
    """lavTestScore releases the same equalities; what sets the unit it cannot release."""
    model, groups = halves(SIM)
    found, _ = fitted(model, groups, Freedom(level))
    items = range(len(model.items) - 1)  # the last is a construct of its own
    ours = {model.items[one.item]: one.index for one in scores(found, level, items)}
    theirs = {row["rhs" if op == "=~" else "lhs"]: row for row in reference(SIM)[f"release_{level}"][::-1]}
    rows = [(item, row["x2"]) for item, row in theirs.items() if row["op"] == op and item in ours]
    assert len(rows) == (17 if level == "metric" else 23)
    for item, index in rows:
        assert ours[item] == pytest.approx(index, abs=1e-3), item


def test_the_items_that_were_moved_are_named(halves, reference):
    found = invariance.test(*halves(MOVED))
    assert [(one.level, one.item) for one in found.moved] == [("metric", "PERQ3"), ("scalar", "CUSA2")]
    assert [level.status for level in found.levels] == ["holds", "partial", "partial", "holds"]
    rows = reference(MOVED)["partial"]["scalar"]["estimates"]
    means = {row["lhs"]: row for row in rows if row["op"] == "~1" and row["group"] == 2}
    for one in found.latent_means:
        assert one.difference == pytest.approx(means[one.construct]["est"], abs=1e-3)
        assert one.se == pytest.approx(means[one.construct]["se"], abs=1e-3)


def test_the_index_of_the_item_that_sets_the_unit(halves):
    """Freeing it, with another item as the unit, lowers χ² by what the score test says."""
    model, groups = halves(SIM)
    held, _ = fitted(model, groups, Freedom("metric"))
    for item in ("IMAG1", "CUEX1"):
        place = model.items.index(item)
        freed, _ = fitted(model, groups, Freedom("metric", (("metric", place),)))
        (score,) = scores(held, "metric", [place])
        assert score.index == pytest.approx(held.measures.chi2 - freed.measures.chi2, rel=0.01)
