"""Maximum likelihood against lavaan 0.6-14 (the JSON files say how they were made).

Estimates and expected-information errors 1e-4, χ² 0.01, other measures 1e-4; mobi standardised 1e-3 (its
optimum lies near the boundary and its likelihood is almost flat); robust errors (MLR) 1 %.
"""

import numpy as np
import pytest

from scoring.structural.answers import prepare
from scoring.structural.fit import fit
from scoring.structural.ml import estimate
from scoring.structural.ml_inference import infer
from scoring.structural.moments import from_rows

MEASURES = {"chi2": "chisq", "df": "df", "cfi": "cfi", "tli": "tli", "rmsea": "rmsea", "srmr": "srmr"} | {
    "aic": "aic",
    "bic": "bic",
}


def fitted(name, table, ecsi, ten_points):
    header, data = table(name)
    return fit(ecsi, data, header, ten_points)


def effects(result):
    found = {(one.construct, "=~", one.item): one for one in result.loadings}
    return found | {(one.target, "~", one.source): one for one in result.paths}


@pytest.mark.parametrize(("data", "oracle"), [("sim_250", "sim250"), ("sim_10000", "sim10000")])
def test_estimates_and_errors(data, oracle, table, reference, ecsi, ten_points):
    found = effects(fitted(data, table, ecsi, ten_points))
    expected = reference(f"cb_lavaan_{oracle}_ML")["parameters"]
    seen = 0
    for row in expected:
        one = found.get((row["lhs"], row["op"], row["rhs"]))
        if one is not None:
            seen += 1
            assert one.estimate == pytest.approx(row["est"], abs=1e-4)
            assert one.se == pytest.approx(row["se"], abs=1e-4)
            assert one.std == pytest.approx(row["std.all"], abs=1e-4)
    assert seen == len(ecsi.items) - 1 + len(ecsi.paths)  # lavaan has no loading for the single item


@pytest.mark.parametrize(("data", "oracle"), [("sim_250", "sim250"), ("sim_10000", "sim10000")])
def test_variances_and_their_errors(data, oracle, table, reference, ecsi, ten_points):
    header, rows = table(data)
    answers = prepare(ecsi, rows, header, ten_points)
    inference = infer(estimate(ecsi, answers.moments), answers)
    names = [*ecsi.items, *ecsi.names]
    first = len(inference.structure.directed)
    place = {names[a]: first + k for k, (a, b) in enumerate(inference.structure.symmetric) if a == b}
    variances = [row for row in reference(f"cb_lavaan_{oracle}_ML")["parameters"] if row["op"] == "~~"]
    for row in variances:
        assert row["lhs"] == row["rhs"]
        # the single item's variance is that of its construct, which has the same name and comes later
        assert inference.theta[place[row["lhs"]]] == pytest.approx(row["est"], abs=1e-4)
        assert inference.se[place[row["lhs"]]] == pytest.approx(row["se"], abs=1e-4)


@pytest.mark.parametrize(
    ("data", "oracle"), [("sim_250", "sim250"), ("sim_10000", "sim10000"), ("mobi", "mobi")]
)
def test_fit_measures(data, oracle, table, reference, ecsi, ten_points):
    found = fitted(data, table, ecsi, ten_points).fit
    expected = reference(f"cb_lavaan_{oracle}_ML")["fit"]
    for name, theirs in MEASURES.items():
        tolerance = 0.01 if name == "chi2" else 1e-4
        assert found[name] == pytest.approx(expected[theirs], abs=tolerance), name
    assert fitted("sim_250", table, ecsi, ten_points).fit["p"] == pytest.approx(
        reference("cb_lavaan_sim250_MLR")["fit"]["pvalue"], abs=1e-4
    )


def test_mobi_standardised_and_r2(table, reference, ecsi, ten_points):
    result = fitted("mobi", table, ecsi, ten_points)
    found = effects(result)
    expected = reference("cb_lavaan_mobi_ML")
    for row in expected["standardized"]:
        if (one := found.get((row["lhs"], row["op"], row["rhs"]))) is not None:
            assert one.std == pytest.approx(row["est.std"], abs=1e-3)
    for name, value in result.r2.items():
        assert value == pytest.approx(expected["r2"][name], abs=1e-3)


def test_robust_errors_agree_with_mlr(table, reference, ecsi, ten_points):
    found = effects(fitted("sim_250", table, ecsi, ten_points))
    expected = reference("cb_lavaan_sim250_MLR")
    for row in expected["parameters"]:
        one = found.get((row["lhs"], row["op"], row["rhs"]))
        if one is not None and row["se"]:
            assert one.robust_se == pytest.approx(row["se"], rel=0.01)
    for row in expected["standardized"]:
        if (one := found.get((row["lhs"], row["op"], row["rhs"]))) is not None:
            assert one.low == pytest.approx(row["ci.lower"], abs=1e-3)
            assert one.high == pytest.approx(row["ci.upper"], abs=1e-3)


def test_mobi_index_of_satisfaction(table, ecsi, ten_points):
    found = {one.construct: one.index for one in fitted("mobi", table, ecsi, ten_points).indices}
    assert found["Satisfaction"] == pytest.approx(72.222, abs=5e-3)


def test_a_fit_leaves_the_random_generators_as_they_were(table, ecsi):
    import random

    random.seed(7)
    np.random.seed(7)
    before = random.getstate(), np.random.get_state()[1].tolist()
    header, rows = table("sim_250")
    estimate(ecsi, from_rows(rows[:, [header.index(item) for item in ecsi.items]]))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


def test_semopy_is_not_imported_with_the_engine():
    import subprocess
    import sys

    code = "import scoring.structural.fit, sys; sys.exit('semopy' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
