"""Fixed and equal parameters and residual covariances, against a search of another kind."""

import numpy as np
import pytest
from scipy.optimize import minimize

from scoring.errors import ModelSyntaxError
from scoring.scale import Scale
from scoring.structural.fit import fit
from scoring.structural.lavaan_syntax import parse
from scoring.structural.ml_derivatives import discrepancy_of
from tests.scoring.test_full_information import emptied

MEASURED = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\n"


@pytest.fixture
def run(answers):
    def call(text, data=None, **options):
        model = parse(text)
        rows = answers(400, 9) if data is None else data
        names = [f"{block}{i}" for block in "abc" for i in (1, 2, 3)]
        return fit(model, rows, names, dict.fromkeys(names, Scale(0, 10)), **options)

    return call


def effects(result):
    return {(one.construct, one.item): one for one in result.loadings} | {
        (one.target, one.source): one for one in result.paths
    }


def test_equal_loadings_and_a_fixed_path_are_where_another_search_finds_them(run, answers):
    """Two factors; loadings a2 = b2, path B ~ .5*A, var(a1) = var(b1), written out in plain matrices."""
    text = "A =~ a1 + l*a2 + a3\nB =~ b1 + l*b2 + b3\nB ~ 0.5*A\na1 ~~ v*a1\nb1 ~~ v*b1\na3 ~~ b3"
    rows = answers(400, 9)
    result = run(text, rows)
    s = np.cov(rows[:, :6].T, bias=True)

    def value(t):
        loadings = np.array([[1, 0], [t[0], 0], [t[1], 0], [0, 1], [0, t[0]], [0, t[2]]])
        between = np.array([[t[3], 0.5 * t[3]], [0.5 * t[3], 0.25 * t[3] + t[4]]])
        left = np.diag([t[5], t[6], t[7], t[5], t[8], t[9]])
        left[2, 5] = left[5, 2] = t[10]
        return discrepancy_of(loadings @ between @ loadings.T + left, s)

    found = minimize(value, [1, 1, 1, 1, 1] + [0.5] * 5 + [0], method="BFGS", options={"gtol": 1e-7})
    ours = effects(result)
    assert result.fit["chi2"] == pytest.approx(400 * found.fun, abs=1e-4)
    assert result.fit["df"] == 21 - 11
    expected = [found.x[0], found.x[1], found.x[0], found.x[2]]
    names = [("A", "a2"), ("A", "a3"), ("B", "b2"), ("B", "b3")]
    assert [ours[name].estimate for name in names] == pytest.approx(expected, abs=1e-4)
    assert ours["A", "a2"].se == pytest.approx(ours["B", "b2"].se)
    assert ours["A", "a2"].robust_se == pytest.approx(ours["B", "b2"].robust_se)
    path = ours["B", "A"]
    assert (path.estimate, path.se, path.robust_se) == (pytest.approx(0.5), 0, 0)
    assert path.low < path.std < path.high  # the standardised path still depends on the variances
    # curvature of the other search: the ordinary error of the tied loading
    step = 1e-3
    slopes = [[_second(value, found.x, i, j, step) for j in range(11)] for i in range(11)]
    observed = np.sqrt(np.diag(np.linalg.inv(400 / 2 * np.array(slopes))))
    assert ours["A", "a2"].se == pytest.approx(observed[0], rel=0.05)


def _second(value, at, i, j, step):
    a, b = np.eye(len(at))[[i, j]] * step
    return (value(at + a + b) - value(at + a - b) - value(at - a + b) + value(at - a - b)) / (4 * step**2)


def test_a_parameter_fixed_where_it_would_be_anyway_changes_nothing_but_the_degrees_of_freedom(run):
    free = run(MEASURED + "B ~ A\nC ~ A + B")
    at = effects(free)["C", "A"].estimate
    fixed = run(MEASURED + f"B ~ A\nC ~ {at!r}*A + B")
    assert fixed.fit["chi2"] == pytest.approx(free.fit["chi2"], abs=1e-6)
    assert fixed.fit["df"] == free.fit["df"] + 1
    assert [one.index for one in fixed.indices] == pytest.approx(
        [one.index for one in free.indices], abs=1e-6
    )
    assert effects(fixed)["C", "B"].se < effects(free)["C", "B"].se


def test_constructs_kept_apart(run):
    apart = run("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nA ~~ 0*B")
    alone = run("A =~ a1 + a2 + a3")
    assert effects(apart)["A", "a2"].estimate == pytest.approx(effects(alone)["A", "a2"].estimate, abs=1e-6)
    assert apart.fit["df"] == 9


def test_a_residual_covariance_takes_up_what_two_items_share(run, answers):
    rows = answers(400, 9)
    shared = np.random.default_rng(3).normal(size=400)
    rows[:, [1, 4]] = np.clip(rows[:, [1, 4]] + 0.8 * shared[:, None], 0, 10)
    plain, with_it = (run(MEASURED + "B ~ A\nC ~ A + B\n" + more, rows) for more in ("", "a2 ~~ b2"))
    assert plain.fit["chi2"] - with_it.fit["chi2"] > 50
    assert with_it.fit["df"] == plain.fit["df"] - 1


def test_ties_hold_with_gaps_and_weights(run, answers):
    rows = emptied(answers(400, 9), 0.05, 1)
    text = MEASURED + "B ~ p*A\nC ~ p*A + B"
    for options in ({"missing": "fiml"}, {"weights": np.linspace(1, 3, 400)}):
        found = effects(run(text, rows, **options))
        assert found["B", "A"].estimate == pytest.approx(found["C", "A"].estimate)
        assert found["B", "A"].robust_se == pytest.approx(found["C", "A"].robust_se) != 0


def test_pls_refuses_what_it_cannot_hold_and_says_where(run):
    for text, line, column in (
        (MEASURED + "B ~ A\nC ~ A + 0.5*B", 5, 9),
        (MEASURED + "B ~ p*A\nC ~ p*A + B", 4, 5),
        (MEASURED.replace("c3", "1*c3") + "B ~ A\nC ~ B", 3, 16),
    ):
        with pytest.raises(ModelSyntaxError, match="pls cannot") as caught:
            run(text, estimator="pls")
        assert (caught.value.line, caught.value.column) in {(line, column), (5, 5)}
    result = run(MEASURED + "B ~ own*A\nC ~ A + B\nA ~~ 2*A", estimator="pls")
    assert result.status == "ok" and "covariances_ignored" in [one.code for one in result.issues]


def test_a_value_far_from_what_was_answered_ends_in_a_verdict(run):
    result = run(MEASURED + "B ~ 50*A\nC ~ A + B\nA ~~ 1000*A")
    assert (result.status == "ok") == bool(result.indices)
